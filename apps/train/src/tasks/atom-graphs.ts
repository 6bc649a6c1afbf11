import type { Graph } from '@equivar/datasets'
import { radiusGraph } from '@equivar/layers-points'

/** Some atoms as a graph: a feature for each kind, and edges between atoms that are at most a radius apart. */
export function atomGraph({
  kinds,
  channels,
  positions,
  radius,
}: {
  /** The channel of each atom. */
  readonly kinds: ArrayLike<number>
  readonly channels: number
  /** [atoms, 3], row-major. */
  readonly positions: ArrayLike<number>
  readonly radius: number
}): Graph {
  const features = new Float32Array(kinds.length * channels)
  for (let atom = 0; atom < kinds.length; atom++) features[atom * channels + (kinds[atom] as number)] = 1
  const { sources, targets } = radiusGraph(positions, radius)
  return { nodes: kinds.length, features, edges: { sources, targets } }
}

/** The learning rates of networks of atoms, as published for their kinds: products of messages learn with a larger one. @see Batatia et al. 2022 (MACE). */
export const atomLearningRate = (model: string): number => (model === 'mace' ? 1e-2 : 1e-3)
