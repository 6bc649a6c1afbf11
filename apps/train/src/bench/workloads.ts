import { Gin, ProvablyPowerfulGraphNetwork } from '@equivar/layers-graphs'
import { GroupEquivariantNetwork } from '@equivar/layers-grids'
import { DeepSets } from '@equivar/layers-sets'
import { SphericalNetwork } from '@equivar/layers-sphere'
import type { Module } from '@equivar/nn'
import { input, Tensor } from '@equivar/tensor'
import { UsageError } from '../errors.ts'
import { normal, randomGraph, sparseBatch } from './inputs.ts'
import { ImageNetwork, MeanGraphNetwork, MessageNetwork, SignalNetwork } from './models.ts'
import { pointFamilies } from './point-workloads.ts'
import { family, type Workload } from './workload.ts'

const outputsOf = (y: Tensor | Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> =>
  y instanceof Tensor ? { logits: y } : y

/** A workload whose only data input is `x`. */
function dense(
  given: Pick<Workload, 'description' | 'batch' | 'classes'>,
  {
    make,
    shape,
    element,
  }: {
    make: () => Module & { forward(x: Tensor): Tensor | Readonly<Record<string, Tensor>> }
    shape: readonly (string | number)[]
    element: readonly number[]
  },
): Omit<Workload, 'name'> {
  return {
    ...given,
    single: 1,
    make: () => {
      const [module, x] = [make(), input('x', 'float32', shape)]
      return { module, inputs: { x }, examples: 'batch', outputs: () => outputsOf(module.forward(x)) }
    },
    feeds: (batch) => ({ x: normal([batch, ...element]) }),
  }
}

const deepSets = (pool: 'mean' | 'max') =>
  family({
    name: `deepsets-${pool}`,
    sizes: { batch: 32, points: 1000, channels: 256 },
    workload: ({ batch, points, channels }) =>
      dense(
        {
          description: `DeepSets 3${`-${channels}`.repeat(3)}, ${pool}, ${batch} sets of ${points.toLocaleString('en')} points`,
          batch,
          classes: { logits: 40 },
        },
        {
          make: () => new DeepSets({ channels: [3, channels, channels, channels], head: [256], outputs: 40, pool }),
          shape: ['batch', 'n', 3],
          element: [points, 3],
        },
      ),
  })

/** A network on dense graphs of 8 channels. */
const denseGraphs = (name: string, { title, make }: { title: string; make: () => Module & { forward(x: Tensor): Tensor } }) =>
  family({
    name,
    sizes: { batch: 32, nodes: 32 },
    workload: ({ batch, nodes }) =>
      dense(
        { description: `${title}, ${batch} dense graphs of ${nodes} nodes`, batch, classes: { logits: 2 } },
        { make, shape: ['batch', 'n', 'n', 8], element: [nodes, nodes, 8] },
      ),
  })

const ign = denseGraphs('ign', { title: '2-IGN 8-32-64-64', make: () => new MeanGraphNetwork() })

const ppgn = denseGraphs('ppgn', {
  title: 'PPGN, 3 blocks of 64 channels, MLPs of depth 2',
  make: () => new ProvablyPowerfulGraphNetwork({ inChannels: 8, channels: [64, 64, 64], outputs: 2, pool: 'sum' }),
})

const signals = family({
  name: 'dss',
  sizes: { batch: 64, set: 25 },
  workload: ({ batch, set }) =>
    dense(
      {
        description: `DSS over circular convolutions 1-64-64-64, kernel 5, ${batch} sets of ${set} signals of length 100`,
        batch,
        classes: { logits: 3 },
      },
      { make: () => new SignalNetwork(), shape: ['batch', 'set', 1, 100], element: [set, 1, 100] },
    ),
})

const sphere = family({
  name: 's2cnn',
  sizes: { batch: 32 },
  workload: ({ batch }) =>
    dense(
      {
        description: `spherical CNN 1-20-40, bandwidths 30, 10 and 6, ${batch} signals of 60 x 60 samples`,
        batch,
        classes: { logits: 10 },
      },
      { make: () => new SphericalNetwork({ outputs: 10 }), shape: ['batch', 1, 60, 60], element: [1, 60, 60] },
    ),
})

const gin = family({
  name: 'gin',
  sizes: { batch: 128 },
  workload: ({ batch }) => ({
    description: `GIN, 5 layers of 64 channels, ${batch} graphs of 15 to 45 nodes`,
    batch,
    single: 1,
    classes: { logits: 2 },
    make: () => {
      const inputs = {
        x: input('x', 'float32', ['nodes', 37]),
        edge_index: input('edge_index', 'int64', [2, 'edges']),
        batch: input('batch', 'int64', ['nodes']),
        num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
      }
      const module = new Gin({ inChannels: 37, hidden: 64, layers: 5, outputs: 2, dropout: 0, learnEpsilon: true })
      const logits = (): Tensor => module.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs')
      return { module, inputs, examples: 'graphs', outputs: () => ({ logits: logits() }) }
    },
    feeds: sparseBatch,
  }),
})

const TITLES = { sum: 'a linear map and the sum of neighbours', gcn: 'a GCN layer', gat: 'a GAT layer of 8 heads' }

const messages = (kind: 'sum' | 'gcn' | 'gat') =>
  family({
    name: `messages-${kind}`,
    sizes: { nodes: 100_000, edges: 1_000_000, channels: 64 },
    workload: ({ nodes, edges, channels }) => ({
      description: `${TITLES[kind]}, ${channels} channels, ${nodes.toLocaleString('en')} nodes, ${edges.toLocaleString('en')} edges; one example is 100 nodes`,
      batch: nodes,
      single: 100,
      classes: { logits: channels },
      make: () => {
        const inputs = { x: input('x', 'float32', ['nodes', channels]), edge_index: input('edge_index', 'int64', [2, 'edges']) }
        const module = new MessageNetwork(kind, channels)
        return { module, inputs, examples: 'nodes', outputs: () => ({ logits: module.forward(inputs.x, inputs.edge_index) }) }
      },
      feeds: (count) => randomGraph(count, { edges: Math.round((edges / nodes) * count), channels }),
    }),
  })

const images = (channels: number, side: number) =>
  family({
    name: `dss-images-${side}`,
    sizes: { batch: 8, set: 10 },
    workload: ({ batch, set }) =>
      dense(
        {
          description: `DSS over convolutions ${channels}-32-64-64, ${batch} sets of ${set} images ${channels} x ${side} x ${side}`,
          batch,
          classes: { scores: set, logits: 10 },
        },
        {
          make: () => new ImageNetwork(channels),
          shape: ['batch', 'set', channels, side, side],
          element: [set, channels, side, side],
        },
      ),
  })

const planes = (group: 'p4' | 'p4m') =>
  family({
    name: `${group}cnn`,
    sizes: { batch: 64 },
    workload: ({ batch }) =>
      dense(
        {
          description: `${group.toUpperCase()}CNN as published, 7 layers of 10 channels, ${batch} images of 28 x 28`,
          batch,
          classes: { logits: 10 },
        },
        { make: () => new GroupEquivariantNetwork({ group, outputs: 10 }), shape: ['batch', 1, 28, 28], element: [1, 28, 28] },
      ),
  })

const families = [
  deepSets('mean'),
  deepSets('max'),
  ign,
  ppgn,
  gin,
  signals,
  images(3, 64),
  images(1, 28),
  planes('p4'),
  planes('p4m'),
  sphere,
  messages('sum'),
  messages('gcn'),
  messages('gat'),
  ...pointFamilies,
]

/** What `equivar bench` times. */
export const workloads: readonly Workload[] = families.map(({ name, sizes, workload }) => ({ name, ...workload(sizes) }))

/**
 * A workload by name, or of other sizes as `NAME:key=value,...`.
 *
 * @throws UsageError if there is no such workload, or it has no such size.
 */
export function findWorkload(text: string): Workload {
  const [name, given = ''] = text.split(':', 2) as [string, string?]
  const found = families.find((each) => each.name === name)
  if (found === undefined)
    throw new UsageError(`bench: expected a workload (${families.map((each) => each.name).join(', ')}), received "${name}"`)
  const sizes = { ...found.sizes }
  for (const part of given === '' ? [] : given.split(',')) {
    const [key = '', value] = part.split('=')
    if (!Object.hasOwn(sizes, key) || !(Number.isInteger(Number(value)) && Number(value) >= 1))
      throw new UsageError(`bench ${name}: expected sizes among ${Object.keys(sizes).join(', ')} as key=integer, received "${part}"`)
    sizes[key] = Number(value)
  }
  return { name: text, ...found.workload(sizes) }
}
