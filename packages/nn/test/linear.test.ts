import { evaluate, input, program, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import {
  BatchNorm,
  constantOf,
  countParameters,
  initialize,
  LayerNorm,
  Linear,
  Mlp,
  type MlpOptions,
  Module,
  parameter,
  parametersOf,
  trace,
} from '../src/index.ts'

const x = input('x', 'float32', ['batch', 2])
const data = tensorValue('float32', [3, 2], [0.5, -1, 2, 0.25, -3, 1])

/** The values of an output of a model in float64, by rows. */
function rowsOf(model: Module, y: Tensor, values: Record<string, TensorValue>, more: Record<string, TensorValue> = {}): number[][] {
  const inputs = { x, ...Object.fromEntries(parametersOf(model)) }
  const asked = Object.fromEntries(Object.entries(more).map(([name, { dtype, shape }]) => [name, input(name, dtype, shape)]))
  const { y: result } = evaluate(program({ inputs: { ...inputs, ...asked }, outputs: { y } }), { x: data, ...values, ...more })
  const width = result?.shape[1] as number
  return [0, 1, 2].map((i) => Array.from(result?.data.slice(i * width, (i + 1) * width) ?? [], Number))
}

/** x weight + bias by loops. */
function affine(rows: readonly (readonly number[])[], values: Record<string, TensorValue>, path: string): number[][] {
  const [weight, bias] = [values[`${path}weight`], values[`${path}bias`]]
  const width = weight?.shape[1] as number
  return rows.map((row) =>
    Array.from({ length: width }, (_, k) =>
      row.reduce((sum, v, i) => sum + v * Number(weight?.data[i * width + k]), Number(bias?.data[k] ?? 0)),
    ),
  )
}
const given = [0, 1, 2].map((i) => Array.from(data.data.slice(2 * i, 2 * i + 2), Number))
const expectRows = (rows: readonly number[][], expected: readonly number[][]): void => {
  expect(rows.length).toBe(expected.length)
  for (const [i, row] of rows.entries()) expect(row).toEqual((expected[i] ?? []).map((v) => expect.closeTo(v, 10)))
}

describe('Linear', () => {
  test('is x weight + bias, whose numbers lie between plus and minus 1 / sqrt(in)', () => {
    const layer = new Linear({ inChannels: 2, outChannels: 3 })
    const values = initialize(layer, 1)
    expectRows(rowsOf(layer, layer.forward(x), values), affine(given, values, ''))
    const wide = initialize(new Linear({ inChannels: 100, outChannels: 400 }), 1)
    for (const name of ['weight', 'bias']) {
      const largest = Math.max(...Array.from(wide[name]?.data ?? [], Number).map(Math.abs))
      expect(largest).toBeLessThanOrEqual(0.1)
      expect(largest).toBeGreaterThan(0.099)
    }
  })

  test('without a bias, and with another initializer, which is that of the weight only', () => {
    const layer = new Linear({ inChannels: 2, outChannels: 1, bias: false })
    const values = initialize(layer, 1)
    expect(Object.keys(values)).toEqual(['weight'])
    expectRows(rowsOf(layer, layer.forward(x), values), affine(given, values, ''))
    const ones = initialize(new Linear({ inChannels: 2, outChannels: 1, initializer: constantOf(1) }), 1)
    expect(Array.from(ones.weight?.data ?? [], Number)).toEqual([1, 1])
    expect(Math.abs(Number(ones.bias?.data[0]))).toBeLessThanOrEqual(Math.SQRT1_2)
  })

  test('without input channels it is its bias, which is finite', () => {
    const { bias } = initialize(new Linear({ inChannels: 0, outChannels: 50 }), 1)
    expect(Math.max(...Array.from(bias?.data ?? [], Number).map(Math.abs))).toBeLessThanOrEqual(1)
  })
})

describe('Mlp', () => {
  const relu = (rows: number[][]): number[][] => rows.map((row) => row.map((v) => Math.max(0, v)))
  /** (x - mean) / sqrt(variance + 1e-5) of each row. */
  const normed = (rows: number[][]): number[][] =>
    rows.map((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / row.length
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length
      return row.map((v) => (v - mean) / Math.sqrt(variance + 1e-5))
    })
  const after = (layers: readonly ((rows: number[][]) => number[][])[], values: Record<string, TensorValue>): number[][] =>
    layers.reduce((rows, follow, i) => follow(affine(rows, values, `layers.${i}.`)), given)
  const same = (rows: number[][]): number[][] => rows

  test.each<[string, Partial<MlpOptions>, ((rows: number[][]) => number[][])[], string[]]>([
    ['has relu between its layers', {}, [relu, relu, same], []],
    ['has another activation', { activation: 'identity' }, [same, same, same], []],
    ['ends with an activation', { finalActivation: true }, [relu, relu, relu], []],
    ['normalizes before the activations', { norm: 'layer' }, [(r) => relu(normed(r)), (r) => relu(normed(r)), same], ['0', '1']],
    [
      'normalizes after the last layer too',
      { norm: 'layer', finalActivation: true, activation: 'identity' },
      [normed, normed, normed],
      ['0', '1', '2'],
    ],
  ])('%s', (_, options, layers, norms) => {
    const model = new Mlp({ channels: [2, 4, 3, 2], ...options })
    const values = initialize(model, 5)
    const own = [0, 1, 2].flatMap((i) => [`layers.${i}.weight`, `layers.${i}.bias`])
    expect(Object.keys(values)).toEqual([...own, ...norms.flatMap((i) => [`norms.${i}.scale`, `norms.${i}.offset`])])
    expectRows(rowsOf(model, model.forward(x), values), after(layers, values))
  })

  test('batch norm takes its statistics from the elements that exist', () => {
    const model = new Mlp({ channels: [2, 1, 1], norm: 'batch', activation: 'identity' })
    expect([new Mlp({ channels: [2, 3, 1], norm: 'layer' }), model].map(({ norms }) => norms.map((norm) => norm.scale.sizes))).toEqual([
      [[3]],
      [[1]],
    ])
    expect(model.norms[0]).toBeInstanceOf(BatchNorm)
    expect(new Mlp({ channels: [2, 3, 1], norm: 'layer' }).norms[0]).toBeInstanceOf(LayerNorm)
    const values = initialize(model, 5)
    const exists = { mask: tensorValue('bool', [3], [1, 0, 1]) }
    const mask = input('mask', 'bool', [3])
    const fixed = input('x', 'float32', [3, 2])
    const { result } = trace({ training: true }, () => model.forward(fixed, mask))
    const inputs = { x: fixed, mask, ...Object.fromEntries(parametersOf(model)) }
    const y = evaluate(program({ inputs, outputs: { y: result } }), { x: data, ...values, ...exists }).y?.data
    const [a = 0, b = 0, c = 0] = affine(given, values, 'layers.0.').flat()
    const [mean, half] = [(a + c) / 2, Math.abs(a - c) / 2]
    const expected = affine(
      [a, b, c].map((v) => [(v - mean) / Math.sqrt(half ** 2 + 1e-5)]),
      values,
      'layers.1.',
    )
    for (const i of [0, 2]) expect(y?.[i]).toBeCloseTo(expected[i]?.[0] ?? Number.NaN, 10)
  })

  test('dropout follows each activation, in training only', () => {
    const model = new Mlp({ channels: [2, 200, 100], activation: 'identity', dropout: 0.5, finalActivation: true })
    const values = initialize(model, 5)
    const leaves = { x: input('x', 'float32', [3, 2]), seed: input('seed', 'int64', []) }
    const { result } = trace({ training: true, seed: leaves.seed }, () => model.forward(leaves.x))
    const p = program({ inputs: { ...leaves, ...Object.fromEntries(parametersOf(model)) }, outputs: { y: result } })
    const y = evaluate(p, { x: data, ...values, seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(1n) } }).y?.data
    const dropped = Array.from(y ?? [], Number).filter((v) => v === 0).length
    expect(dropped).toBeGreaterThan(100)
    expect(dropped).toBeLessThan(200)
    expect(() => trace({ training: true }, () => model.forward(x))).toThrow('Dropout: expected a seed, an int64 scalar, received none.')
    expect(() => new Mlp({ channels: [2, 1], dropout: -0.5 })).toThrow('Dropout: expected a rate in [0, 1), received -0.5.')
    expect(trace({ training: true }, () => new Mlp({ channels: [2, 1, 1] }).forward(x)).result.shape.map(String)).toEqual(['batch', '1'])
    expectRows(rowsOf(model, model.forward(x), values), after([same, same], values))
  })

  test.each([[[]], [[3]]])('needs two channels, not %j', (channels) => {
    expect(() => new Mlp({ channels })).toThrow(
      new RangeError(`Mlp: expected at least two channels (input and output), received [${channels.join(', ')}].`),
    )
  })
})

describe('the parameters of a module', () => {
  class Tree extends Module {
    readonly own = parameter([2, 3])
    readonly list = [parameter([4], { trainable: false }), new Linear({ inChannels: 1, outChannels: 1 }), [parameter([5])]]
    readonly again = this.own
    readonly child: Module
    readonly self: Module[] = []
    readonly other = { hidden: parameter([6]), name: 'text', none: null }
    constructor(child: Module) {
      super()
      this.child = child
      this.self.push(this, child)
    }
    forward(): void {}
  }
  const tree = new Tree(new Linear({ inChannels: 7, outChannels: 1, bias: false }))

  test('are found in fields, modules and arrays, once each, in order', () => {
    const shapes = Array.from(parametersOf(tree), ([path, { sizes, trainable }]) => [path, sizes, trainable])
    expect(shapes).toEqual([
      ['own', [2, 3], true],
      ['list.0', [4], false],
      ['list.1.weight', [1, 1], true],
      ['list.1.bias', [1], true],
      ['list.2.0', [5], true],
      ['child.weight', [7, 1], true],
    ])
    expect(countParameters(tree)).toBe(6 + 1 + 1 + 5 + 7)
  })

  test('each has its own stream of random numbers, named by its path', () => {
    const values = initialize(tree, 4)
    for (const [path, { initializer, sizes }] of parametersOf(tree)) {
      const drawn = Float32Array.from(initializer(sizes, new Random({ seed: 4, stream: path })))
      expect(values[path]).toEqual({ dtype: 'float32', shape: sizes, data: drawn })
    }
    const bound = Math.sqrt(6 / 5)
    const drawn = parameter([2, 3]).initializer([2, 3], new Random({ seed: 4, stream: 'own' }))
    const random = new Random({ seed: 4, stream: 'own' })
    for (const value of drawn) expect(value).toBeCloseTo(-bound + 2 * bound * random.uniform(), 12)
  })
})
