import { initialize, type Module, parametersOf } from '@equivar/nn'
import { type TensorValue, toNumbers } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  AttentionReadout,
  EdgeNetworkLayer,
  EquivariantGraphLinear,
  EquivariantTupleLinear,
  Gat,
  GatLayer,
  Gcn,
  GcnLayer,
  Gin,
  GinLayer,
  GraphNorm,
  HypergraphLayer,
  InvariantGraphNetwork,
  Nn4g,
  PpgnBlock,
  ProvablyPowerfulGraphNetwork,
  SageLayer,
  SignNet,
} from '../src/index.ts'

/** The paths and shapes of all parameters, and of the running statistics. */
const shapes = (module: Module): string[] => [...parametersOf(module)].map(([path, { shape }]) => `${path} ${shape.join(' ')}`.trim())
/** The same, of linear layers only. */
const weights = (module: Module): string[] => shapes(module).filter((line) => line.includes('weight'))
const initial = (module: Module, path: string): Float64Array => toNumbers((initialize(module, 1)[path] as TensorValue).data)

const [IN, OUT] = [3, 5]
const sizes = { inChannels: IN, outChannels: OUT }

describe('parameters', () => {
  test.each<[string, Module, string[]]>([
    ['GinLayer', new GinLayer(sizes), ['mlp.layers.0.weight 3 5', 'mlp.layers.1.weight 5 5']],
    [
      'GinLayer, deep and wide',
      new GinLayer({ ...sizes, depth: 3, hidden: 7 }),
      ['mlp.layers.0.weight 3 7', 'mlp.layers.1.weight 7 7', 'mlp.layers.2.weight 7 5'],
    ],
    ['Gcn', new Gcn({ inChannels: IN, outputs: 2 }), ['layers.0.linear.weight 3 16', 'layers.1.linear.weight 16 2']],
    [
      'Gcn of three layers',
      new Gcn({ inChannels: IN, outputs: 2, layers: 3, hidden: 4 }),
      ['layers.0.linear.weight 3 4', 'layers.1.linear.weight 4 4', 'layers.2.linear.weight 4 2'],
    ],
    ['Gat', new Gat({ inChannels: IN, outputs: 2 }), ['layers.0.linear.weight 3 64', 'layers.1.linear.weight 64 2']],
    [
      'Gat with three output heads',
      new Gat({ inChannels: IN, outputs: 2, hidden: 4, heads: 2, outputHeads: 3 }),
      ['layers.0.linear.weight 3 8', 'layers.1.linear.weight 8 6'],
    ],
    ['SageLayer', new SageLayer(sizes), ['neighbours.weight 3 5', 'own.weight 3 5']],
    ['SageLayer, pool', new SageLayer({ ...sizes, aggregation: 'pool' }), ['pool.weight 3 3', 'neighbours.weight 3 5', 'own.weight 3 5']],
    ['EdgeNetworkLayer', new EdgeNetworkLayer({ ...sizes, edgeChannels: 2 }), ['network.weight 2 15', 'root.weight 3 5']],
    [
      'EdgeNetworkLayer, hidden',
      new EdgeNetworkLayer({ ...sizes, edgeChannels: 2, hidden: [4, 6], root: false }),
      ['features.layers.0.weight 2 4', 'features.layers.1.weight 4 6', 'network.weight 6 15'],
    ],
    ['AttentionReadout', new AttentionReadout({ inChannels: IN }), ['gate.layers.0.weight 3 1']],
    [
      'AttentionReadout of values',
      new AttentionReadout({ inChannels: IN, hidden: [4], outChannels: 2 }),
      ['gate.layers.0.weight 3 4', 'gate.layers.1.weight 4 1', 'value.weight 3 2'],
    ],
    [
      'SignNet',
      new SignNet({ vectors: 3, outChannels: 2 }),
      [
        'phi.0.mlp.layers.0.weight 1 16',
        'phi.0.mlp.layers.1.weight 16 16',
        'phi.1.mlp.layers.0.weight 16 16',
        'phi.1.mlp.layers.1.weight 16 16',
        'rho.layers.0.weight 48 16',
        'rho.layers.1.weight 16 2',
      ],
    ],
    [
      'PpgnBlock',
      new PpgnBlock(sizes),
      ['factors.0.0.weight 5 3', 'factors.0.1.weight 5 5', 'factors.1.0.weight 5 3', 'factors.1.1.weight 5 5', 'skip.weight 5 8'],
    ],
    [
      'PpgnBlock of degree 3',
      new PpgnBlock({ ...sizes, depth: 1, degree: 3 }),
      ['factors.0.0.weight 5 3', 'factors.1.0.weight 5 3', 'factors.2.0.weight 5 3', 'skip.weight 5 13'],
    ],
    [
      'ProvablyPowerfulGraphNetwork',
      new ProvablyPowerfulGraphNetwork({ inChannels: IN, channels: [4], outputs: 2 }),
      [
        'blocks.0.factors.0.0.weight 4 3',
        'blocks.0.factors.0.1.weight 4 4',
        'blocks.0.factors.1.0.weight 4 3',
        'blocks.0.factors.1.1.weight 4 4',
        'blocks.0.skip.weight 4 7',
        'heads.0.weight 8 2',
      ],
    ],
    [
      'ProvablyPowerfulGraphNetwork, last',
      new ProvablyPowerfulGraphNetwork({ inChannels: IN, channels: [4], depth: 1, outputs: 2, readout: 'last' }),
      [
        'blocks.0.factors.0.0.weight 4 3',
        'blocks.0.factors.1.0.weight 4 3',
        'blocks.0.skip.weight 4 7',
        'head.layers.0.weight 8 512',
        'head.layers.1.weight 512 256',
        'head.layers.2.weight 256 2',
      ],
    ],
    [
      'InvariantGraphNetwork',
      new InvariantGraphNetwork({ inChannels: IN, channels: [4], outputs: 2 }),
      ['layers.0.tuples.weights.0 6 8', 'head.layers.0.weight 8 512', 'head.layers.1.weight 512 256', 'head.layers.2.weight 256 2'],
    ],
  ])('%s', (_, module, expected) => {
    const found = weights(module)
    expect(found.filter((line) => !line.includes('tuples'))).toEqual(expected.filter((line) => !line.includes('tuples')))
  })
  test('of the published invariant networks', () => {
    const channels = ({ layers }: InvariantGraphNetwork): (readonly [number, number])[] =>
      layers.map(({ tuples: { inputs, outputs } }) => [inputs[0]?.channels ?? 0, outputs[0]?.channels ?? 0])
    const network = new InvariantGraphNetwork({ inChannels: IN, outputs: 2 })
    expect(channels(network)).toEqual([
      [3, 16],
      [16, 32],
      [32, 256],
    ])
    expect(network.layers.map(({ tuples: { inputs, outputs } }) => [inputs[0]?.order, outputs[0]?.order])).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ])
    expect(network.readout).toBeUndefined()
    const third = new InvariantGraphNetwork({ inChannels: IN, channels: [4, 5], order: 3, outputs: 2 })
    expect(third.layers.map(({ tuples: { inputs, outputs } }) => [inputs[0]?.order, outputs[0]?.order])).toEqual([
      [2, 3],
      [3, 3],
    ])
    expect(third.readout?.tuples.outputs).toEqual([{ order: 0, channels: 10 }])
    expect(new InvariantGraphNetwork({ inChannels: IN, channels: [4], outputs: 2, readout: 'linear' }).readout?.tuples.inputs).toEqual([
      { order: 2, channels: 4 },
    ])
    expect(new ProvablyPowerfulGraphNetwork({ inChannels: 1, outputs: 1 }).blocks.map(({ skip }) => skip.weight.shape)).toEqual([
      [400, 401],
      [400, 800],
      [400, 800],
    ])
  })
  test('Gin', () => {
    const gin = new Gin({ inChannels: IN, outputs: 2 })
    expect([gin.layers.length, gin.norms.length, gin.dropout.rate]).toEqual([4, 4, 0.5])
    expect(gin.heads.map(({ weight }) => weight.shape)).toEqual([
      [3, 2],
      [64, 2],
      [64, 2],
      [64, 2],
      [64, 2],
    ])
    expect(new Gin({ inChannels: IN, outputs: 2, learnEpsilon: true }).layers.map(({ epsilon }) => epsilon?.shape)).toEqual([
      [],
      [],
      [],
      [],
    ])
    expect(gin.layers.map(({ epsilon }) => epsilon)).toEqual([undefined, undefined, undefined, undefined])
  })
  test('rates of dropout', () => {
    const rates = ({ layers: [first, second], dropout }: Gat): number[] => [first.dropout.rate, second.dropout.rate, dropout.rate]
    expect(rates(new Gat({ inChannels: IN, outputs: 2 }))).toEqual([0.6, 0.6, 0.6])
    expect(rates(new Gat({ inChannels: IN, outputs: 2, dropout: 0.1 }))).toEqual([0.1, 0.1, 0.1])
    expect([new Gcn({ inChannels: IN, outputs: 2 }).dropout.rate, new GatLayer(sizes).dropout.rate]).toEqual([0.5, 0])
  })
  test('a bias is there unless it is refused, and starts at 0', () => {
    for (const [make, length] of [
      [(bias: object) => new GcnLayer({ ...sizes, ...bias }), OUT],
      [(bias: object) => new HypergraphLayer({ ...sizes, ...bias }), OUT],
      [(bias: object) => new GatLayer({ ...sizes, heads: 2, ...bias }), 2 * OUT],
      [(bias: object) => new GatLayer({ ...sizes, heads: 2, combine: 'mean', ...bias }), OUT],
    ] as const) {
      expect([{}, { bias: true }, { bias: false }].map((bias) => make(bias).bias?.shape)).toEqual([[length], [length], undefined])
      expect([...initial(make({}), 'bias')]).toEqual(new Array(length).fill(0))
    }
    const tuples = (bias: object) => new EquivariantGraphLinear({ ...sizes, inputOrder: 2, outputOrder: 2, ...bias }).tuples
    expect([{}, { bias: true }, { bias: false }].map((bias) => tuples(bias).bias?.shape)).toEqual([[2 * OUT], [2 * OUT], undefined])
    for (const [module, path, length] of [
      [new EdgeNetworkLayer({ ...sizes, edgeChannels: 1 }), 'bias', OUT],
      [new PpgnBlock(sizes), 'skip.bias', OUT],
      [tuples({}), 'bias', 2 * OUT],
      [new Nn4g({ inChannels: 1, outputs: 2 }), 'bias', 2],
      [new Nn4g({ inChannels: 1, outputs: 2, width: 3 }), 'units.0.bias', 3],
      [new GinLayer({ ...sizes, learnEpsilon: true }), 'epsilon', 1],
      [new GraphNorm({ channels: 2 }), 'offset', 2],
    ] as const)
      expect([...initial(module, path)]).toEqual(new Array(length).fill(0))
    for (const path of ['scale', 'meanScale']) expect([...initial(new GraphNorm({ channels: 2 }), path)]).toEqual([1, 1])
  })
  test('weights of tuples are normal: the deviation of a layer from c to d channels with r contractions is sqrt(2 / (c + d) / r)', () => {
    const square = (module: EquivariantTupleLinear): number => {
      const all = module.weights.flatMap((_, j) => [...initial(module, `weights.${j}`)])
      return all.reduce((sum, v) => sum + v * v, 0) / all.length
    }
    const two = (channels: number) => ({ order: 2, channels })
    const pairs = new EquivariantTupleLinear({ inputs: [two(60)], outputs: [two(40)] })
    // Pairs have 2 contractions to nothing, 5 to one node and 2 to pairs.
    const contractionsOfPairs = pairs.basis.reduce((n, { rows }) => n + rows.length, 0)
    expect(square(pairs) / (2 / 100 / contractionsOfPairs)).toBeCloseTo(1, 1)
    const mixed = new EquivariantTupleLinear({
      inputs: [two(50), { order: 0, channels: 70 }],
      outputs: [{ order: 1, channels: 30 }, two(20)],
    })
    const most = Math.max(
      ...[0, 1].map((i) => mixed.basis.reduce((n, { rows }) => n + rows.filter(({ input: from }) => from === i).length, 0)),
    )
    expect(square(mixed) / (2 / 100 / most)).toBeCloseTo(1, 1)
  })
  test('weights of pairs and of convolutions are Glorot', () => {
    const skip = initial(new PpgnBlock({ inChannels: 60, outChannels: 40 }), 'factors.0.0.weight')
    expect(skip.reduce((sum, v) => sum + v * v, 0) / skip.length / (2 / 100)).toBeCloseTo(1, 1)
    for (const module of [
      new GcnLayer({ inChannels: 60, outChannels: 40 }),
      new HypergraphLayer({ inChannels: 60, outChannels: 40 }),
      new GatLayer({ inChannels: 60, outChannels: 40 }),
    ]) {
      const largest = Math.max(...initial(module, 'linear.weight').map(Math.abs))
      expect(largest / Math.sqrt(6 / 100)).toBeLessThanOrEqual(1 + 1e-6)
      expect(largest / Math.sqrt(6 / 100)).toBeGreaterThan(0.95)
    }
  })
})
