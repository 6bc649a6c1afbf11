import {
  cubeRotations,
  lorentz,
  matrixProduct,
  orthogonal,
  permutationMatrices,
  type Representation,
  representation,
  restrictToFactor,
  scalings,
  specialUnitary,
  symmetric,
  symplectic,
} from '@equivar/groups'
import { input, type Tensor } from '@equivar/tensor'
import type { LayerDescription } from '@equivar/verify'
import {
  EquivariantMlp,
  EquivariantMlpLayer,
  NormGate,
  RepresentationBilinear,
  RepresentationGate,
  RepresentationLinear,
  RepresentationProduct,
} from '../src/index.ts'
import { matrixSymmetry, normals } from './vectors.ts'

type Layer = { forward(...x: Tensor[]): Tensor }

/** A layer of one or two vectors. */
function row(
  name: string,
  inputs: Readonly<Record<string, Representation>>,
  output: Representation,
  layer: Layer,
  options: Partial<LayerDescription<number>> = {},
): LayerDescription<number> {
  return {
    name,
    expression: () => {
      const leaves = Object.fromEntries(
        Object.entries(inputs).map(([key, kind]) => [key, input(key, 'float32', ['batch', kind.dimension])]),
      )
      return { inputs: leaves, outputs: { y: layer.forward(...Object.values(leaves)) } }
    },
    feeds: (batch, random) =>
      Object.fromEntries(Object.entries(inputs).map(([key, kind]) => [key, normals([batch, kind.dimension], random)])),
    sizes: [1, 3],
    sizesOf: { secondDerivative: [2], edges: [0], parity: [0, 1, 5] },
    symmetry: () => matrixSymmetry({ ...inputs, y: output }),
    tolerances: { float64: 1e-10 },
    ...options,
  }
}

const linear = (name: string, from: Representation, to: Representation, evaluation: 'automatic' | 'dense' | 'factored' = 'automatic') =>
  row(name, { x: from }, to, new RepresentationLinear({ input: from, output: to, evaluation }), { affine: true })

const space = representation(orthogonal(3))
const minkowski = representation(lorentz())
const corners = representation(permutationMatrices(symmetric(4), 'S4'))
const spins = representation(specialUnitary(2))
const phase = representation(symplectic(2))
const scaled = representation(scalings(2))
const cube = representation(cubeRotations())
const s3 = permutationMatrices(symmetric(3), 'S3')
const group = matrixProduct(orthogonal(3), s3)
const [each, all] = [restrictToFactor(representation(s3), group, 'second'), restrictToFactor(space, group, 'first')]
const points = each.times(all)
const tensors = space.power(0).copies(3).plus(space.copies(2), space.power(2).copies(2))

/** All layers, over several groups. */
export const layers: readonly LayerDescription<number>[] = [
  linear('RepresentationLinear of O(3), dense', tensors, tensors.plus(space), 'dense'),
  linear('RepresentationLinear of O(3), factored', tensors, tensors.plus(space), 'factored'),
  linear(
    'RepresentationLinear of SO+(1,3)',
    minkowski.copies(3).plus(minkowski.dual),
    minkowski.power(1, 1).plus(minkowski.power(0).copies(2)),
  ),
  linear('RepresentationLinear of S4, dense', corners.copies(2).plus(corners.power(2)), corners.power(2).plus(corners.power(0)), 'dense'),
  linear(
    'RepresentationLinear of S4, factored',
    corners.copies(2).plus(corners.power(2)),
    corners.power(2).plus(corners.power(0)),
    'factored',
  ),
  linear('RepresentationLinear of SU(2)', spins.copies(2), spins.power(2).plus(spins)),
  linear('RepresentationLinear of O(3) x S3', points.copies(2), points.power(2).plus(points, each)),
  row(
    'RepresentationBilinear of Sp(2)',
    { x: phase.copies(2).plus(phase.power(0)), z: phase.plus(phase.power(2)) },
    phase.power(0).plus(phase.dual, phase.power(2)),
    new RepresentationBilinear({
      first: phase.copies(2).plus(phase.power(0)),
      second: phase.plus(phase.power(2)),
      output: phase.power(0).plus(phase.dual, phase.power(2)),
    }),
  ),
  row('RepresentationProduct of O(3)', { x: tensors }, tensors, new RepresentationProduct({ input: tensors })),
  ...[minkowski, phase].map((v) => {
    const kind = v.power(1, 1).copies(2).plus(v.copies(2), v.dual, v.power(0))
    return row(`RepresentationProduct of ${v.group}`, { x: kind }, kind, new RepresentationProduct({ input: kind, scale: 1 }))
  }),
  ...[tensors, minkowski.plus(minkowski.power(0)), corners.power(2).plus(corners), points.plus(each)].map((output) => {
    const gate = new RepresentationGate(output)
    return row(`RepresentationGate of ${output.group}`, { x: gate.input }, output, gate)
  }),
  ...[tensors, cube.power(2).copies(2), corners.plus(corners.power(0))].map((kind) =>
    row(`NormGate of ${kind.group}`, { x: kind }, kind, new NormGate(kind)),
  ),
  row('EquivariantMlpLayer of O(3)', { x: tensors }, tensors, new EquivariantMlpLayer({ input: tensors, output: tensors })),
  ...(
    [
      ['O(3)', space.power(0).plus(space).copies(2), space.power(2), 30],
      ['SO+(1,3)', minkowski.copies(4), minkowski.power(0), 24],
      ['S4', corners.plus(corners.power(2)), corners, 20],
      ['the scalings', scaled.copies(2), scaled, 12],
      ['O(3) x S3', points, points, points.copies(2).plus(each.copies(3), all)],
    ] as const
  ).map(([name, from, to, hidden]) =>
    row(`EquivariantMlp of ${name}`, { x: from }, to, new EquivariantMlp({ input: from, output: to, hidden, layers: 2 }), {
      tolerances: { float64: 1e-10, derivative: 1e-6 },
    }),
  ),
]
