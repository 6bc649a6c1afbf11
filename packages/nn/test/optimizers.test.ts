import { evaluate, input, program, type ReferenceValue, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { adam, adamW, clipByGlobalNorm, type Optimizer, sgd } from '../src/index.ts'

const vector = (numbers: readonly number[]): TensorValue => ({
  dtype: 'float32',
  shape: [numbers.length],
  data: Float64Array.from(numbers),
})
const scalar = (number: number): TensorValue => ({ dtype: 'float32', shape: [], data: Float64Array.of(number) })

const RATE = 0.1
const START = [1, -2]
const GRADIENTS = [
  [0.5, 1],
  [-0.25, 2],
  [3, 0],
]

/** The values of the parameter after each step. */
function steps(optimizer: Optimizer): number[][] {
  const leaf = (name: string) => input(name, 'float32', [2])
  const [parameter, gradient] = [leaf('parameter'), leaf('gradient')]
  const [learningRate, step] = [input('rate', 'float32', []), input('step', 'float32', [])]
  const state = Object.fromEntries(optimizer.slots.map((slot) => [slot, leaf(slot)]))
  const next = optimizer.update({ parameter, gradient, state, learningRate, step })
  expect(Object.keys(next.state)).toEqual(optimizer.slots)
  const p = program({
    inputs: { parameter, gradient, rate: learningRate, step, ...state },
    outputs: { next: next.parameter, ...Object.fromEntries(Object.entries(next.state).map(([slot, value]) => [`next ${slot}`, value])) },
  })
  let values: Record<string, TensorValue> = {
    parameter: vector(START),
    ...Object.fromEntries(optimizer.slots.map((slot) => [slot, vector([0, 0])])),
  }
  return GRADIENTS.map((g, k) => {
    const result: Record<string, ReferenceValue> = evaluate(p, { ...values, gradient: vector(g), rate: scalar(RATE), step: scalar(k + 1) })
    const after = [...(result.next?.data ?? [])]
    values = {
      parameter: vector(after),
      ...Object.fromEntries(optimizer.slots.map((slot) => [slot, vector([...(result[`next ${slot}`]?.data ?? [])])])),
    }
    return after
  })
}

/** The same by a rule on numbers, which maps a parameter, its gradient, the stored values and the step (from 1) to the next parameter. */
function byHand(rule: (w: number, g: number, kept: Record<string, number>, step: number) => number): number[][] {
  const kept: Record<string, number>[] = START.map(() => ({}))
  let values = [...START]
  return GRADIENTS.map((gradient, k) => {
    values = values.map((w, i) => rule(w, gradient[i] ?? 0, kept[i] ?? {}, k + 1))
    return values
  })
}

const adamStep = (
  kept: Record<string, number>,
  g: number,
  step: number,
  [beta1, beta2, epsilon]: readonly [number, number, number],
): number => {
  kept.first = beta1 * (kept.first ?? 0) + (1 - beta1) * g
  kept.second = beta2 * (kept.second ?? 0) + (1 - beta2) * g * g
  return (RATE * (kept.first / (1 - beta1 ** step))) / (Math.sqrt(kept.second / (1 - beta2 ** step)) + epsilon)
}
const velocity = (kept: Record<string, number>, g: number, momentum: number): number => {
  kept.v = momentum * (kept.v ?? 0) + g
  return kept.v
}

const rules: [string, Optimizer, Parameters<typeof byHand>[0]][] = [
  ['sgd', sgd(), (w, g) => w - RATE * g],
  ['sgd with weight decay', sgd({ weightDecay: 0.2 }), (w, g) => w - RATE * (g + 0.2 * w)],
  ['sgd with momentum', sgd({ momentum: 0.9 }), (w, g, kept) => w - RATE * velocity(kept, g, 0.9)],
  [
    'sgd with momentum, Nesterov, and weight decay',
    sgd({ momentum: 0.8, nesterov: true, weightDecay: 0.1 }),
    (w, gradient, kept) => {
      const g = gradient + 0.1 * w
      return w - RATE * (g + 0.8 * velocity(kept, g, 0.8))
    },
  ],
  ['adam', adam(), (w, g, kept, step) => w - adamStep(kept, g, step, [0.9, 0.999, 1e-8])],
  [
    'adam with weight decay and other options',
    adam({ beta1: 0.7, beta2: 0.9, epsilon: 0.1, weightDecay: 0.3 }),
    (w, g, kept, step) => w - adamStep(kept, g + 0.3 * w, step, [0.7, 0.9, 0.1]),
  ],
  ['adamW', adamW(), (w, g, kept, step) => w * (1 - RATE * 0.01) - adamStep(kept, g, step, [0.9, 0.999, 1e-8])],
  [
    'adamW with other options',
    adamW({ beta1: 0.7, beta2: 0.9, epsilon: 0.1, weightDecay: 0.3 }),
    (w, g, kept, step) => w * (1 - RATE * 0.3) - adamStep(kept, g, step, [0.7, 0.9, 0.1]),
  ],
]
test.each(rules)('%s, three steps', (_, optimizer, rule) => {
  const expected = byHand(rule)
  steps(optimizer).forEach((values, k) => {
    values.forEach((v, i) => {
      expect(v, `step ${k + 1}`).toBeCloseTo(expected[k]?.[i] ?? Number.NaN, 12)
    })
  })
})

test('names, slots and hyperparameters of the optimizers', () => {
  const sgdOptions = { momentum: 0, nesterov: false, weightDecay: 0 }
  const adamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }
  expect([sgd(), sgd({ momentum: 0.5 }), adam(), adamW({ beta1: 0.5 })].map(({ update: _, ...optimizer }) => optimizer)).toEqual([
    { name: 'sgd', slots: [], hyperparameters: sgdOptions },
    { name: 'sgd', slots: ['momentum'], hyperparameters: { ...sgdOptions, momentum: 0.5 } },
    { name: 'adam', slots: ['first', 'second'], hyperparameters: adamOptions },
    { name: 'adamW', slots: ['first', 'second'], hyperparameters: { ...adamOptions, beta1: 0.5, weightDecay: 0.01 } },
  ])
})

test('a weight decay of 0 leaves the gradient as it is', () => {
  const leaf = (name: string) => input(name, 'float32', [2])
  const [learningRate, step] = [input('rate', 'float32', []), input('step', 'float32', [])]
  for (const optimizer of [sgd(), adam()]) {
    const leaves = [leaf('parameter'), leaf('gradient'), ...optimizer.slots.map(leaf)]
    const state = Object.fromEntries(optimizer.slots.map((slot, i) => [slot, leaves[2 + i] as (typeof leaves)[number]]))
    const [parameter, gradient] = leaves as [(typeof leaves)[number], (typeof leaves)[number]]
    const { parameter: next } = optimizer.update({ parameter, gradient, state, learningRate, step })
    const p = program({ inputs: [...leaves, learningRate, step], outputs: { next } })
    const feeds = { ...Object.fromEntries(leaves.map(({ name }) => [name, vector([1, 1])])), rate: scalar(0.5), step: scalar(1) }
    // An infinite parameter would make the decay of 0 a NaN.
    const result = evaluate(p, { ...feeds, parameter: vector([Number.POSITIVE_INFINITY, 1]) }).next?.data
    expect(result?.[0]).toBe(Number.POSITIVE_INFINITY)
  }
})

describe('clipByGlobalNorm', () => {
  const [a, b] = [input('a', 'float32', [2]), input('b', 'float32', [1])]
  const clip = (maxNorm: number): number[][] => {
    const { gradients, norm } = clipByGlobalNorm([a, b], maxNorm)
    const outputs: Record<string, Tensor> = { norm, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) }
    const result = evaluate(program({ inputs: [a, b], outputs }), { a: vector([2, -3]), b: vector([6]) })
    return ['norm', 'g0', 'g1'].map((name) => [...(result[name]?.data ?? [])])
  }
  test('scales all gradients by the same factor, to the given global norm', () => {
    const [norm, first, second] = clip(3.5)
    expect(norm).toEqual([7])
    const factor = 3.5 / (7 + 1e-6)
    expect([...(first ?? []), ...(second ?? [])].map((v, i) => v / ([2, -3, 6][i] ?? 0))).toEqual([
      expect.closeTo(factor, 14),
      expect.closeTo(factor, 14),
      expect.closeTo(factor, 14),
    ])
  })
  test('does not change small gradients', () => expect(clip(8)).toEqual([[7], [2, -3], [6]]))
})

const range = 'in [0, 1), received'
test.each<[string, () => unknown, string]>([
  ['momentum 1', () => sgd({ momentum: 1 }), `sgd: expected momentum ${range} 1.`],
  ['a negative momentum', () => sgd({ momentum: -0.1 }), `sgd: expected momentum ${range} -0.1.`],
  ['a negative weight decay', () => sgd({ weightDecay: -1 }), 'sgd: expected weightDecay finite and of 0 or more, received -1.'],
  ['beta1 of 1', () => adam({ beta1: 1 }), `adam: expected beta1 ${range} 1.`],
  ['beta2 that is no number', () => adamW({ beta2: Number.NaN }), `adamW: expected beta2 ${range} no number.`],
  ['a negative epsilon', () => adam({ epsilon: -1 }), 'adam: expected epsilon finite and of 0 or more, received -1.'],
  [
    'an infinite weight decay',
    () => adamW({ weightDecay: Number.POSITIVE_INFINITY }),
    'adamW: expected weightDecay finite and of 0 or more, received Infinity.',
  ],
  ['no gradient', () => clipByGlobalNorm([], 1), 'clipByGlobalNorm: expected one gradient or more, received none.'],
  [
    'a norm of 0',
    () => clipByGlobalNorm([input('g', 'float32', [1])], 0),
    'clipByGlobalNorm: expected a finite maxNorm of more than 0, received 0.',
  ],
  [
    'an infinite norm',
    () => clipByGlobalNorm([input('g', 'float32', [1])], Number.POSITIVE_INFINITY),
    'clipByGlobalNorm: expected a finite maxNorm of more than 0, received Infinity.',
  ],
  [
    'a norm that is no number',
    () => clipByGlobalNorm([input('g', 'float32', [1])], Number.NaN),
    'clipByGlobalNorm: expected a finite maxNorm of more than 0, received no number.',
  ],
])('%s is refused', (_, build, message) => expect(build).toThrow(message))
