import { initialize, type Parameter, parametersOf, trace } from '@equivar/nn'
import { evaluate, type Input, program, slice, type Tensor } from '@equivar/tensor'
import { expect, test } from 'vitest'
import {
  DepthwiseTensorProduct,
  edgesOf,
  Features,
  FullyConnectedTensorProduct,
  features,
  Gate,
  IrrepsBatchNorm,
  IrrepsLayerNorm,
  IrrepsLinear,
  lengths,
  NormActivation,
  polynomialCutoff,
  radialBasis,
  sphericalHarmonics,
  structureReadout,
  VectorInvariants,
  VectorLinearRelu,
  VectorRelu,
} from '../src/index.ts'
import { describeDefaults, feeds, inputs, row } from './option-defaults.ts'

const { x, positions, edges: edgeIndex, mixed, batch } = inputs
const edges = edgesOf('test', positions, edgeIndex)
const MIXED = '3x0e + 3x1o'
const given = features(mixed, MIXED)
const vectors = given.blocks[1] as Tensor
const vector = new Features('3x1o', [vectors])
const gateInput = features(slice(mixed, { axis: 1, end: 9 }), '3x0e + 2x1o')

describeDefaults([
  row(
    'IrrepsLinear',
    (options) => new IrrepsLinear({ input: MIXED, output: MIXED, ...options }),
    (layer) => layer.forward(given).flat(),
    { bias: false },
    { bias: true },
  ),
  row(
    'FullyConnectedTensorProduct',
    (options) => new FullyConnectedTensorProduct({ first: '3x0e + 2x1o', second: MIXED, output: '2x0e + 2x1o', ...options }),
    (layer) => layer.forward(gateInput, given).flat(),
    { weights: 'own', irrepNormalization: 'component', pathNormalization: 'element' },
    { irrepNormalization: 'norm' },
    { pathNormalization: 'path' },
  ),
  row(
    'DepthwiseTensorProduct',
    (options) => new DepthwiseTensorProduct({ first: MIXED, second: '3x1o', ...options }),
    (layer) => layer.forward(given, vector).flat(),
    { keep: '0e + 0o + 1o + 1e + 2e' },
    { keep: '0e + 1o' },
  ),
  row(
    'Gate',
    (options) => new Gate({ scalars: '1x0e', gated: '2x1o', ...options }),
    (gate) => gate.forward(gateInput).flat(),
    { scalarActivations: ['silu'], gates: '2x0e', gateActivations: ['sigmoid'] },
    { scalarActivations: ['tanh'] },
    { gateActivations: ['tanh'] },
  ),
  row(
    'NormActivation',
    (options) => new NormActivation({ irreps: MIXED, ...options }),
    (layer) => layer.forward(given).flat(),
    { activation: 'sigmoid', normalize: true, bias: false },
    { activation: 'tanh' },
    { normalize: false },
    { bias: true },
  ),
  row(
    'IrrepsBatchNorm',
    (options) => new IrrepsBatchNorm({ irreps: MIXED, ...options }),
    (layer) => layer.forward(given).flat(),
    { epsilon: 1e-5, affine: true, normalization: 'component', momentum: 0.1, instance: false },
    { epsilon: 1e-3 },
    { affine: false },
    { instance: true },
  ),
  row(
    'IrrepsLayerNorm',
    (options) => new IrrepsLayerNorm({ irreps: MIXED, ...options }),
    (layer) => layer.forward(given).flat(),
    { epsilon: 1e-5, affine: true, normalization: 'component' },
    { epsilon: 1e-3 },
    { affine: false },
    { normalization: 'norm' },
  ),
  row(
    'VectorRelu',
    (options) => new VectorRelu({ channels: 3, ...options }),
    (layer) => layer.forward(vectors),
    { slope: 0, sharesDirection: false, inChannels: 3, epsilon: 1e-6 },
    { slope: 0.5 },
    { sharesDirection: true },
    { epsilon: 1e-2 },
  ),
  row(
    'VectorLinearRelu',
    (options) => new VectorLinearRelu({ inChannels: 3, channels: 2, ...options }),
    (layer) => layer.forward(vectors),
    { norm: true, slope: 0, sharesDirection: false, epsilon: 1e-6 },
    { norm: false },
    { slope: 0.5 },
  ),
  row(
    'VectorInvariants',
    (options) => new VectorInvariants({ channels: 3, ...options }),
    (layer) => layer.forward(vectors),
    { references: 3 },
    { references: 2 },
  ),
])

test('momentum of running statistics is 0.1', () => {
  const updated = (options: object): unknown => {
    const norm = new IrrepsBatchNorm({ irreps: MIXED, ...options })
    const { updates } = trace({ training: true }, () => norm.forward(given))
    const all: Record<string, Input> = { mixed, ...Object.fromEntries(parametersOf(norm)) }
    const outputs = {
      mean: updates.get(norm.runningMean as Parameter) as Tensor,
      square: updates.get(norm.runningSquare as Parameter) as Tensor,
    }
    return Object.values(evaluate(program({ inputs: all, outputs }), { mixed: feeds.mixed, ...initialize(norm, 1) })).map(({ data }) => [
      ...data,
    ])
  }
  expect(updated({})).toEqual(updated({ momentum: 0.1 }))
  expect(updated({})).not.toEqual(updated({ momentum: 0.2 }))
})

test('functions: readouts sum, polynomial cutoffs have power 6, bases begin at 0 and vanish at their ends, harmonics are normalized by components', () => {
  const d = lengths(edges.vectors)
  const basis = { basis: 'bessel', end: 2, count: 3 } as const
  const pairs: [Tensor, Tensor, Tensor][] = [
    [
      structureReadout(x, batch, { structures: 2 }),
      structureReadout(x, batch, { structures: 2, aggregation: 'sum' }),
      structureReadout(x, batch, { structures: 2, aggregation: 'mean' }),
    ],
    [polynomialCutoff(d, 3), polynomialCutoff(d, 3, { power: 6 }), polynomialCutoff(d, 3, { power: 5 })],
    [radialBasis(d, basis), radialBasis(d, { ...basis, start: 0, cutoff: true }), radialBasis(d, { ...basis, start: 0.1 })],
    [radialBasis(d, basis), radialBasis(d, { ...basis, cutoff: true }), radialBasis(d, { ...basis, cutoff: false })],
    ...[{ normalize: false }, { normalization: 'norm' as const }].map((other): [Tensor, Tensor, Tensor] => [
      sphericalHarmonics(edges.vectors, { degree: 2 }).flat(),
      sphericalHarmonics(edges.vectors, { degree: 2, normalize: true, normalization: 'component' }).flat(),
      sphericalHarmonics(edges.vectors, { degree: 2, ...other }).flat(),
    ]),
  ]
  for (const [plain, explicit, other] of pairs) {
    const results = evaluate(program({ inputs, outputs: { plain, explicit, other } }), feeds)
    expect(results.explicit?.data).toEqual(results.plain?.data)
    expect(results.other?.data).not.toEqual(results.plain?.data)
  }
})
