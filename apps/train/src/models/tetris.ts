import {
  type Edges,
  edgesOf,
  type Features,
  FullyConnectedTensorProduct,
  Gate,
  harmonicIrreps,
  type IrrepsLike,
  lengths,
  RadialNetwork,
  radialBasis,
  sphericalHarmonics,
} from '@equivar/layers-points'
import { Module } from '@equivar/nn'
import { concat, type Dimension, gather, input, mul, neg, segmentSum, slice, type Tensor } from '@equivar/tensor'
import type { ModelKind, TaskModel } from '../model.ts'
import { motions, pointPermutation } from '../symmetry-points.ts'

/** The degree of the harmonics, the radius, the number of radial functions, and about how many neighbours and points there are, as published. */
const [DEGREE, RADIUS, RADIAL, NEIGHBOURS, POINTS] = [3, 2.5, 3, 3.8, 4]

/** sum over neighbours j of x_j x Y(r_ij), with weights of all paths by a network of the distance, over the root of the number of neighbours. */
class Convolution extends Module {
  readonly product: FullyConnectedTensorProduct
  readonly radial: RadialNetwork

  constructor(first: IrrepsLike, output: IrrepsLike) {
    super()
    this.product = new FullyConnectedTensorProduct({ first, second: harmonicIrreps(DEGREE), output, weights: 'given' })
    this.radial = new RadialNetwork({ channels: [RADIAL, 256, this.product.weightCount], activation: 'relu' })
  }

  forward(x: Features, harmonics: Features, basis: Tensor, { sources, targets, nodes }: Edges): Features {
    const neighbours = x.map((block) => gather(block, sources))
    return gathered(this.product.forward(neighbours, harmonics, this.radial.forward(basis)), targets, nodes, NEIGHBOURS)
  }
}

/** The sums of features over the points or structures they belong to, over the root of their usual number. */
const gathered = (x: Features, to: Tensor, count: Dimension | string, usual: number): Features =>
  x.map((block) => mul(segmentSum(block, to, count), 1 / Math.sqrt(usual)))

/**
 * Two convolutions with a gate between them, as in e3nn's example of tetris with parity: harmonics of the neighbours, 16 copies each of scalars, pseudoscalars,
 * vectors and axial vectors, and one pseudoscalar and six scalars of each shape.
 *
 * Law: under rotations nothing changes; under reflections the pseudoscalar changes its sign. Without odd scalars nothing does, so mirror images are the same.
 *
 * @see Geiger, Smidt 2022, "e3nn: Euclidean neural networks".
 */
class TetrisNetwork extends Module {
  readonly first: Convolution
  readonly gate: Gate
  readonly last: Convolution

  constructor(copies: number, oddScalars: boolean) {
    super()
    const half = Math.ceil(copies / 2)
    const [even, odd] = [{ text: `${half}x0e`, activation: 'relu' } as const, { text: `${half}x0o`, activation: 'tanh' } as const]
    const gates = oddScalars ? [even, odd, even, odd] : [even, even, even, even]
    this.gate = new Gate({
      scalars: oddScalars ? `${copies}x0e + ${copies}x0o` : `${copies}x0e`,
      scalarActivations: oddScalars ? ['relu', 'abs'] : ['relu'],
      gates: gates.map(({ text }) => text).join(' + '),
      gateActivations: gates.map(({ activation }) => activation),
      gated: `${2 * half}x1o + ${2 * half}x1e`,
    })
    this.first = new Convolution(harmonicIrreps(DEGREE), this.gate.input)
    this.last = new Convolution(this.gate.output, oddScalars ? '1x0o + 6x0e' : '7x0e')
  }

  /** @returns float32 [graphs, 7]. */
  forward(positions: Tensor, edgeIndex: Tensor, batch: Tensor): Tensor {
    const edges = edgesOf('TetrisNetwork.forward', positions, edgeIndex)
    const harmonics = sphericalHarmonics(edges.vectors, { degree: DEGREE })
    const bumps = radialBasis(lengths(edges.vectors), { basis: 'smoothFinite', start: 0.5, end: RADIUS, count: RADIAL })
    const basis = mul(bumps, Math.sqrt(RADIAL))
    const x = gathered(harmonics, edges.targets, edges.nodes, NEIGHBOURS)
    const hidden = this.gate.forward(this.first.forward(x, harmonics, basis, edges))
    return gathered(this.last.forward(hidden, harmonics, basis, edges), batch, 'graphs', POINTS).flat()
  }
}

/** One score for each shape: s and -s for the chiral pair, then the scalars. */
function scores(outputs: Tensor): Tensor {
  const chiral = slice(outputs, { axis: 1, start: 0, end: 1 })
  return concat([chiral, neg(chiral), slice(outputs, { axis: 1, start: 1, end: 7 })], 1)
}

const tetris: ModelKind<{ copies: number; evenOnly: number }> = {
  defaults: { copies: 16, evenOnly: 0 },
  build: ({ copies, evenOnly }, { outputs }, goal): TaskModel => {
    const inputs = {
      positions: input('positions', 'float32', ['nodes', 3]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
      batch: input('batch', 'int64', ['nodes']),
      num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    }
    const module = new TetrisNetwork(copies, evenOnly === 0)
    const { positions, edge_index: edgeIndex, batch } = inputs
    return {
      module,
      inputs,
      goal,
      target: goal.target('graphs', outputs),
      symmetries: [motions({}, { proper: evenOnly === 0 }), pointPermutation([])],
      output: () => scores(module.forward(positions, edgeIndex, batch)),
    }
  },
}

/** Models for shapes of a few points. */
export const shapeModels: Readonly<Record<string, ModelKind>> = { 'e3nn-tetris': tetris }
