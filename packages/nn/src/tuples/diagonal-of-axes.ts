import { type Dimension, eyeLike, type Tensor, unsqueeze } from '@equivar/tensor'

/** A tensor that is 1 where the indices of two axes of size n are equal and 0 elsewhere. It broadcasts against a tensor of the given rank; first < second. */
export function diagonalOfAxes(first: number, second: number, rank: number, n: Dimension): Tensor {
  const between = Array.from({ length: second - first - 1 }, (_, i) => i + 1)
  const behind = Array.from({ length: rank - 1 - second }, (_, i) => second - first + 1 + i)
  return unsqueeze(eyeLike(n), [...between, ...behind])
}
