import {
  constant,
  inverseRoot,
  matMul,
  mul,
  ones,
  printShape,
  reduceSum,
  reshape,
  rootOrZero,
  ShapeError,
  type Tensor,
} from '@equivar/tensor'
import { Features } from '../features.ts'
import { coupling } from './coupling.ts'
import { harmonicIrreps } from './irreps.ts'

/** The largest degree of `sphericalHarmonics`. */
export const LARGEST_HARMONIC = 8

/** What harmonics are multiplied by. On the unit sphere the sum of squares of a degree is 1 (`norm`), 2l + 1 (`component`) or (2l + 1) / 4 pi (`integral`). */
export type HarmonicNormalization = 'norm' | 'component' | 'integral'

const factors: Readonly<Record<HarmonicNormalization, (l: number) => number>> = {
  norm: () => 1,
  component: (l) => Math.sqrt(2 * l + 1),
  integral: (l) => Math.sqrt((2 * l + 1) / (4 * Math.PI)),
}

/** Options of sphericalHarmonics. */
export interface HarmonicOptions {
  /** The largest degree, 0 to 8. */
  readonly degree: number
  /** Whether vectors are divided by their length first; true by default. Without it, the result is a polynomial of degree l (a solid harmonic). */
  readonly normalize?: boolean
  /** Default `component`. */
  readonly normalization?: HarmonicNormalization
}

const steps = new Map<number, Float64Array>()

/**
 * The matrix [3 (2l - 1), 2l + 1] that makes degree l of degree l - 1 and the vector: Y_l = M^T (Y_(l-1) x r). It is the coupling of l - 1, 1 and l, scaled so
 * that the sum of squares of Y_l at the pole is 1 if that of Y_(l-1) is.
 */
function step(l: number): Float64Array {
  let matrix = steps.get(l)
  if (matrix === undefined) {
    const table = coupling(l - 1, 1, l)
    // At the pole only the components m = 0 are not 0: the number l - 1 of degree l - 1, y of the vector, the number l of degree l.
    const atPole = table[((l - 1) * 3 + 1) * (2 * l + 1) + l] as number
    matrix = table.map((value) => value / atPole)
    steps.set(l, matrix)
  }
  return matrix
}

/** x / |x|, and 0 where x is 0; its derivative is 0 there. @param x - float32 [..., 3]. */
export function unitVectors(x: Tensor): Tensor {
  return mul(x, inverseRoot(reduceSum(mul(x, x), { axis: -1, keepDims: true })))
}

/** The lengths of vectors, 0 where they are 0, with derivative 0 there. @param x - float32 [..., 3]. @returns float32 [...]. */
export function lengths(x: Tensor): Tensor {
  return rootOrZero(reduceSum(mul(x, x), { axis: -1 }))
}

/**
 * The real spherical harmonics of vectors, of all degrees from 0 to `degree`, as polynomials in x, y and z: each degree is the coupling of the one before with
 * the vector.
 *
 * Law: Y(Q r) = D(Q) Y(r) for every rotation and reflection Q, with parity (-1)^l. The polar axis is y, and degree 1 is proportional to (x, y, z), as in e3nn.
 * Defined and finite with all derivatives for every vector; normalized vectors of length 0 have the harmonics 0 but for degree 0.
 *
 * @param vectors - float32 [..., 3].
 * @returns features of `0e + 1o + 2e + ...`.
 * @throws RangeError if the degree is not an integer from 0 to 8. ShapeError if the last axis has not size 3.
 * @remarks Cost: for each degree one product with a matrix of 3 (2l - 1) x (2l + 1) numbers.
 */
export function sphericalHarmonics(vectors: Tensor, { degree, normalize = true, normalization = 'component' }: HarmonicOptions): Features {
  if (!Number.isInteger(degree) || degree < 0 || degree > LARGEST_HARMONIC)
    throw new RangeError(`sphericalHarmonics: expected a degree from 0 to ${LARGEST_HARMONIC}, received ${degree}.`)
  if (!Object.hasOwn(factors, normalization))
    throw new RangeError(`sphericalHarmonics: expected one of ${Object.keys(factors).join(', ')}, received ${normalization}.`)
  if (vectors.shape.at(-1) !== 3) throw new ShapeError('sphericalHarmonics', 'vectors [..., 3]', printShape(vectors.shape))
  const leading = vectors.shape.slice(0, -1)
  const r = normalize ? unitVectors(vectors) : vectors
  const degrees: Tensor[] = [ones([...leading, 1]), r]
  for (let l = 2; l <= degree; l++) {
    const before = degrees[l - 1] as Tensor
    const outer = mul(reshape(before, [...leading, 2 * l - 1, 1]), reshape(r, [...leading, 1, 3]))
    degrees.push(matMul(reshape(outer, [...leading, 3 * (2 * l - 1)]), constant(step(l), [3 * (2 * l - 1), 2 * l + 1], 'float32')))
  }
  const scaled = degrees.slice(0, degree + 1).map((y, l) => {
    const factor = factors[normalization](l)
    return reshape(factor === 1 ? y : mul(y, factor), [...leading, 2 * l + 1, 1])
  })
  return new Features(harmonicIrreps(degree), scaled)
}
