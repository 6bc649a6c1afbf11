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

const LEARNING_RATES: Readonly<Record<string, number>> = { mace: 1e-2, nequip: 5e-3 }

/**
 * The learning rates of networks of atoms, as published for their kinds: tensor products of messages learn with larger ones.
 *
 * @see Batatia et al. 2022 (MACE), Batzner et al. 2022 (NequIP).
 */
export const atomLearningRate = (model: string): number => LEARNING_RATES[model] ?? 1e-3
