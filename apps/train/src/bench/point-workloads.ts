import { Egnn, energyAndForces, TensorFieldNetwork } from '@equivar/layers-points'
import { input, type Tensor, unsqueeze } from '@equivar/tensor'
import { MOLECULE_RADIUS, molecules, systems } from './inputs.ts'
import { type Family, family } from './workload.ts'

const egnn = family({
  name: 'egnn',
  sizes: { batch: 100, particles: 5, channels: 64, layers: 4 },
  workload: ({ batch, particles, channels, layers }) => ({
    description: `EGNN with velocities, ${layers} layers of ${channels} channels, ${batch} systems of ${particles} particles, all pairs`,
    batch,
    single: 1,
    classes: {},
    numbers: { y: 3 },
    rows: (count) => count * particles,
    make: () => {
      const inputs = {
        x: input('x', 'float32', ['nodes', 1]),
        positions: input('positions', 'float32', ['nodes', 3]),
        velocities: input('velocities', 'float32', ['nodes', 3]),
        edge_index: input('edge_index', 'int64', [2, 'edges']),
        edge_attr: input('edge_attr', 'float32', ['edges', 2]),
      }
      const module = new Egnn({ inChannels: 1, hiddenChannels: channels, layers, edgeChannels: 2, velocities: true })
      const { x, positions, velocities, edge_index: edgeIndex, edge_attr: edgeAttributes } = inputs
      const y = (): Tensor => module.forward({ x, positions, velocities, edgeIndex, edgeAttributes }).positions
      return { module, inputs, examples: 'nodes', outputs: () => ({ y: y() }) }
    },
    feeds: (count) => systems(count, particles),
  }),
})

const nequip = (withForces: boolean) =>
  family({
    name: withForces ? 'nequip-forces' : 'nequip',
    sizes: { batch: 32, atoms: 20, channels: 32, layers: 4 },
    workload: ({ batch, atoms, channels, layers }) => ({
      description: `NequIP, ${layers} layers of ${channels} scalars, vectors and 2-tensors, energies${withForces ? ' and forces' : ''} of ${batch} molecules of ${atoms} atoms`,
      batch,
      single: 1,
      classes: {},
      numbers: withForces ? { forces: 3 } : { y: 1 },
      rows: (count) => (withForces ? count * atoms : count),
      make: () => {
        const inputs = {
          x: input('x', 'float32', ['nodes', 4]),
          positions: input('positions', 'float32', ['nodes', 3]),
          edge_index: input('edge_index', 'int64', [2, 'edges']),
          batch: input('batch', 'int64', ['nodes']),
          num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
        }
        const hidden = `${channels}x0e + ${channels}x1o + ${channels}x2e`
        const sizes = { radius: MOLECULE_RADIUS, radial: 8, radialHidden: [64, 64], neighbours: 7 }
        const module = new TensorFieldNetwork({ inChannels: 4, hidden, output: '1x0e', layers, ...sizes })
        const { x, positions, edge_index: edgeIndex, batch: structure } = inputs
        const outputs = (): Readonly<Record<string, Tensor>> => {
          const energies = module.forward({ x, positions, edgeIndex }).flat()
          const { energy, forces } = energyAndForces(energies, { positions, batch: structure, structures: 'graphs' })
          return withForces ? { y: energy, forces } : { y: unsqueeze(energy, 1) }
        }
        return { module, inputs, examples: withForces ? 'nodes' : 'graphs', outputs }
      },
      feeds: (count) => molecules(count, atoms),
    }),
  })

/** Networks of points in space. */
export const pointFamilies: readonly Family<Readonly<Record<string, number>>>[] = [egnn, nequip(false), nequip(true)]
