import * as t from '@equivar/tensor'
import { evaluate, input, program, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'

const [x, w, h] = [input('x', 'float32', ['steps', 2]), input('w', 'float32', [2, 2]), input('h', 'float32', [2])]
const feeds = {
  x: tensorValue('float32', [3, 2], [0.1, -0.2, 0.3, 0.4, -0.5, 0.6]),
  w: tensorValue('float32', [2, 2], [0.5, -0.3, 0.2, 0.7]),
  h: tensorValue('float32', [2], [0.2, -0.1]),
}

const next = (state: t.Tensor, row: t.Tensor, weight: t.Tensor): t.Tensor => t.tanh(t.add(t.matMul(state, weight), row))

/** h' = tanh(h w + x_i), every h' recorded, and the count of steps as a state that is no float. */
function looped(steps: t.DimensionLike): t.Tensor {
  const iteration = input('iteration', 'int64', [])
  const state = input('state', 'float32', [2])
  const count = input('count', 'int64', [])
  const [rows, weight] = [input('rows', 'float32', x.shape), input('weight', 'float32', w.shape)]
  const made = next(state, t.gather(rows, iteration, 0), weight)
  const body = program({
    inputs: [iteration, count, state, rows, weight],
    outputs: { counted: t.add(count, 1), next: made, record: t.mul(made, 2) },
  })
  const [, last, records] = t.repeat(body, { count: steps, states: [t.constant(0, [], 'int64'), h], captured: [x, w] })
  return t.add(t.reduceSum(t.mul(last as t.Tensor, last as t.Tensor)), t.reduceSum(t.sin(records as t.Tensor)))
}

/** The same, step by step. */
function unrolled(): t.Tensor {
  let state: t.Tensor = h
  let sum: t.Tensor = t.constant(0, [], 'float32')
  for (let i = 0; i < 3; i++) {
    state = next(state, t.gather(x, t.constant(i, [], 'int64'), 0), w)
    sum = t.add(sum, t.reduceSum(t.sin(t.mul(state, 2))))
  }
  return t.add(t.reduceSum(t.mul(state, state)), sum)
}

const gradients = (loss: t.Tensor): Record<string, t.ReferenceValue> => {
  const [dx, dw, dh] = t.differentiate(loss, [x, w, h]) as [t.Tensor, t.Tensor, t.Tensor]
  return evaluate(program({ inputs: [x, w, h], outputs: { dx, dw, dh } }), feeds)
}

function expectEqual(received: Record<string, t.ReferenceValue>, expected: Record<string, t.ReferenceValue>): void {
  for (const [name, value] of Object.entries(expected)) {
    expect(received[name]?.shape).toEqual(value.shape)
    value.data.forEach((number, i) => {
      expect(received[name]?.data[i]).toBeCloseTo(number, 12)
    })
  }
}

test('the derivative of a loop is that of its steps one after the other', () => {
  expectEqual(gradients(looped('steps')), gradients(unrolled()))
})

test('a loop of no steps hands gradients of its first states on', () => {
  const loss = looped(0)
  expect([...(gradients(loss).dh?.data ?? [])]).toEqual([0.2, -0.1].map((v) => 2 * Math.fround(v)))
})

test('the second derivative too', () => {
  const twice = (loss: t.Tensor): Record<string, t.ReferenceValue> => {
    const first = t.differentiate(loss, w)
    return gradients(t.reduceSum(t.mul(first, first)))
  }
  expectEqual(twice(looped('steps')), twice(unrolled()))
})
