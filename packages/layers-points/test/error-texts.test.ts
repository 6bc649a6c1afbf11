import { input, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  cosineCutoff,
  Egnn,
  EgnnLayer,
  ElementwiseTensorProduct,
  edgesOf,
  Features,
  FullyConnectedTensorProduct,
  features,
  Gate,
  Irrep,
  Irreps,
  IrrepsBatchNorm,
  IrrepsLayerNorm,
  IrrepsLinear,
  irreps,
  NormActivation,
  PaiNn,
  type Parity,
  type Path,
  polynomialCutoff,
  RadialNetwork,
  radialBasis,
  SchNetInteraction,
  scalars,
  smoothCutoff,
  sphericalHarmonics,
  TensorFieldNetwork,
  TensorProduct,
} from '../src/index.ts'

const x = (...shape: (number | string)[]): Tensor => input('x', 'float32', shape)
const edgeIndex = input('edges', 'int64', [2, 'edges'])
const positions = x('nodes', 3)
const vector = features(x('n', 3), '1o')
const egnn = { channels: 2, hiddenChannels: 3 }
const field = { inChannels: 2, hidden: '2x0e + 1x1o', output: '1x0e', layers: 1, radius: 2, neighbours: 3 }
const schnet = { channels: 2, radius: 1 }
const path: Path = { first: 0, second: 0, output: 0, mode: 'uvw', weighted: true }
const product = (options: object, ...paths: Partial<Path>[]) =>
  new TensorProduct({ first: '2x1o', second: '3x1o', output: '4x0e', paths: paths.map((each) => ({ ...path, ...each })), ...options })
const given = new FullyConnectedTensorProduct({ first: '1o', second: '1o', output: '2x0e', weights: 'given' })
const own = new FullyConnectedTensorProduct({ first: '1o', second: '1o', output: '2x0e' })

type Case = readonly [make: () => unknown, message: string]

describe.each<[string, readonly Case[]]>([
  [
    'irreps',
    [
      [() => new Irrep(33, 1), 'Irrep: expected a degree from 0 to 32, received 33.'],
      [() => new Irrep(1.5, 1), 'Irrep: expected a degree from 0 to 32, received 1.5.'],
      [() => new Irrep(0, 2 as Parity), 'Irrep: expected the parity 1 or -1, received 2.'],
      [
        () => new Irreps([{ multiplicity: -1, irrep: new Irrep(0, 1) }]),
        'Irreps: expected multiplicities from 0 to 16777216, received -1.',
      ],
      [() => irreps('16777217x0e'), 'Irreps: expected multiplicities from 0 to 16777216, received 16777217.'],
      [() => irreps(7 as never), 'irreps: expected a text like 16x0e + 8x1o, received number.'],
      [() => irreps(' '.repeat(10_001)), 'irreps: expected at most 10000 characters, received 10001.'],
      [
        () => irreps('2x0e + 1xo'),
        'irreps: expected summands like 16x0e, 8x1o or 2e, joined by +, with degrees up to 32, received "1xo" in "2x0e + 1xo".',
      ],
      [
        () => irreps(`1e + ${'z'.repeat(100)}`),
        `irreps: expected summands like 16x0e, 8x1o or 2e, joined by +, with degrees up to 32, received "${'z'.repeat(40)}" in "1e + ${'z'.repeat(75)}".`,
      ],
    ],
  ],
  [
    'features',
    [
      [() => new Features('1o + 0e', [x('n', 3, 1)]), 'Features: expected 2 blocks for 1x1o + 1x0e, received 1.'],
      [() => new Features('2x1o', [x('n', 3, 3)]), 'Features: expected [..., 3, 2] for 2x1o, received [n, 3, 3].'],
      [() => new Features('2x1o', [x('n', 2, 2)]), 'Features: expected [..., 3, 2] for 2x1o, received [n, 2, 2].'],
      [() => new Features('1x0e', [x(1)]), 'Features: expected [..., 1, 1] for 1x0e, received [1].'],
      [() => features(x(), '1o'), 'features: expected [..., 3] for 1x1o, received [].'],
      [() => features(x('n', 4), '1o'), 'features: expected [..., 3] for 1x1o, received [n, 4].'],
      [() => scalars(x(2, 'n')), 'scalars: expected a number as the size of the last axis, received [2, n].'],
      [() => vector.cut(irreps('1e')), 'Features.cut: expected the copies of 1x1o, received 1x1e.'],
      [() => vector.add(features(x('n', 1), '0e')), 'Features.cut: expected the copies of 1x0e, received 1x1o.'],
      [() => edgesOf('where', x('n', 2), edgeIndex), 'where: expected positions [nodes, 3], received [n, 2].'],
      [() => edgesOf('where', x('n', 'k', 3), edgeIndex), 'where: expected positions [nodes, 3], received [n, k, 3].'],
      [
        () => edgesOf('where', positions, input('edges', 'int64', ['edges', 2])),
        'where: edge_index: expected shape [2, edges], row 0 the source and row 1 the target of each edge, received [edges, 2]. Transpose a list of pairs.',
      ],
      [
        () => edgesOf('where', positions, input('edges', 'int64', [2])),
        'where: edge_index: expected shape [2, edges], row 0 the source and row 1 the target of each edge, received [2]. Transpose a list of pairs.',
      ],
      [() => sphericalHarmonics(positions, { degree: 9 }), 'sphericalHarmonics: expected a degree from 0 to 8, received 9.'],
      [() => sphericalHarmonics(positions, { degree: -1 }), 'sphericalHarmonics: expected a degree from 0 to 8, received -1.'],
      [() => sphericalHarmonics(positions, { degree: 0.5 }), 'sphericalHarmonics: expected a degree from 0 to 8, received 0.5.'],
      [
        () => sphericalHarmonics(positions, { degree: 1, normalization: 'toString' as 'norm' }),
        'sphericalHarmonics: expected one of norm, component, integral, received toString.',
      ],
      [() => sphericalHarmonics(x('n', 2), { degree: 1 }), 'sphericalHarmonics: expected vectors [..., 3], received [n, 2].'],
    ],
  ],
  [
    'layers of features, with other irreps',
    [
      [
        () => new IrrepsLinear({ input: '2x1o', output: '1o' }).forward(vector),
        'IrrepsLinear.forward: expected features of 2x1o, received features of 1x1o.',
      ],
      [
        () => new NormActivation({ irreps: '1e' }).forward(vector),
        'NormActivation.forward: expected features of 1x1e, received features of 1x1o.',
      ],
      [
        () => new IrrepsBatchNorm({ irreps: '1e' }).forward(vector),
        'IrrepsBatchNorm.forward: expected features of 1x1e, received features of 1x1o.',
      ],
      [
        () => new IrrepsLayerNorm({ irreps: '1e' }).forward(vector),
        'IrrepsLayerNorm.forward: expected features of 1x1e, received features of 1x1o.',
      ],
      [
        () => new Gate({ scalars: '2x0e', gated: '' }).forward(vector),
        'Gate.forward: expected features of 2x0e, received features of 1x1o.',
      ],
      [
        () => own.forward(features(x('n', 3), '1e'), vector),
        'TensorProduct.forward: the first input: expected features of 1x1o, received features of 1x1e.',
      ],
      [
        () => own.forward(vector, features(x('n', 3), '1e')),
        'TensorProduct.forward: the second input: expected features of 1x1o, received features of 1x1e.',
      ],
    ],
  ],
  [
    'gates',
    [
      [() => new Gate({ scalars: '1x0e + 1x1o', gated: '' }), 'Gate: expected scalars of degree 0, received 1x0e + 1x1o.'],
      [() => new Gate({ scalars: '', gates: '1x2e', gated: '1o' }), 'Gate: expected gates of degree 0, received 1x2e.'],
      [
        () => new Gate({ scalars: '1x0e + 1x0o', scalarActivations: ['silu'], gated: '' }),
        'Gate: expected 2 activations of scalars (1x0e + 1x0o), received 1.',
      ],
      [
        () => new Gate({ scalars: '', gates: '2x0e', gateActivations: ['silu', 'silu'], gated: '2x1o' }),
        'Gate: expected 1 activations of gates (2x0e), received 2.',
      ],
      [
        () => new Gate({ scalars: '1x0o', scalarActivations: ['silu'], gated: '' }),
        'Gate: expected an even or odd activation for the pseudoscalars of scalars (1x0o): with another, reflections do not commute.',
      ],
      [
        () => new Gate({ scalars: '', gates: '3x0e', gated: '1x1o + 1x2e' }),
        'Gate: expected one gate for each of the 2 copies of 1x1o + 1x2e, received 3.',
      ],
    ],
  ],
  [
    'tensor products',
    [
      ...(['first', 'second', 'output'] as const).map((slot): Case => {
        const name = { first: '(1, 0, 0, uvw)', second: '(0, 1, 0, uvw)', output: '(0, 0, 1, uvw)' }[slot]
        return [
          () => product({}, { [slot]: 1 }),
          `TensorProduct: expected paths between summands of 2x1o, 3x1o and 4x0e, received ${name}.`,
        ]
      }),
      [
        () => product({ output: '4x1o' }, {}),
        'TensorProduct: expected an output that 1o x 1o has, received the path (0, 0, 0, uvw) to 1o.',
      ],
      [
        () => product({}, { weighted: false }),
        'TensorProduct: expected weights on a path uvw, received the path (0, 0, 0, uvw) from 2x1o and 3x1o to 4x0e.',
      ],
      [
        () => product({}, { mode: 'uvu' }),
        'TensorProduct: expected as many copies as uvu joins, received the path (0, 0, 0, uvu) from 2x1o and 3x1o to 4x0e.',
      ],
      [
        () => product({ output: '2x0e' }, { mode: 'uuu' }),
        'TensorProduct: expected as many copies as uuu joins, received the path (0, 0, 0, uuu) from 2x1o and 3x1o to 2x0e.',
      ],
      [
        () => new ElementwiseTensorProduct({ first: '2x1o', second: '3x0e' }),
        'elementwise product: expected as many copies in both inputs, received 2 and 3.',
      ],
      [() => given.forward(vector, vector), 'TensorProduct.forward: expected weights [..., 2], received none.'],
      [() => own.forward(vector, vector, x(2)), 'TensorProduct.forward: expected no weights, received some.'],
    ],
  ],
  [
    'radial functions',
    [
      [
        () => radialBasis(x('n'), { basis: 'toString' as 'bessel', end: 1, count: 1 }),
        'radialBasis: expected one of gaussian, cosine, smoothFinite, fourier, bessel, received toString.',
      ],
      [
        () => radialBasis(x('n'), { basis: 'bessel', start: 1, end: 1, count: 1 }),
        'radialBasis: expected an end beyond the start, received 1 to 1.',
      ],
      [
        () => radialBasis(x('n'), { basis: 'bessel', end: Infinity, count: 1 }),
        'radialBasis: expected an end beyond the start, received 0 to Infinity.',
      ],
      [() => radialBasis(x('n'), { basis: 'bessel', end: 1, count: 0 }), 'radialBasis: expected a count of at least 1, received 0.'],
      [() => radialBasis(x('n'), { basis: 'bessel', end: 1, count: 1.5 }), 'radialBasis: expected a count of at least 1, received 1.5.'],
      [() => cosineCutoff(x('n'), 0), 'cosineCutoff: expected a positive radius, received 0.'],
      [() => polynomialCutoff(x('n'), Infinity), 'polynomialCutoff: expected a positive radius, received Infinity.'],
      [() => smoothCutoff(x('n'), -1), 'smoothCutoff: expected a positive radius, received -1.'],
      [() => polynomialCutoff(x('n'), 1, { power: 1 }), 'polynomialCutoff: expected an integer power of at least 2, received 1.'],
      [() => polynomialCutoff(x('n'), 1, { power: 2.5 }), 'polynomialCutoff: expected an integer power of at least 2, received 2.5.'],
      [() => new RadialNetwork({ channels: [3] }), 'RadialNetwork: expected at least two channels (input and output), received [3].'],
    ],
  ],
  [
    'networks',
    [
      [
        () => new EgnnLayer({ ...egnn, outChannels: 3, residual: true }),
        'EgnnLayer: expected as many output channels as input channels with residual, received 2 and 3.',
      ],
      [
        () => new EgnnLayer({ ...egnn, velocities: true, movesPoints: false }),
        'EgnnLayer: expected movesPoints with velocities, received false.',
      ],
      [
        () => new EgnnLayer({ ...egnn, velocities: true }).forward({ x: x('nodes', 2), positions, edgeIndex }),
        'EgnnLayer.forward: expected velocities, received none.',
      ],
      [
        () => new EgnnLayer(egnn).forward({ x: x('nodes', 2), positions, edgeIndex, velocities: positions }),
        'EgnnLayer.forward: expected no velocities, received some.',
      ],
      [
        () => new EgnnLayer({ ...egnn, edgeChannels: 1 }).forward({ x: x('nodes', 2), positions, edgeIndex }),
        'EgnnLayer.forward: expected features of edges, received none.',
      ],
      [
        () => new EgnnLayer(egnn).forward({ x: x('nodes', 2), positions, edgeIndex, edgeAttributes: x('edges', 1) }),
        'EgnnLayer.forward: expected no features of edges, received some.',
      ],
      [
        () => new EgnnLayer(egnn).forward({ x: x('nodes', 2), positions: x('nodes', 2), edgeIndex }),
        'EgnnLayer.forward: expected positions [nodes, 3], received [nodes, 2].',
      ],
      [() => new Egnn({ inChannels: 1, hiddenChannels: 2, layers: 0 }), 'Egnn: expected at least 1 layer, received 0.'],
      [() => new Egnn({ inChannels: 1, hiddenChannels: 2, layers: 1.5 }), 'Egnn: expected at least 1 layer, received 1.5.'],
      [
        () => new SchNetInteraction(schnet).forward(x('nodes', 2), x('nodes', 2), edgeIndex),
        'SchNetInteraction.forward: expected positions [nodes, 3], received [nodes, 2].',
      ],
      [
        () => new PaiNn({ ...schnet, inChannels: 2, outChannels: 1, layers: 1 }).forward({ x: x('nodes', 2), positions: x(3), edgeIndex }),
        'PaiNn.forward: expected positions [nodes, 3], received [3].',
      ],
      [
        () => new TensorFieldNetwork(field).forward({ x: x('nodes', 2), positions: x(3), edgeIndex }),
        'TensorFieldNetwork.forward: expected positions [nodes, 3], received [3].',
      ],
      [() => new TensorFieldNetwork({ ...field, layers: 0 }), 'TensorFieldNetwork: expected at least 1 layer, received 0.'],
      [() => new TensorFieldNetwork({ ...field, layers: 1.5 }), 'TensorFieldNetwork: expected at least 1 layer, received 1.5.'],
      [
        () => new TensorFieldNetwork({ ...field, output: '1x0e + 1x2e' }),
        'TensorFieldNetwork: expected outputs among the kinds of 2x0e + 1x1o, which 1 layers reach, received 2e.',
      ],
    ],
  ],
])('%s', (_, cases) => {
  test.each(cases)('%#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ message }))
  })
})
