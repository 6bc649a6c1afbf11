import { DomainError } from '../errors.ts'
import { type ComplexArray, complexZeros } from './complex.ts'
import { FourierPlan } from './fourier.ts'
import { driscollHealyGrid } from './grid.ts'
import { signedBy } from './sign.ts'
import { checkedSamples } from './sphere-transform.ts'
import { halfAngles, smallDColumn } from './wigner.ts'

/** The largest bandwidth of a transform on SO(3). Its samples take 256 MiB. */
const LARGEST_BANDWIDTH = 128

/** The number of coefficients of all degrees below l: l (4 l^2 - 1) / 3. */
export function rotationSpectrumSize(l: number): number {
  return (l * (4 * l * l - 1)) / 3
}

/** The index of the coefficient of degree l, row m and column n. */
export function rotationIndex(l: number, m: number, n: number): number {
  return rotationSpectrumSize(l) + (m + l) * (2 * l + 1) + n + l
}

/**
 * A pair of orders whose column of small d equals a known column up to sign and reflection.
 *
 * (m, n), (n, m), (-m, -n) and (-n, -m) share a column up to sign. With one index negated, they also share it up to beta -> pi - beta.
 */
interface Relative {
  readonly m: number
  readonly n: number
  /** Whether the column is read from the other end of the grid. */
  readonly mirrored: boolean
  /** The sign at degree l is `sign`, times (-1)^l if `alternates`. */
  readonly sign: number
  readonly alternates: boolean
}

/** All distinct pairs of orders whose columns follow from the column of (m, n), 0 <= n <= m. */
function relatives(m: number, n: number): Relative[] {
  const parity = signedBy(m, 1)
  const flip = signedBy(n, parity)
  const all: Relative[] = [
    { m, n, mirrored: false, sign: 1, alternates: false },
    { m: -n, n: -m, mirrored: false, sign: 1, alternates: false },
    { m: n, n: m, mirrored: false, sign: flip, alternates: false },
    { m: -m, n: -n, mirrored: false, sign: flip, alternates: false },
    { m, n: -n, mirrored: true, sign: parity, alternates: true },
    { m: n, n: -m, mirrored: true, sign: parity, alternates: true },
    { m: -n, n: m, mirrored: true, sign: signedBy(n, 1), alternates: true },
    { m: -m, n, mirrored: true, sign: signedBy(n, 1), alternates: true },
  ]
  return all.filter((one, i) => all.findIndex((other) => other.m === one.m && other.n === one.n) === i)
}

/** Calls `use` for every pair of orders with its column. Each column is computed once for up to eight pairs. */
function forEachColumn(b: number, beta: Float64Array, use: (relative: Relative, column: Float64Array, first: number) => void): void {
  const angles = halfAngles(beta)
  // Stryker disable next-line EqualityOperator: no degree below b has an order b
  for (let m = 0; m < b; m++) {
    for (let n = 0; n <= m; n++) {
      const column = smallDColumn(m, n, angles, b - 1)
      for (const relative of relatives(m, n)) use(relative, column, m)
    }
  }
}

/** Applies a Fourier transform along both axes of every [2b, 2b] slice, in place. */
function transformSlices(samples: ComplexArray, size: number, sign: 1 | -1): void {
  const plan = new FourierPlan(size, sign)
  const line = complexZeros(size)
  const along = (offset: number, stride: number): void => {
    plan.transform(samples, offset, stride, line)
    for (let k = 0; k < size; k++) {
      samples.re[offset + k * stride] = line.re[k]!
      samples.im[offset + k * stride] = line.im[k]!
    }
  }
  for (let start = 0; start < samples.re.length; start += size * size) {
    for (let k = 0; k < size; k++) along(start + k * size, 1)
    for (let k = 0; k < size; k++) along(start + k, size)
  }
}

function checkBandwidth(where: string, b: number): void {
  if (b > LARGEST_BANDWIDTH) throw new DomainError(where, `a bandwidth of at most ${LARGEST_BANDWIDTH}`, String(b))
}

/**
 * The Fourier transform on SO(3): f^l_mn is the mean over all rotations R of f(R) conj(D^l_mn(R)), for l below b.
 *
 * Law: exact for functions of degree below b. If g(R) = f(Q^-1 R), then g^l = conj(D^l(Q)) f^l.
 *
 * @param values - real or complex samples [2b, 2b, 2b] (beta, alpha, gamma) on driscollHealyGrid(b), row-major.
 * @returns b (4 b^2 - 1) / 3 coefficients; f^l_mn has index rotationIndex(l, m, n).
 * @throws DomainError if the number of samples is not (2b)^3, or b exceeds 128.
 * @remarks Cost O(b^4); accuracy about 1e-14 at b = 64.
 * @see Kostelec, Rockmore 2008, "FFTs on the rotation group".
 */
export function rotationTransform(values: ArrayLike<number> | ComplexArray, b: number): ComplexArray {
  checkBandwidth('rotationTransform', b)
  const { beta, weights } = driscollHealyGrid(b)
  const size = 2 * b
  const samples = checkedSamples('rotationTransform', values, size ** 3, `[2b, 2b, 2b] for b = ${b}`)
  const orders: ComplexArray = { re: samples.re.slice(), im: samples.im.slice() }
  transformSlices(orders, size, 1)
  const result = complexZeros(rotationSpectrumSize(b))
  const re = new Float64Array(size)
  const im = new Float64Array(size)
  const scale = 1 / (2 * size * size)
  forEachColumn(b, beta, ({ m, n, mirrored, sign, alternates }, column, first) => {
    const slot = ((m + size) % size) * size + ((n + size) % size)
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let j = 0; j < size; j++) {
      const at = j * size * size + slot
      const place = mirrored ? size - 1 - j : j
      re[place] = weights[j]! * orders.re[at]!
      im[place] = weights[j]! * orders.im[at]!
    }
    for (let l = first; l < b; l++) {
      const start = (l - first) * size
      let sumRe = 0
      let sumIm = 0
      for (let j = 0; j < size; j++) {
        sumRe += column[start + j]! * re[j]!
        sumIm += column[start + j]! * im[j]!
      }
      const factor = alternates ? signedBy(l, sign * scale) : sign * scale
      const at = rotationIndex(l, m, n)
      result.re[at] = factor * sumRe
      result.im[at] = factor * sumIm
    }
  })
  return result
}

/**
 * The inverse Fourier transform on SO(3): f(R) = sum over l below b of (2l + 1) sum_mn f^l_mn D^l_mn(R).
 *
 * @param coefficients - b (4 b^2 - 1) / 3 of them; f^l_mn has index rotationIndex(l, m, n).
 * @returns samples [2b, 2b, 2b] (beta, alpha, gamma) on driscollHealyGrid(b), row-major.
 */
export function inverseRotationTransform(coefficients: ComplexArray, b: number): ComplexArray {
  checkBandwidth('inverseRotationTransform', b)
  const { beta } = driscollHealyGrid(b)
  checkedSamples('inverseRotationTransform', coefficients, rotationSpectrumSize(b), `b (4 b^2 - 1) / 3 for b = ${b}`)
  const size = 2 * b
  const samples = complexZeros(size ** 3)
  const re = new Float64Array(size)
  const im = new Float64Array(size)
  forEachColumn(b, beta, ({ m, n, mirrored, sign, alternates }, column, first) => {
    re.fill(0)
    im.fill(0)
    for (let l = first; l < b; l++) {
      const factor = (2 * l + 1) * (alternates ? signedBy(l, sign) : sign)
      const at = rotationIndex(l, m, n)
      const x = factor * coefficients.re[at]!
      const y = factor * coefficients.im[at]!
      const start = (l - first) * size
      // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
      for (let j = 0; j < size; j++) {
        re[j]! += x * column[start + j]!
        im[j]! += y * column[start + j]!
      }
    }
    const slot = ((m + size) % size) * size + ((n + size) % size)
    // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
    for (let j = 0; j < size; j++) {
      const at = j * size * size + slot
      samples.re[at] = re[mirrored ? size - 1 - j : j]!
      samples.im[at] = im[mirrored ? size - 1 - j : j]!
    }
  })
  transformSlices(samples, size, -1)
  return samples
}
