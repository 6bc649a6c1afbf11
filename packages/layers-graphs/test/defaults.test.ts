import { initialize, type Module, parametersOf, trace } from '@equivar/nn'
import { evaluate, type Input, input, program, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { EdgeNetworkLayer, Gat, GatLayer, Gcn, GcnLayer, GinLayer, JumpingKnowledge, Nn4g, Readout, SageLayer } from '../src/index.ts'

const [IN, OUT] = [3, 5]
const sizes = { inChannels: IN, outChannels: OUT }

describe('defaults', () => {
  const x = input('x', 'float32', [4, IN])
  const edgeIndex = input('edge_index', 'int64', [2, 6])
  const feeds: Record<string, TensorValue> = {
    x: { dtype: 'float32', shape: [4, IN], data: Float64Array.from({ length: 4 * IN }, (_, i) => Math.sin(3 * i + 1)) },
    edge_index: { dtype: 'int64', shape: [2, 6], data: BigInt64Array.of(0n, 0n, 1n, 2n, 3n, 3n, 1n, 2n, 2n, 0n, 0n, 3n) },
    batch: { dtype: 'int64', shape: [4], data: BigInt64Array.of(0n, 0n, 1n, 1n) },
  }
  const batch = input('batch', 'int64', [4])
  const values = (module: Module, forward: () => Tensor): Float64Array => {
    const p = program({
      inputs: { x, edge_index: edgeIndex, batch, ...Object.fromEntries(parametersOf(module)) } as Record<string, Input>,
      outputs: { y: forward() },
    })
    return evaluate(p, { ...feeds, ...initialize(module, 1) }).y?.data as Float64Array
  }
  type Layer = Module & { forward(x: Tensor, edgeIndex: Tensor): Tensor }
  const of = (module: Layer): Float64Array => values(module, () => module.forward(x, edgeIndex))
  test.each<[string, (options: object) => Layer, object, object[]]>([
    [
      'GinLayer',
      (options) => new GinLayer({ ...sizes, ...options }),
      { depth: 2, hidden: OUT, norm: 'batch', learnEpsilon: false },
      [{ norm: 'none' }, { norm: 'layer' }],
    ],
    [
      'GcnLayer',
      (options) => new GcnLayer({ ...sizes, ...options }),
      { selfLoops: true, normalize: true, bias: true },
      [{ selfLoops: false }, { normalize: false }],
    ],
    [
      'GatLayer',
      (options) => new GatLayer({ ...sizes, ...options }),
      { heads: 1, combine: 'concat', negativeSlope: 0.2, selfLoops: true, dropout: 0, bias: true },
      [{ negativeSlope: 1 }, { selfLoops: false }],
    ],
    [
      'SageLayer',
      (options) => new SageLayer({ ...sizes, ...options }),
      { aggregation: 'mean', normalize: false },
      [{ aggregation: 'sum' }, { normalize: true }],
    ],
  ])('of %s', (_, make, explicit, others) => {
    expect(of(make({}))).toEqual(of(make(explicit)))
    for (const other of others) expect(of(make(other))).not.toEqual(of(make({})))
  })
  test('of EdgeNetworkLayer and Nn4g', () => {
    const attributes = input('edge_attr', 'float32', [6, 1])
    const edge = (options: object): Float64Array => {
      const layer = new EdgeNetworkLayer({ ...sizes, edgeChannels: 1, hidden: [2], ...options })
      const p = program({
        inputs: { x, edge_index: edgeIndex, edge_attr: attributes, ...Object.fromEntries(parametersOf(layer)) },
        outputs: { y: layer.forward(x, edgeIndex, attributes) },
      })
      const given: TensorValue = { dtype: 'float32', shape: [6, 1], data: Float64Array.of(1, -2, 3, -1, 2, 0.5) }
      return evaluate(p, {
        x: feeds.x as TensorValue,
        edge_index: feeds.edge_index as TensorValue,
        edge_attr: given,
        ...initialize(layer, 1),
      }).y?.data as Float64Array
    }
    expect(edge({})).toEqual(edge({ activation: 'relu', aggregation: 'sum', root: true }))
    for (const other of [{ activation: 'tanh' }, { aggregation: 'mean' }, { root: false }]) expect(edge(other)).not.toEqual(edge({}))
    const grown = (options: object): Float64Array => {
      const model = new Nn4g({ inChannels: IN, outputs: 2, ...options })
      return values(model, () => model.forward(x, edgeIndex, batch, 2))
    }
    expect(grown({})).toEqual(grown({ units: 1, width: 1, activation: 'tanh', average: false }))
    for (const other of [{ activation: 'relu' }, { average: true }]) expect(grown(other)).not.toEqual(grown({}))
    const trainable = (options: object): boolean[] =>
      new Nn4g({ inChannels: 1, outputs: 1, units: 3, ...options }).units.map(({ own }) => own.trainable)
    expect([trainable({}), trainable({ frozen: 0 }), trainable({ frozen: 3 })]).toEqual([
      [false, false, true],
      [true, true, true],
      [false, false, false],
    ])
  })
  test('of readouts', () => {
    const read = (options: object): Float64Array => {
      const module = new Readout(options)
      return values(module, () => module.forward(x, batch, 2))
    }
    expect(read({})).toEqual(read({ aggregation: 'sum' }))
    expect(read({ aggregation: 'max' })).not.toEqual(read({}))
    const layers = [x, input('z', 'float32', [4, IN])]
    const shape = (how?: 'concat' | 'max' | 'last'): readonly unknown[] =>
      new JumpingKnowledge(how === undefined ? {} : { how }).forward(layers).shape
    expect([shape(), shape('concat'), shape('max')]).toEqual([
      [4, 6],
      [4, 6],
      [4, 3],
    ])
    expect(new JumpingKnowledge({ how: 'last' }).forward(layers)).toBe(layers[1])
  })
  test('dropout acts in training only', () => {
    for (const make of [
      (dropout: number) => new Gat({ inChannels: IN, outputs: 2, dropout }),
      (dropout: number) => new Gcn({ inChannels: IN, outputs: 2, dropout }),
    ]) {
      const nodes = (dropout: number, training: boolean): number => {
        const module = make(dropout)
        const seed = input('seed', 'int64', [])
        const { result } = trace({ training, seed }, () => module.forward(x, edgeIndex))
        return program({ inputs: { x, edge_index: edgeIndex, seed, ...Object.fromEntries(parametersOf(module)) }, outputs: { y: result } })
          .nodes.length
      }
      expect(nodes(0.5, false)).toBe(nodes(0, false))
      expect(nodes(0.5, true)).toBeGreaterThan(nodes(0, true))
    }
  })
})
