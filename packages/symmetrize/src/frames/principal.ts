import {
  add,
  cast,
  constant,
  type Dimension,
  div,
  greaterOrEqual,
  matMul,
  mul,
  neg,
  reduceMean,
  reduceProd,
  reduceSum,
  reshape,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
} from '@equivar/tensor'
import type { Place } from '../actions.ts'
import type { Copies, Moving } from '../copies/copies.ts'
import { moved, turned, vectorRows } from '../turn.ts'
import { eigenvectors } from './jacobi.ts'

/** Rotations of n coordinates, as TensorGroup says. */
export interface Rotations {
  readonly n: number
  readonly proper: boolean
  readonly translates: boolean
}

/** Where vectors stand in the inputs: a tensor, and the axis of their coordinates. */
interface Vectors {
  readonly x: Tensor
  readonly axis: number
  readonly translates: boolean
}

const vectorsOf = (moving: readonly Moving[]): Vectors[] =>
  moving.flatMap(({ x, places }) => places.flatMap(({ axes, translates }) => axes.map((axis) => ({ x, axis, translates }))))

/** The mean of all points of an example, [batch, n]: those of all inputs that translations move. */
function centreOf(vectors: readonly Vectors[]): Tensor | undefined {
  const means = vectors.flatMap(({ x, axis, translates }) => (translates ? [reduceMean(vectorRows(x, axis), { axis: 1 })] : []))
  const [first, ...others] = means
  if (first === undefined) return undefined
  return others.length === 0 ? first : mul(others.reduce(add, first), 1 / means.length)
}

/** Rows of vectors, points minus their centre. [batch, vectors, n]. */
const centredRows = ({ x, axis, translates }: Vectors, centre: Tensor | undefined): Tensor =>
  translates && centre !== undefined ? sub(vectorRows(x, axis), unsqueeze(centre, 1)) : vectorRows(x, axis)

const TINY = 1e-30

/** The sum of v v^T over all vectors of an example, with trace 1 where they are not all 0. [batch, n, n]. */
function covarianceOf(rows: readonly Tensor[]): Tensor {
  const [first, ...others] = rows.map((each) => matMul(transpose(each, [0, 2, 1]), each)) as [Tensor, ...Tensor[]]
  const all = others.reduce(add, first)
  const trace = reduceSum(rows.map((each) => reduceSum(mul(each, each), { axis: 1, keepDims: true })).reduce(add), {
    axis: 2,
    keepDims: true,
  })
  return div(all, add(trace, TINY))
}

/** All signs of n axes; of rotations only, those whose product is 1. */
function signsOf(n: number, proper: boolean): number[][] {
  const all = Array.from({ length: 2 ** n }, (_, k) => Array.from({ length: n }, (_, i) => ((k >> i) & 1 ? -1 : 1)))
  return proper ? all.filter((signs) => signs.filter((sign) => sign < 0).length % 2 === 0) : all
}

/** Frames as matrices whose rows are the axes: [batch, n, n], each times signs. */
const signed = (axes: Tensor, signs: readonly number[]): Tensor => mul(axes, constant(Float64Array.from(signs), [signs.length, 1]))

function motions(frames: readonly Tensor[], centre: Tensor | undefined): Copies {
  const inverses = frames.map((frame) => transpose(frame, [0, 2, 1]))
  const along = (x: Tensor, axes: readonly number[], by: Tensor): Tensor => axes.reduce((moving, axis) => turned(moving, axis, by), x)
  const shift = (x: Tensor, { axes, translates }: Place, sign: 1 | -1): Tensor =>
    translates && centre !== undefined ? moved(x, axes[0] as number, sign > 0 ? centre : neg(centre)) : x
  return {
    count: frames.length,
    input: (k, x, place) => along(shift(x, place, -1), place.axes, frames[k] as Tensor),
    output: (k, y, place) => shift(along(y, place.axes, inverses[k] as Tensor), place, 1),
  }
}

/** The principal axes of the vectors as rows, proper if asked, and the vectors. */
function principalAxes(moving: readonly Moving[], { n, proper, translates }: Rotations) {
  const vectors = vectorsOf(moving)
  const centre = translates ? centreOf(vectors) : undefined
  const rows = vectors.map((each) => centredRows(each, centre))
  const { vectors: columns, determinant } = eigenvectors(covarianceOf(rows), n)
  const axes = transpose(columns, [0, 2, 1])
  const last = constant(
    Float64Array.from({ length: n }, (_, i) => Number(i === n - 1)),
    [n, 1],
  )
  // With determinant 1: the last axis is turned round where it was -1.
  const turnedRound = add(sub(1, last), mul(last, determinant))
  return { axes: proper ? mul(axes, turnedRound) : axes, centre, rows }
}

/**
 * Frames of O(n), SO(n), E(n) and SE(n): the principal axes of all vectors of an example, with all their signs; points minus their mean. 2^n copies, half as
 * many without reflections.
 *
 * Law: the mean over them commutes with the group wherever the eigenvalues of the covariance differ, or belong to directions in which no vector has a part.
 * Where two are equal, the axes are some basis of their space: what comes out is finite, and another one for turned inputs. No finite frame is continuous there.
 * @see Puny et al. 2022, "Frame averaging for invariant and equivariant network design".
 */
export function principalFrames(moving: readonly Moving[], rotations: Rotations): Copies {
  const { axes, centre } = principalAxes(moving, rotations)
  return motions(
    signsOf(rotations.n, rotations.proper).map((signs) => signed(axes, signs)),
    centre,
  )
}

/**
 * One frame: the principal axes, each with the sign that makes the sum of cubes along it positive. One copy.
 *
 * Law: as of principalFrames, where those sums are not 0 either; there it is another jump.
 */
export function canonicalFrame(moving: readonly Moving[], rotations: Rotations): Copies {
  const { axes, centre, rows } = principalAxes(moving, rotations)
  const { n, proper } = rotations
  const cubes = rows
    .map((each) => {
      const along = matMul(each, transpose(axes, [0, 2, 1]))
      return reduceSum(mul(mul(along, along), along), { axis: 1 })
    })
    .reduce(add)
  const [batch] = axes.shape as [Dimension]
  const positive = cast(greaterOrEqual(cubes, 0), 'float32')
  const signs = reshape(sub(mul(positive, 2), 1), [batch, n, 1])
  const last = constant(
    Float64Array.from({ length: n }, (_, i) => Number(i === n - 1)),
    [n, 1],
  )
  // Of rotations the last sign is what makes their product 1.
  const product = reduceProd(signs, { axis: 1, keepDims: true })
  const chosen = proper ? mul(signs, add(sub(1, last), mul(last, product))) : signs
  return motions([mul(axes, chosen)], centre)
}
