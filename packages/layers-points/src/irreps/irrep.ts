import { eulerAngles, realWignerD } from '@equivar/groups'

/** The largest degree of an irreducible representation. */
export const LARGEST_DEGREE = 32

/** The parity of an irreducible representation of O(3): what the inversion x -> -x multiplies by. 1 is even (`e`), -1 is odd (`o`). */
export type Parity = 1 | -1

/** Axes of a 3 x 3 matrix in the order z, x, y: the polar axis of the harmonics here is y, and z in `@equivar/groups`. */
const AXES = [2, 0, 1] as const

const determinant = (m: ArrayLike<number>): number => {
  const [a, b, c, d, e, f, g, h, i] = Array.from(m) as [number, number, number, number, number, number, number, number, number]
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
}

/**
 * An irreducible representation of O(3): a degree l and a parity. `0e` are scalars, `0o` pseudoscalars, `1o` vectors, `1e` pseudovectors.
 *
 * The components of degree l are in the order m = -l, ..., l of the real harmonics with polar axis y, which for degree 1 is x, y, z. Harmonics, matrices and
 * couplings have the order and the signs of e3nn.
 */
export class Irrep {
  /** The degree. */
  readonly l: number
  readonly parity: Parity

  /** @throws RangeError if l is not an integer from 0 to 32, or the parity is neither 1 nor -1. */
  constructor(l: number, parity: Parity) {
    if (!Number.isInteger(l) || l < 0 || l > LARGEST_DEGREE)
      throw new RangeError(`Irrep: expected a degree from 0 to ${LARGEST_DEGREE}, received ${l}.`)
    if (parity !== 1 && parity !== -1) throw new RangeError(`Irrep: expected the parity 1 or -1, received ${parity}.`)
    this.l = l
    this.parity = parity
  }

  /** 2l + 1. */
  get dimension(): number {
    return 2 * this.l + 1
  }

  /** Whether it is `0e`: the numbers that nothing changes. */
  get isScalar(): boolean {
    return this.l === 0 && this.parity === 1
  }

  equals({ l, parity }: Irrep): boolean {
    return this.l === l && this.parity === parity
  }

  /** The irreducible parts of the tensor product with another: degrees |l1 - l2|, ..., l1 + l2, and the product of the parities. Each occurs once. */
  times({ l, parity }: Irrep): Irrep[] {
    const least = Math.abs(this.l - l)
    const product = (this.parity * parity) as Parity
    return Array.from({ length: this.l + l - least + 1 }, (_, i) => new Irrep(least + i, product))
  }

  /** Whether it occurs in the tensor product of two others. */
  isIn(first: Irrep, second: Irrep): boolean {
    const { l, parity } = this
    return parity === first.parity * second.parity && l >= Math.abs(first.l - second.l) && l <= first.l + second.l
  }

  /**
   * The matrix of a rotation or reflection.
   *
   * Law: D(Q R) = D(Q) D(R); orthogonal; D of `1o` is the matrix itself.
   *
   * @param matrix - nine numbers, row-major: an orthogonal 3 x 3 matrix.
   * @returns float64 [2l + 1, 2l + 1] row-major.
   */
  matrix(matrix: ArrayLike<number>): Float64Array {
    const sign = determinant(matrix) < 0 ? -1 : 1
    const rotation = Float64Array.from({ length: 9 }, (_, i) => {
      const [row, column] = [AXES[Math.floor(i / 3)] as number, AXES[i % 3] as number]
      return sign * (matrix[3 * row + column] as number)
    })
    const d = realWignerD(this.l, ...eulerAngles(rotation))
    return sign < 0 && this.parity < 0 ? d.map((value) => -value) : d
  }

  /** `0e`, `1o`, ... */
  toString(): string {
    return `${this.l}${this.parity === 1 ? 'e' : 'o'}`
  }
}

/** The order of sorted irreducible representations: by degree, odd before even. */
export function compareIrreps(a: Irrep, b: Irrep): number {
  return a.l - b.l || a.parity - b.parity
}
