import { type Dimension, eyeLike, type Tensor, unsqueeze } from '@equivar/tensor'

/** 1 where the indices of two axes of a tensor agree, 0 elsewhere, broadcast against a tensor of that rank; `first` below `second`, both of size n. */
export function diagonalOfAxes(first: number, second: number, rank: number, n: Dimension): Tensor {
  const between = Array.from({ length: second - first - 1 }, (_, i) => i + 1)
  const behind = Array.from({ length: rank - 1 - second }, (_, i) => second - first + 1 + i)
  return unsqueeze(eyeLike(n), [...between, ...behind])
}
