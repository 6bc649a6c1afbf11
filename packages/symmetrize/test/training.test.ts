import { initialize, Linear, Module, parametersOf } from '@equivar/nn'
import { add, differentiate, evaluate, input, program, reduceSum, sin, type Tensor, type TensorValue } from '@equivar/tensor'
import { parseAction } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { applySymmetrized, symmetrize, symmetrizeProgram, type Tensors } from '../src/index.ts'
import { close, drawn } from './drawn.ts'
import { withoutSymmetry } from './networks.ts'

/** sin(x W), all numbers of an example at once. */
class Network extends Module {
  readonly linear = new Linear({ inChannels: 6, outChannels: 1 })
  forward(x: Tensor): Tensor {
    return sin(this.linear.forward(x))
  }
}

describe('training through it', () => {
  test.each(['C6 on axis 1', 'S on axis 1', 'O(6) on axis 1', 'SO(6) on axis 1'])('%s: derivatives are those of the numbers', (text) => {
    const network = new Network()
    const x = input('x', 'float32', ['batch', 6])
    const call = ({ x: rows }: Tensors): Tensors => ({ y: network.forward(rows as Tensor) })
    const { y } = symmetrize(call, { actions: { inputs: { x: parseAction(text) } } })({ x })
    const loss = reduceSum(y as Tensor)
    const parameters = Object.fromEntries(parametersOf(network))
    const [byX, ...byWeights] = differentiate(loss, [x, ...Object.values(parameters)]) as [Tensor, ...Tensor[]]
    const values: Record<string, TensorValue> = { ...initialize(network, 1), x: drawn([2, 6], 7) }
    const inputs = { x, ...parameters }
    const names = ['x', ...Object.keys(parameters)]
    const outputs = Object.fromEntries([byX, ...byWeights].map((gradient, k) => [`by ${names[k]}`, gradient]))
    const [sum, gradients] = [program({ inputs, outputs: { loss } }), evaluate(program({ inputs, outputs }), values)]
    const at = (name: string, i: number, by: number): number => {
      const given = values[name] as TensorValue
      const data = Float64Array.from(given.data as Float64Array)
      data[i] = (data[i] as number) + by
      return Number(evaluate(sum, { ...values, [name]: { ...given, data } }).loss!.data[0])
    }
    const h = 1e-5
    for (const name of names)
      for (const [i, gradient] of (gradients[`by ${name}`]!.data as Float64Array).entries())
        expect((at(name, i, h) - at(name, i, -h)) / (2 * h)).toBeCloseTo(gradient, 4)
  })
})

test('a Program keeps its parameters, its metadata and its other outputs', () => {
  const [x, w] = [input('x', 'float32', ['batch', 4]), input('w', 'float32', [4])]
  const given = program({
    inputs: { x, w },
    outputs: { y: reduceSum(sin(add(x, w)), { axis: 1 }), w2: add(w, w) },
    metadata: { task: 'a' },
  })
  const actions = { inputs: { x: parseAction('C4 on axis 1') } }
  const { program: made, steps } = symmetrizeProgram(given, { actions, batch: 'repeat' })
  expect(made.inputs.map(({ name }) => name)).toEqual(['x', 'w'])
  expect(made.metadata).toEqual({
    task: 'a',
    'equivar.symmetrized':
      '{"actions":{"x":"C4 on axis 1"},"outputs":{},"steps":[{"text":"C4","method":"average","runs":4,"isExact":true}]}',
  })
  expect(steps).toEqual([{ text: 'C4', method: 'average', runs: 4, isExact: true }])
  const value = { x: drawn([2, 4]), w: drawn([4], 2) }
  const stacked = symmetrizeProgram(program({ inputs: { x, w }, outputs: { y: reduceSum(sin(add(x, w)), { axis: 1 }) } }), {
    actions,
  }).program
  close(evaluate(stacked, value).y!.data, evaluate(made, value).y!.data)
  expect(stacked.nodes.filter(({ operator }) => operator.name === 'Sin')).toHaveLength(1)
  expect(made.nodes.filter(({ operator }) => operator.name === 'Sin')).toHaveLength(4)
})

test('what was done is told, the outermost factor first', () => {
  const x = input('x', 'float32', ['batch', 4, 3])
  const actions = { inputs: { x: parseAction('S4 on axis 1 x SE(3) on axes 1 2') } }
  const { steps } = applySymmetrized(({ x: given }) => ({ y: withoutSymmetry(given as Tensor) }), { x }, { actions })
  expect(steps).toEqual([
    { text: 'SE(3)', method: 'frames', runs: 4, isExact: true },
    { text: 'S4', method: 'frames', runs: 1, isExact: true },
  ])
})
