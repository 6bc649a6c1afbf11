import { type DimensionLike, dimension, product } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { add, less, mul, sub } from '../operators/binary.ts'
import { matMul } from '../operators/linalg.ts'
import { reshape } from '../operators/shape.ts'
import { floor } from '../operators/unary.ts'
import { randomUniform } from './random-tensor.ts'

/** A prime just below 2^10; sums of TERMS products of such numbers, halved, stay below 2^22, so float32 holds them exactly in any order. */
const PRIME = 1021
const VALUES = 1024
const TERMS = 8
/** Below that many columns, numbers of their own for each element cost less. */
const FEWEST_COLUMNS = 64

/** Streams of the vectors start here, beyond those that elements of their own use. */
const FIRST = 1000

/** Whole numbers from -512 to 511: three residues modulo p come twice as often as the others. No product is rounded. */
const residues = (seed: Tensor, stream: number, shape: readonly DimensionLike[]): Tensor =>
  sub(floor(mul(randomUniform(seed, stream, shape), VALUES)), VALUES / 2)

/** The probability that `randomMask` has in place of the one asked for: the nearest multiple of 1/1021. */
export const maskProbability = (probability: number): number => Math.round(probability * PRIME) / PRIME

/**
 * True with a probability, element by element, inside a Program: what dropout is made of.
 *
 * An element is (u_i . v_j mod p) < p q with u and v random vectors of Z_p^8 for each row and column, p = 1021: for different elements these
 * are pairwise independent, and one product of matrices and four elementwise operations make all of them, exactly, on every backend.
 *
 * @param seed - int64 scalar; feed a new one every step. @param stream - tells uses of one seed apart.
 * @param probability - from 0 to 1; see `maskProbability`.
 * @returns bool of that shape.
 * @remarks Few columns (fewer than 64, or unknown) are drawn by `randomUniform`. Row-wise sums of nine or more rows are linearly dependent modulo p.
 * @see Carter, Wegman 1979, Universal classes of hash functions.
 */
export function randomMask(seed: Tensor, stream: number, shape: readonly DimensionLike[], probability: number): Tensor {
  const columns = shape[shape.length - 1]
  if (typeof columns !== 'number' || columns < FEWEST_COLUMNS) return less(randomUniform(seed, stream, shape), maskProbability(probability))
  const rows = product(shape.slice(0, -1).map(dimension))
  const dot = matMul(residues(seed, FIRST + 2 * stream, [rows, TERMS]), residues(seed, FIRST + 2 * stream + 1, [TERMS, columns]))
  // Half a unit keeps multiples of p from falling below their quotient when 1 / p is rounded.
  const remainder = sub(dot, mul(floor(mul(add(dot, 0.5), 1 / PRIME)), PRIME))
  return reshape(less(remainder, Math.round(probability * PRIME)), shape)
}
