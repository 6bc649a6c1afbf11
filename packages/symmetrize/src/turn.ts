import {
  add,
  cast,
  type Dimension,
  isFloat,
  matMul,
  moveAxis,
  product,
  reshape,
  type Tensor,
  TypeMismatchError,
  transpose,
} from '@equivar/tensor'

/** The vectors along an axis as rows: float32 [batch, vectors, n]. @throws TypeMismatchError if they are no float numbers. */
export function vectorRows(x: Tensor, axis: number): Tensor {
  if (!isFloat(x.dtype)) throw new TypeMismatchError('symmetrize: vectors', 'float numbers', x.dtype, 'Rotations do not act on integers.')
  const last = moveAxis(x, axis, -1)
  const [batch, ...rest] = last.shape as [Dimension, ...Dimension[]]
  return cast(reshape(last, [batch, product(rest.slice(0, -1)), rest.at(-1) as Dimension]), 'float32')
}

/**
 * The vectors v along an axis become M v.
 *
 * @param x - [batch, ...].
 * @param matrix - [n, n], or one for each example: [batch, n, n].
 */
export function turned(x: Tensor, axis: number, matrix: Tensor): Tensor {
  const last = moveAxis(x, axis, -1)
  const transposed = transpose(matrix, matrix.rank === 2 ? [1, 0] : [0, 2, 1])
  const rows = cast(reshape(matMul(vectorRows(x, axis), transposed), last.shape), x.dtype)
  return moveAxis(rows, -1, axis)
}

/** The vectors along an axis, each with a vector of its example added. @param by - [batch, n] or [1, n]. */
export function moved(x: Tensor, axis: number, by: Tensor): Tensor {
  const [batch, n] = by.shape as [Dimension, Dimension]
  const shape = x.shape.map((_, k) => (k === 0 ? batch : k === axis ? n : 1))
  return add(x, cast(reshape(by, shape), x.dtype))
}
