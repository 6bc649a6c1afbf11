import { Module } from '@equivar/nn'
import { add, concat, constant, div, gather, max, mul, type Tensor } from '@equivar/tensor'
import { type Members, membership } from './members.ts'
import { pool } from './pooling.ts'

function demandDegree(name: string, degree: number): number {
  if (Number.isInteger(degree) && degree >= 1) return degree
  throw new RangeError(`${name}: expected a degree of 1 or more, received ${degree}.`)
}

/** Options of poolings by symmetric polynomials. */
export interface SymmetricPolynomialOptions {
  /** The largest degree. */
  readonly degree: number
}

/**
 * The power sums of every channel: p_k = sum_i x_i^k for k = 1 to degree.
 *
 * Law: f(P x) = f(x). With degree >= n they separate all multisets of n numbers, in each channel.
 * @remarks Powers grow fast in float32: scale the elements to about 1, or take the means (`normalize`). Cost O(n degree channels).
 * @throws RangeError if the degree is not a positive integer.
 * @see Zaheer et al. 2017, Deep Sets, theorem 7.
 */
export class PowerSumPooling extends Module {
  readonly #degree: number
  readonly #normalize: boolean

  constructor({ degree, normalize = false }: SymmetricPolynomialOptions & { readonly normalize?: boolean }) {
    super()
    this.#degree = demandDegree('PowerSumPooling', degree)
    this.#normalize = normalize
  }

  /**
   * @param x - float32 [..., n, channels], or [elements, channels] if members are segments.
   * @param members - bool [..., n], true where an element exists, or segments.
   * @returns float32 [..., 1, degree channels], or [sets, degree channels]: the channels of degree 1 come first; 0 for an empty set.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const sums = pool(x, { powerSums: this.#degree }, members)
    return this.#normalize ? div(sums, max(membership(members).count(x), 1)) : sums
  }
}

/**
 * The elementary symmetric polynomials of every channel: e_k = sum over i_1 < ... < i_k of x_i1 ... x_ik for k = 1 to degree.
 *
 * Law: f(P x) = f(x). With degree >= n they separate all multisets of n numbers; e_k = 0 for k > n. They are computed from the power sums p_i by
 * Newton's identities k e_k = sum_{i = 1}^k (-1)^(i - 1) e_{k - i} p_i, at cost O(n degree + degree^2) per channel.
 *
 * @remarks The identities lose digits by cancellation: for 8 standard normal numbers, the error of e_1 to e_8 is below 1e-11 in float64 and below
 * 1e-3 in float32. Use power sums for higher degrees.
 * @throws RangeError if the degree is not a positive integer.
 */
export class ElementarySymmetricPooling extends Module {
  readonly #degree: number

  constructor({ degree }: SymmetricPolynomialOptions) {
    super()
    this.#degree = demandDegree('ElementarySymmetricPooling', degree)
  }

  /**
   * @param x - float32 [..., n, channels], or [elements, channels] if members are segments.
   * @param members - bool [..., n], true where an element exists, or segments.
   * @returns float32 [..., 1, degree channels], or [sets, degree channels]: the channels of degree 1 come first; 0 for an empty set.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const clean = membership(members).keep(x)
    const [p, e]: [Tensor[], Tensor[]] = [[], []]
    let power = clean
    for (let k = 1; k <= this.#degree; k++) {
      if (k > 1) power = mul(power, clean)
      p.push(pool(power, 'sum', members))
      const terms = p.map((sum, i) => {
        const signed = i % 2 === 0 ? sum : mul(sum, -1)
        return i === k - 1 ? signed : mul(e[k - 2 - i] as Tensor, signed)
      })
      e.push(div(terms.reduce(add), k))
    }
    return concat(e, -1)
  }
}

/**
 * The polarized power sums of sets of vectors: sum_i x_i1^a1 ... x_id^ad for every exponent a with 1 <= a1 + ... + ad <= degree.
 *
 * Law: f(P x) = f(x). With degree >= n they generate all permutation-invariant polynomials of n vectors, so they separate all multisets of n
 * vectors. The power sums of single channels do not: they agree on {(0, 0), (1, 1)} and {(0, 1), (1, 0)}.
 *
 * @remarks There are binomial(channels + degree, degree) - 1 of them, so keep channels and degree small. Cost O(n) each.
 * @throws RangeError if the degree is not a positive integer.
 * @see Weyl 1946, The Classical Groups, chapter II.
 */
export class PolarizedPowerSumPooling extends Module {
  readonly #degrees: Monomials[]
  readonly #normalize: boolean
  /** The exponents of each output, in order. */
  readonly exponents: readonly (readonly number[])[]

  constructor({
    inChannels,
    degree,
    normalize = false,
  }: SymmetricPolynomialOptions & { readonly inChannels: number; readonly normalize?: boolean }) {
    super()
    demandDegree('PolarizedPowerSumPooling', degree)
    this.#normalize = normalize
    const first: Monomials = {
      from: [],
      by: [],
      exponents: Array.from({ length: inChannels }, (_, c) => Array.from({ length: inChannels }, (_, i) => (i === c ? 1 : 0))),
    }
    this.#degrees = [first]
    while (this.#degrees.length < degree) this.#degrees.push(raised(this.#degrees[this.#degrees.length - 1] as Monomials))
    this.exponents = this.#degrees.flatMap(({ exponents }) => exponents)
  }

  /**
   * @param x - float32 [..., n, channels], or [elements, channels] if members are segments.
   * @param members - bool [..., n], true where an element exists, or segments.
   * @returns float32 [..., 1, monomials], or [sets, monomials], in the order of `exponents`; 0 for an empty set.
   */
  forward(x: Tensor, members?: Members): Tensor {
    const clean = membership(members).keep(x)
    const products = [clean]
    for (const { from, by } of this.#degrees.slice(1)) {
      const pick = (t: Tensor, at: readonly number[]): Tensor => gather(t, constant([...at], [at.length], 'int64'), -1)
      products.push(mul(pick(products[products.length - 1] as Tensor, from), pick(clean, by)))
    }
    return pool(concat(products, -1), this.#normalize ? 'mean' : 'sum', members)
  }
}

/** All monomials of one degree. Monomial k is monomial `from[k]` of the degree below times channel `by[k]`. */
interface Monomials {
  readonly from: readonly number[]
  readonly by: readonly number[]
  readonly exponents: readonly (readonly number[])[]
}

/** The monomials of the next degree: each monomial times its last channel and all later ones, so that none occurs twice. */
function raised({ exponents }: Monomials): Monomials {
  const pairs = exponents.flatMap((exponent, from) => {
    const last = exponent.reduce((at, e, channel) => (e > 0 ? channel : at), 0)
    return exponent.map((_, channel) => ({ from, channel })).slice(last)
  })
  return {
    from: pairs.map(({ from }) => from),
    by: pairs.map(({ channel }) => channel),
    exponents: pairs.map(({ from, channel }) => (exponents[from] as number[]).map((e, i) => (i === channel ? e + 1 : e))),
  }
}
