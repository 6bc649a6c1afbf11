import type { NodeOf, Tensor } from '@equivar/tensor'

/** How a sum of what lies in blocks is done while one of its terms is computed; undefined if it cannot be. */
export type BlockedSum = (
  node: NodeOf<'Add'>,
  block: number,
) => { /** What must be read by nothing else. */ readonly takesIn: readonly Tensor[]; made(): Tensor } | undefined
