import { onnxBackend } from '@equivar/backend-onnx'
import { type Action, naturalAction, symmetric, wreathProduct } from '@equivar/groups'
import { parametersOf } from '@equivar/nn'
import { add, cumSum, evaluate, input, type Program, program, type TensorValue } from '@equivar/tensor'
import { compareSpan, derivativeError, equivarianceError, expectEquivariant, expectSameSpan, parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { DeepSetsLayer, ExchangeableMatrixLayer, NestedSetLayer } from '../src/index.ts'
import { CHANNELS, exchangeable, type Family, families, feedsOf, flatProgram, type Layer, nested, symbolicProgram } from './families.ts'

const BATCH = 3
const named = families.map((family): [string, Family] => [family.name, family])
const without = ({ mask: _, ...feeds }: Record<string, TensorValue>): Record<string, TensorValue> => feeds

describe.each(named)('%s', (_, family) => {
  const inputActions = (action: Action) => ({ x: { 1: action }, mask: { 1: action } })

  test('commutes with its group, to 1e-12, for sets of 1 to 6', () => {
    for (const n of family.axes > 2 ? [1, 3] : [1, 2, 3, 6]) {
      const sizes = [n, 3, 2].slice(0, family.axes)
      const action = family.action(...sizes)
      const p = flatProgram(family, BATCH, sizes)
      const { mask, ...feeds } = feedsOf(family, [BATCH, ...sizes])
      const flat = (value: TensorValue, tail: number[]): TensorValue => ({ ...value, shape: [BATCH, action.degree, ...tail] })
      const all = { ...feeds, x: flat(feeds.x as TensorValue, [CHANNELS]), mask: flat(mask as TensorValue, []) }
      const outputActions = family.equivariant ? { y: { 1: action } } : {}
      expectEquivariant(p, { inputActions: inputActions(action), outputActions, feeds: all, tolerance: 1e-12 })
      if (n > 2) expect(evaluate(p, all).y?.data.some((v) => Math.abs(v) > 1e-3)).toBe(true)
    }
  })

  test('its derivative agrees with central differences, with a mask and without', () => {
    const feeds = feedsOf(family, [BATCH, 4, 3, 2].slice(0, family.axes + 1))
    expect(derivativeError(symbolicProgram(family), { feeds })).toBeLessThan(1e-7)
    expect(derivativeError(symbolicProgram(family, { masked: false }), { feeds: without(feeds) })).toBeLessThan(1e-7)
  })

  test('ONNX Runtime gives the same at sizes that the Program does not name', async () => {
    const [masked, plain] = [symbolicProgram(family), symbolicProgram(family, { masked: false })]
    for (const sizes of [
      [1, 1, 2, 1],
      [4, 9, 5, 2],
    ]) {
      const feeds = feedsOf(family, sizes.slice(0, family.axes + 1), 2)
      for (const { error } of [
        ...(await parity(masked, [onnxBackend()], feeds)),
        ...(await parity(plain, [onnxBackend()], without(feeds))),
      ])
        expect(error).toBeLessThan(1e-5)
    }
  })
})

describe('in float32 on ONNX Runtime', () => {
  /** Entry i of axis 1 moves to images[i]. */
  const moved = (value: TensorValue, images: ArrayLike<number>): TensorValue => {
    const [, n = 1, ...inner] = value.shape
    const width = inner.reduce((a, b) => a * b, 1)
    const data = value.data.slice()
    value.data.forEach((v: number | bigint, at: number) => {
      const i = Math.floor(at / width) % n
      data[at + ((images[i] as number) - i) * width] = v as never
    })
    return { ...value, data }
  }

  test.each(named)('%s commutes with its group to 1e-5', async (_, family) => {
    const sizes = [6, 3, 2].slice(0, family.axes)
    const action = family.action(...sizes)
    const { x, mask, ...parameters } = feedsOf(family, [BATCH, ...sizes])
    const flat = {
      x: { ...x, shape: [BATCH, action.degree, CHANNELS] } as TensorValue,
      mask: { ...mask, shape: [BATCH, action.degree] } as TensorValue,
    }
    const executable = await onnxBackend({ threads: 1 }).compile(flatProgram(family, BATCH, sizes))
    const run = async (feeds: Record<string, TensorValue>): Promise<TensorValue> => {
      const { y } = await executable.run({ ...feeds, ...parameters })
      return { dtype: 'float32', shape: y?.shape ?? [], data: (await y?.data()) as Float32Array }
    }
    const plain = await run(flat)
    const scale = Math.max(...Array.from(plain.data as Float32Array, Math.abs))
    for (const { images } of action.generators) {
      const expected = family.equivariant ? moved(plain, images) : plain
      const received = await run({ x: moved(flat.x, images), mask: moved(flat.mask, images) })
      received.data.forEach((v: number | bigint, i: number) => {
        expect(Math.abs(Number(v) - Number(expected.data[i])) / scale).toBeLessThan(1e-5)
      })
    }
    await executable.dispose()
  })
})

describe('negative controls', () => {
  const family = (layer: Layer, action: Family['action']): Family => ({ name: '', layer, axes: 2, equivariant: true, action, pooled: [] })
  const errorUnder = (p: Program, action: Action, feeds: Record<string, TensorValue>): number =>
    equivarianceError(p, { inputActions: { x: { 1: action } }, outputActions: { y: { 1: action } }, feeds }).error

  test('an exchangeable layer does not commute with the larger wreath product, a nested layer does', () => {
    for (const [layer, commutes] of [
      [new ExchangeableMatrixLayer({ inChannels: CHANNELS, outChannels: 2 }), false],
      [new NestedSetLayer({ inChannels: CHANNELS, outChannels: 2 }), true],
    ] as const) {
      const given = family(layer, (n, m) => nested(n as number, m as number))
      const feeds = feedsOf(given, [1, 3, 4])
      const all = {
        ...feeds,
        x: { ...feeds.x, shape: [1, 12, CHANNELS] } as TensorValue,
        mask: { dtype: 'bool', shape: [1, 12], data: new Uint8Array(12).fill(1) } as TensorValue,
      }
      const error = errorUnder(flatProgram(given, 1, [3, 4]), given.action(3, 4), all)
      if (commutes) expect(error).toBeLessThan(1e-12)
      else expect(error).toBeGreaterThan(0.05)
    }
  })

  test('what has been summed along the set before the layer is found out', () => {
    const layer = new DeepSetsLayer({ inChannels: CHANNELS, outChannels: 2 })
    const x = input('x', 'float32', [1, 5, CHANNELS])
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(add(x, cumSum(x, 1))) } })
    const feeds = without(feedsOf({ ...family(layer, () => naturalAction(symmetric(5))), axes: 1 }, [1, 5]))
    expect(errorUnder(p, naturalAction(symmetric(5)), feeds)).toBeGreaterThan(0.05)
  })
})

const nestedTwice = (n: number, m: number, k: number): Action =>
  naturalAction(wreathProduct(wreathProduct(symmetric(k), symmetric(m)), symmetric(n)))
const one = { inChannels: 1, outChannels: 1, bias: false }
const spaces: [string, () => Layer, (n: number) => number[], (n: number) => Action, number][] = [
  ['DeepSetsLayer mean', () => new DeepSetsLayer(one), (n) => [n], (n) => naturalAction(symmetric(n)), 2],
  ['DeepSetsLayer sum', () => new DeepSetsLayer({ ...one, pool: 'sum' }), (n) => [n], (n) => naturalAction(symmetric(n)), 2],
  [
    'DeepSetsLayer mean and sum',
    () => new DeepSetsLayer({ ...one, pool: ['mean', 'sum'] }),
    (n) => [n],
    (n) => naturalAction(symmetric(n)),
    2,
  ],
  ['ExchangeableMatrixLayer', () => new ExchangeableMatrixLayer(one), (n) => [n, 3], (n) => exchangeable(n, 3), 4],
  [
    'ExchangeableMatrixLayer of three axes',
    () => new ExchangeableMatrixLayer({ ...one, axes: 3 }),
    (n) => [n, 2, 3],
    (n) => exchangeable(n, 2, 3),
    8,
  ],
  ['NestedSetLayer of three levels', () => new NestedSetLayer({ ...one, axes: 3 }), (n) => [n, 2, 3], (n) => nestedTwice(n, 2, 3), 4],
  ['NestedSetLayer', () => new NestedSetLayer(one), (n) => [n, 3], (n) => nested(n, 3), 3],
]
test.each(spaces)('%s spans exactly the maps of the orbit scheme, for n = 1 to 7', (_, make, sizes, action, full) => {
  for (let n = 1; n <= 7; n++) {
    const layer = make()
    const x = input('x', 'float32', ['batch', ...sizes(n), 1])
    const parameters = Object.fromEntries(parametersOf(layer))
    const p = program({ inputs: { x, ...parameters }, outputs: { y: layer.forward(x) } })
    const options = { weights: Object.keys(parameters), input: action(n), output: action(n) }
    expectSameSpan(p, options)
    if (n > 1) expect(compareSpan(p, options).orbits).toBe(full)
  }
})
