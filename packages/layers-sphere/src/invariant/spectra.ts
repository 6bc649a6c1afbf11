import { rotationSpectrumSize } from '@equivar/groups'
import { concat, matMul, mul, reduceSum, reshape, split, type Tensor, times, transpose } from '@equivar/tensor'
import { degreesOf } from '../checks.ts'
import { coefficientsOfPair } from '../constants/clebsch-gordan.ts'
import { blocksOf, outerProduct } from '../spectrum/blocks.ts'

/** Concatenates rows [batch, channels] to [batch, channels rows], grouped by channel. */
function asFeatures(rows: readonly Tensor[]): Tensor {
  const all = concat(rows, 0)
  const [count = 0, batch = 0, channels = 0] = all.shape
  return reshape(transpose(all, [1, 2, 0]), [batch, times(channels, count)])
}

const powers = (blocks: readonly Tensor[]): Tensor =>
  asFeatures(blocks.map((block) => reduceSum(mul(block, block), { axis: 0, keepDims: true })))

/**
 * The power spectrum of signals on the sphere: p_l = sum over M of (F^l_M)^2 for each degree l.
 *
 * Law: f(D x) = f(x) for every rotation, up to rounding. It does not distinguish signals whose degrees are rotated separately; `sphereBispectrum` does.
 *
 * @param spectrum - float32 [degrees^2, batch, channels].
 * @returns float32 [batch, channels degrees], grouped by channel.
 */
export function spherePowerSpectrum(spectrum: Tensor): Tensor {
  degreesOf('spherePowerSpectrum', spectrum, (l) => l * l, 'degrees^2')
  return powers(blocksOf(spectrum, (l) => 2 * l + 1))
}

/**
 * The power spectrum of signals on SO(3): p_l = sum over M and N of (F^l_MN)^2 for each degree l.
 *
 * @param spectrum - float32 [degrees (4 degrees^2 - 1) / 3, batch, channels].
 * @returns float32 [batch, channels degrees], grouped by channel.
 */
export function rotationPowerSpectrum(spectrum: Tensor): Tensor {
  degreesOf('rotationPowerSpectrum', spectrum, rotationSpectrumSize, 'degrees (4 degrees^2 - 1) / 3')
  return powers(blocksOf(spectrum, (l) => (2 * l + 1) ** 2))
}

/** The triples l1 <= l2 <= l below a limit that have an invariant. If two degrees are equal, the invariant vanishes for odd l1 + l2 + l. */
function triplesBelow(degrees: number): [number, number, number[]][] {
  const triples: [number, number, number[]][] = []
  // Stryker disable next-line EqualityOperator: pairs beyond the degrees have no third one
  for (let l1 = 0; l1 < degrees; l1++)
    // Stryker disable next-line EqualityOperator: as above
    for (let l2 = l1; l2 < degrees; l2++) {
      const thirds: number[] = []
      for (let l = l2; l < degrees && l <= l1 + l2; l++) if ((l1 < l2 && l2 < l) || (l1 + l2 + l) % 2 === 0) thirds.push(l)
      if (thirds.length > 0) triples.push([l1, l2, thirds])
    }
  return triples
}

/** The number of invariants in the bispectrum of one channel. */
export function bispectrumSize(degrees: number): number {
  return triplesBelow(degrees).reduce((n, [, , thirds]) => n + thirds.length, 0)
}

/**
 * The bispectrum of signals on the sphere: B_(l1 l2 l) = F^l . C^(l1 l2 l) (F^l1 x F^l2), for l1 <= l2 <= l.
 *
 * Law: f(D x) = f(x) for every rotation, up to rounding. It is homogeneous of degree 3, so f(-x) = -f(x). For generic signals it is complete: signals with the
 * same bispectrum are rotations of each other.
 *
 * @param spectrum - float32 [degrees^2, batch, channels].
 * @returns float32 [batch, channels bispectrumSize(degrees)], grouped by channel.
 * @remarks Cost and constants O(degrees^5).
 * @see Kakarala 2012, "The bispectrum as a source of phase-sensitive invariants for Fourier descriptors".
 */
export function sphereBispectrum(spectrum: Tensor): Tensor {
  const degrees = degreesOf('sphereBispectrum', spectrum, (l) => l * l, 'degrees^2')
  const blocks = blocksOf(spectrum, (l) => 2 * l + 1)
  const invariants = triplesBelow(degrees).map(([l1, l2, thirds]) => {
    const products = matMul(coefficientsOfPair(l1, l2, thirds), outerProduct(blocks[l1] as Tensor, blocks[l2] as Tensor))
    const sizes = thirds.map((l) => 2 * l + 1)
    const others = concat(
      thirds.map((l) => blocks[l] as Tensor),
      0,
    )
    const parts = mul(reshape(products, others.shape), others)
    return (sizes.length === 1 ? [parts] : split(parts, sizes, 0)).map((part) => reduceSum(part, { axis: 0, keepDims: true }))
  })
  return asFeatures(invariants.flat())
}
