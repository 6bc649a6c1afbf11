import { type AtomInputs, Egnn, Mace, PaiNn, SchNet, TensorFieldNetwork } from '@equivar/layers-points'
import { Module } from '@equivar/nn'
import { differentiate, type Input, input, mul, reduceSum, segmentSum, type Tensor } from '@equivar/tensor'
import type { ModelKind, Settings, TaskModel } from '../model.ts'
import { motions, pointPermutation } from '../symmetry-points.ts'
import { predicted } from './regression.ts'

/** A network that gives each atom its share of the energy, float32 [nodes, outputs]. */
type AtomNetwork = Module & { forward(inputs: AtomInputs): Tensor }

/** A network of several outputs, of which one is the share of each atom. */
class Shares<Network extends Module & { forward(inputs: AtomInputs): unknown }> extends Module {
  readonly network: Network
  readonly #share: (outputs: ReturnType<Network['forward']>) => Tensor

  constructor(network: Network, share: (outputs: ReturnType<Network['forward']>) => Tensor) {
    super()
    this.network = network
    this.#share = share
  }

  forward(inputs: AtomInputs): Tensor {
    return this.#share(this.network.forward(inputs) as ReturnType<Network['forward']>)
  }
}

/** Forces, minus the derivative of the energies by the positions. They are a part of the file, and training goes through them. */
function forcesOf(positions: Input, energy: Tensor): Tensor {
  const [gradient] = differentiate(reduceSum(energy), [positions]) as [Tensor]
  return mul(gradient, -1)
}

/** The energy of structures of atoms, and the forces on the atoms if the goal has them. */
const energyModel = <Values extends Settings>(
  defaults: Values,
  make: (values: Values, channels: { readonly inChannels: number; readonly outChannels: number }) => AtomNetwork,
): ModelKind<Values> => ({
  defaults,
  build: (values, { channels, outputs, regression }, goal): TaskModel => {
    const inputs = {
      x: input('x', 'float32', ['nodes', channels]),
      positions: input('positions', 'float32', ['nodes', 3]),
      edge_index: input('edge_index', 'int64', [2, 'edges']),
      batch: input('batch', 'int64', ['nodes']),
      num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
    }
    const module = make(values, { inChannels: channels, outChannels: outputs })
    const { x, positions, edge_index: edgeIndex, batch } = inputs
    const ofStructures = (atoms: Tensor): Tensor => segmentSum(atoms, batch, 'graphs')
    const forces = goal.forces
    return {
      module,
      inputs,
      goal,
      target: goal.target('graphs', outputs),
      symmetries: [motions(forces === undefined ? {} : { forces: 'turns' }), pointPermutation(forces === undefined ? [] : ['forces'])],
      output: () => predicted(ofStructures(module.forward({ x, positions, edgeIndex })), regression, () => ofStructures(x)),
      ...(forces === undefined
        ? {}
        : { further: { goal: forces, target: forces.target('nodes', 3), output: (energy) => forcesOf(positions, energy) } }),
    }
  },
})

const painn = energyModel(
  { channels: 64, layers: 3, radial: 20, radius: 5 },
  ({ channels, layers, radial, radius }, sizes) => new Shares(new PaiNn({ ...sizes, channels, layers, radial, radius }), ({ y }) => y),
)

const schnet = energyModel(
  { channels: 64, layers: 3, gaussians: 50, radius: 5 },
  ({ channels, layers, gaussians, radius }, sizes) => new SchNet({ ...sizes, channels, layers, gaussians, radius }),
)

/** As for QM9 in the paper: positions stay where they are, and edges know their lengths. */
const egnn = energyModel({ hidden: 64, layers: 4 }, ({ hidden, layers }, sizes) => {
  const network = new Egnn({ ...sizes, hiddenChannels: hidden, layers, movesPoints: false, attention: true })
  return new Shares(network, ({ x }) => x)
})

/** Features to degree 2, of both parities where products of harmonics reach them. */
const nequip = energyModel(
  { channels: 32, layers: 3, radial: 8, radius: 5, degree: 2, neighbours: 8 },
  ({ channels, layers, radial, radius, degree, neighbours }, sizes) => {
    const hidden = Array.from({ length: degree + 1 }, (_, l) => `${channels}x${l}${l % 2 === 0 ? 'e' : 'o'}`).join(' + ')
    const network = new TensorFieldNetwork({
      inChannels: sizes.inChannels,
      hidden,
      output: `${sizes.outChannels}x0e`,
      layers,
      radius,
      radial,
      neighbours,
      radialHidden: [32, 32],
    })
    return new Shares(network, (features) => features.flat())
  },
)

/**
 * Two layers, whose products of three messages see as much as those of more layers; only scalars and vectors between them. Sums over 8 neighbours of
 * either sign are about 3 large: divided by 4, products of three are neither large nor small at the start.
 */
const mace = energyModel(
  { channels: 32, layers: 2, radial: 8, radius: 5, degree: 2, hiddenDegree: 1, correlation: 3, neighbours: 4 },
  ({ hiddenDegree, ...values }, sizes) => new Mace({ ...values, ...sizes, hidden: hiddenDegree, radialHidden: [32, 32] }),
)

/** Models for energies of molecules, and forces on their atoms. */
export const energyModels: Readonly<Record<string, ModelKind>> = { painn, schnet, egnn, nequip, mace }
