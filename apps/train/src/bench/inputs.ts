import { completeEdges } from '@equivar/datasets'
import { radiusGraph } from '@equivar/layers-points'
import { Random, type TensorValue, tensorValue } from '@equivar/tensor'

/** Normal numbers. */
export function normal(shape: readonly number[]): TensorValue {
  const random = new Random({ seed: 1, stream: 'input' })
  return tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )
}

/** Graphs of 15 to 45 nodes with 32 random edges in both directions and one of 37 labels a node, as one disjoint union. */
export function sparseBatch(count: number): Record<string, TensorValue> {
  const random = new Random({ seed: 1, stream: 'graphs' })
  const [sources, targets, batch]: [number[], number[], number[]] = [[], [], []]
  for (let graph = 0; graph < count; graph++) {
    const start = batch.length
    const size = 15 + random.integer(31)
    for (let edge = 0; edge < 32; edge++) {
      const [a, b] = [start + random.integer(size), start + random.integer(size)]
      sources.push(a, b)
      targets.push(b, a)
    }
    for (let node = 0; node < size; node++) batch.push(graph)
  }
  const x = new Float32Array(batch.length * 37)
  for (let node = 0; node < batch.length; node++) x[node * 37 + random.integer(37)] = 1
  return {
    x: tensorValue('float32', [batch.length, 37], x),
    edge_index: tensorValue('int64', [2, sources.length], [...sources, ...targets]),
    batch: tensorValue('int64', [batch.length], batch),
    num_graphs: tensorValue('int64', [], [count]),
  }
}

/** One graph of random edges. */
export function randomGraph(nodes: number, { edges, channels }: { edges: number; channels: number }): Record<string, TensorValue> {
  const random = new Random({ seed: 1, stream: 'edges' })
  return {
    x: normal([nodes, channels]),
    edge_index: tensorValue(
      'int64',
      [2, edges],
      Float64Array.from({ length: 2 * edges }, () => random.integer(nodes)),
    ),
  }
}

/** Systems of particles at normal places with normal velocities; edges between all pairs of a system have two features. */
export function systems(count: number, particles: number): Record<string, TensorValue> {
  const { sources, targets } = completeEdges(particles)
  const starts = Array.from({ length: count }, (_, system) => system * particles)
  const all = (ends: Int32Array): number[] => starts.flatMap((start) => Array.from(ends, (end) => start + end))
  const [nodes, edges] = [count * particles, count * sources.length]
  return {
    x: normal([nodes, 1]),
    positions: normal([nodes, 3]),
    velocities: normal([nodes, 3]),
    edge_index: tensorValue('int64', [2, edges], [...all(sources), ...all(targets)]),
    edge_attr: normal([edges, 2]),
  }
}

/** Atoms of a molecule are neighbours up to this distance. */
export const MOLECULE_RADIUS = 4

/** Molecules of atoms of four kinds at normal places; with 20 atoms each has about seven neighbours. */
export function molecules(count: number, atoms: number): Record<string, TensorValue> {
  const random = new Random({ seed: 1, stream: 'molecules' })
  const nodes = count * atoms
  const places = Float32Array.from({ length: 3 * nodes }, () => 2.2 * random.normal())
  const batch = Array.from({ length: nodes }, (_, node) => Math.floor(node / atoms))
  const x = new Float32Array(4 * nodes)
  for (let node = 0; node < nodes; node++) x[4 * node + random.integer(4)] = 1
  return {
    x: tensorValue('float32', [nodes, 4], x),
    positions: tensorValue('float32', [nodes, 3], places),
    edge_index: radiusGraph(places, MOLECULE_RADIUS, { batch }).edgeIndex,
    batch: tensorValue('int64', [nodes], batch),
    num_graphs: tensorValue('int64', [], [count]),
  }
}
