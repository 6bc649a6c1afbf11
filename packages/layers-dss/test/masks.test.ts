import { onnxBackend } from '@equivar/backend-onnx'
import { isTraining, parametersOf, trace } from '@equivar/nn'
import {
  differentiate,
  evaluate,
  input,
  mul,
  type Program,
  program,
  Random,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { families } from './families.ts'
import { type Family, feedsOf, normalValues, symbolicProgram } from './harness.ts'

const BATCH = 3
const SET = 4
const named = families.map((family): [string, Family] => [family.name, family])

/** Result, gradients of a weighed sum of it by x and all parameters, and the next running statistics if it is for training. */
function gradientProgram({ module, element, further, forward }: Family, training: boolean): Program {
  const x = input('x', 'float32', ['batch', 'set', ...element('m')])
  const mask = input('mask', 'bool', ['batch', 'set'])
  const others = further?.('m') ?? {}
  const parameters = Object.fromEntries(parametersOf(module))
  const { result, updates } = trace({ training }, () => forward(x, mask, others))
  const weights = input('weights', 'float32', result.shape)
  const trained = Object.entries(parameters).filter(([, parameter]) => parameter.trainable)
  const gradients = differentiate(reduceSum(mul(result, weights)), [x, ...trained.map(([, parameter]) => parameter)])
  const named = ['x', ...trained.map(([path]) => path)].map((path, i) => [`gradient of ${path}`, gradients[i] as Tensor])
  const statistics = [...updates.values()].map((value, i) => [`statistic ${i}`, value])
  return program({
    inputs: { x, mask, ...others, weights, ...parameters },
    outputs: { y: result, ...Object.fromEntries([...named, ...statistics]) },
  })
}

function run(p: Program, feeds: Record<string, TensorValue>, shape: readonly number[]): Record<string, number[]> {
  const weights = normalValues(shape, new Random({ seed: 5 }))
  return Object.fromEntries(Object.entries(evaluate(p, { ...feeds, weights })).map(([name, { data }]) => [name, Array.from(data, Number)]))
}

/** Which entries of x exist, by the mask of the set and that of entries. */
function existing(feeds: Record<string, TensorValue>): boolean[] {
  const { x, mask, eachEntry } = feeds as Record<'x' | 'mask' | 'eachEntry', TensorValue>
  const [batch, set, m] = x.shape as [number, number, number]
  const inner = x.data.length / (batch * set)
  return Array.from({ length: x.data.length }, (_, at) => {
    const element = Math.floor(at / inner)
    const entry = eachEntry === undefined || eachEntry.data[element * m + Math.floor((at % inner) / (inner / m))] === 1
    return mask.data[element] === 1 && entry
  })
}

const filled = (feeds: Record<string, TensorValue>, value: number): Record<string, TensorValue> => {
  const exists = existing(feeds)
  const x = feeds.x as TensorValue
  return { ...feeds, x: { ...x, data: Float64Array.from(x.data as Float32Array, (v, at) => (exists[at] ? v : value)) } }
}

describe.each(named)('%s', (_, family) => {
  const feeds = feedsOf(family, BATCH, SET, family.sizes[1])
  const plain = evaluate(symbolicProgram(family), feeds).y?.shape as number[]

  test.each([false, true])(
    'what does not exist may be NaN and changes nothing: value, gradients, statistics (training: %s)',
    (training) => {
      const p = gradientProgram(family, training)
      const zeros = run(p, filled(feeds, 0), plain)
      for (const value of [Number.NaN, 1e30]) expect(run(p, filled(feeds, value), plain)).toEqual(zeros)
      for (const numbers of Object.values(zeros)) expect(numbers.every(Number.isFinite)).toBe(true)
      const exists = existing(feeds)
      expect(zeros['gradient of x']?.every((g, at) => exists[at] || g === 0)).toBe(true)
      expect(zeros['gradient of x']?.some((g) => Math.abs(g) > 1e-4)).toBe(true)
      expect(isTraining()).toBe(false)
    },
  )

  test('the result is zero where no element exists', () => {
    if (family.equivariant === false) return
    const each = plain.slice(2).reduce((a, b) => a * b, 1)
    const y = evaluate(symbolicProgram(family), feeds).y?.data as Float64Array
    const { data } = feeds.mask as TensorValue
    for (let at = 0; at < y.length; at++) if (data[Math.floor(at / each)] === 0) expect(y[at]).toBe(0)
    if (feeds.eachEntry === undefined) return
    const perEntry = each / (plain[2] as number)
    for (let at = 0; at < y.length; at++) if (feeds.eachEntry.data[Math.floor(at / perEntry)] === 0) expect(y[at]).toBe(0)
  })

  test.each([false, true])('a set with places left empty gives what the set without them gives (training: %s)', (training) => {
    const wide = feedsOf(family, 1, 5, family.sizes[2])
    const mask = { dtype: 'bool', shape: [1, 5], data: Uint8Array.of(1, 1, 1, 0, 0) } as const
    const narrow = Object.fromEntries(
      Object.entries({ ...wide, mask }).map(([name, value]) => [name, /^(x|mask|each.*)$/.test(name) ? firstElements(value, 3) : value]),
    )
    const p = gradientProgram(family, training)
    const shapeAt = (given: Record<string, TensorValue>): readonly number[] => evaluate(symbolicProgram(family), given).y?.shape as number[]
    const padded = run(p, { ...wide, mask }, shapeAt({ ...wide, mask })).y as number[]
    run(p, narrow, shapeAt(narrow)).y?.forEach((v, at) => {
      expect(padded[at]).toBeCloseTo(v, 12)
    })
  })

  test('sets of none have derivatives: ONNX Runtime agrees that they are finite', async () => {
    const p = gradientProgram(family, false)
    const none = feedsOf(family, 2, 0, family.sizes[1])
    const weights = normalValues(evaluate(symbolicProgram(family), none).y?.shape as number[], new Random({ seed: 5 }))
    const all = { ...none, weights }
    for (const { data } of Object.values(evaluate(p, all))) expect(Array.from(data, Number).every(Number.isFinite)).toBe(true)
    for (const { error, output } of await parity(p, [onnxBackend()], all)) expect(error, output).toBeLessThan(1e-5)
  })

  test('a set without elements is not seen by the others, nor by the statistics, in training', () => {
    const p = gradientProgram(family, true)
    const others = Object.fromEntries(
      Object.entries(feeds).map(([name, value]) => [name, /^(x|mask|nodes|each.*)$/.test(name) ? firstSets(value, BATCH - 1) : value]),
    )
    const fewer = run(p, others, [BATCH - 1, ...plain.slice(1)])
    const all = run(p, feeds, plain)
    for (const [name, numbers] of Object.entries(fewer).filter(([name]) => !name.startsWith('gradient')))
      numbers.forEach((v, at) => {
        expect(all[name]?.[at], name).toBeCloseTo(v, 12)
      })
  })
})

/** The first of the batch. */
function firstSets({ shape, data, ...rest }: TensorValue, count: number): TensorValue {
  const [batch, ...tail] = shape as [number, ...number[]]
  return { ...rest, shape: [count, ...tail], data: data.slice(0, (data.length / batch) * count) } as TensorValue
}

/** The first of the axis behind the batch. */
function firstElements({ shape, data, ...rest }: TensorValue, count: number): TensorValue {
  const [batch, set, ...tail] = shape as [number, number, ...number[]]
  return { ...rest, shape: [batch, count, ...tail], data: data.slice(0, (data.length / set) * count) } as TensorValue
}
