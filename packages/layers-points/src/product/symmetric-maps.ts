import { coupling } from '../irreps/coupling.ts'
import type { Irrep } from '../irreps/irrep.ts'

/** A homogeneous polynomial: coefficients by monomial, the ascending numbers of its variables joined by commas. */
type Polynomial = ReadonlyMap<string, number>

/** An equivariant map: a polynomial for each component of an irreducible representation. */
interface Coupled {
  readonly irrep: Irrep
  readonly components: readonly Polynomial[]
}

/** An equivariant map to an irreducible representation: a polynomial for each of its components. */
export type SymmetricMap = readonly Polynomial[]

const variablesOf = (monomial: string): number[] => monomial.split(',').map(Number)

/** A monomial times a variable. */
function timesVariable(monomial: string, variable: number): string {
  const all = variablesOf(monomial)
  const at = all.findIndex((each) => each > variable)
  return (at < 0 ? [...all, variable] : [...all.slice(0, at), variable, ...all.slice(at)]).join()
}

/** The mean of a product of monomials over independent standard normal variables: the product of (n - 1)!! over the exponents n, 0 if one is odd. */
function moment(a: string, b: string): number {
  const exponents = new Map<number, number>()
  for (const variable of [...variablesOf(a), ...variablesOf(b)]) exponents.set(variable, (exponents.get(variable) ?? 0) + 1)
  let product = 1
  for (const exponent of exponents.values()) {
    if (exponent % 2 === 1) return 0
    for (let k = exponent - 1; k > 1; k -= 2) product *= k
  }
  return product
}

/** The mean of the inner product of two maps over standard normal variables, for each component. */
function inner(p: readonly Polynomial[], q: readonly Polynomial[]): number {
  let sum = 0
  p.forEach((component, m) => {
    for (const [a, x] of component) for (const [b, y] of q[m] as Polynomial) sum += x * y * moment(a, b)
  })
  return sum / p.length
}

const combined = (p: readonly Polynomial[], q: readonly Polynomial[], factor: number): Polynomial[] =>
  p.map((component, m) => {
    const sum = new Map(component)
    for (const [monomial, value] of q[m] as Polynomial) sum.set(monomial, (sum.get(monomial) ?? 0) + factor * value)
    return sum
  })

/** All couplings of a map with the variables of one more summand, which start at `start`. */
function coupledWith({ irrep: first, components }: Coupled, second: Irrep, start: number): Coupled[] {
  return first.times(second).map((irrep) => {
    const table = coupling(first.l, second.l, irrep.l)
    const results = Array.from({ length: irrep.dimension }, () => new Map<string, number>())
    for (let i = 0; i < first.dimension; i++)
      for (let j = 0; j < second.dimension; j++)
        for (let k = 0; k < irrep.dimension; k++) {
          const factor = table[(i * second.dimension + j) * irrep.dimension + k] as number
          if (factor === 0) continue
          const result = results[k] as Map<string, number>
          for (const [monomial, value] of components[i] as Polynomial) {
            const key = timesVariable(monomial, start + j)
            result.set(key, (result.get(key) ?? 0) + factor * value)
          }
        }
    return { irrep, components: results }
  })
}

/** Maps that are linearly independent, of unit variance and uncorrelated for standard normal variables, with the same span. */
function orthonormal(candidates: readonly (readonly Polynomial[])[]): Polynomial[][] {
  const found: Polynomial[][] = []
  for (const candidate of candidates) {
    const before = inner(candidate, candidate)
    if (before < 1e-20) continue
    // Twice, against rounding.
    let rest = combined(candidate, candidate, 0)
    for (let pass = 0; pass < 2; pass++) for (const each of found) rest = combined(rest, each, -inner(rest, each))
    const after = inner(rest, rest)
    if (after > 1e-10 * before) found.push(combined(rest, rest, 1 / Math.sqrt(after) - 1))
  }
  return found
}

/** All ascending lists of `length` numbers below `count`. */
const ascending = (count: number, length: number, least = 0): number[][] =>
  length === 0
    ? [[]]
    : Array.from({ length: count - least }, (_, i) => least + i).flatMap((first) =>
        ascending(count, length - 1, first).map((rest) => [first, ...rest]),
      )

/** Coefficients below this share of 1 are rounding. */
const ROUNDING = 1e-12

/**
 * A basis of the maps from one copy of each of some irreducible representations to another one, that are homogeneous polynomials of a degree and commute with
 * rotations and reflections: the symmetric part of what generalized Clebsch-Gordan coefficients give.
 *
 * Couplings of each choice of summands, in ascending order, are made independent: maps of one choice have unit variance and are uncorrelated if the variables are
 * standard normal. The variables are the components of all summands, one after the other.
 *
 * @remarks Cost grows as the number of couplings: below 0.1 s for degree 3 of `0e + 1o + 2e`, about 1 s of `0e + 1o + 2e + 3o`.
 * @see Batatia et al. 2022, "MACE", appendix; Dusson et al. 2022, "Atomic cluster expansion: completeness, efficiency and stability".
 */
export function symmetricMaps(input: readonly Irrep[], output: Irrep, degree: number): SymmetricMap[] {
  const starts: number[] = []
  input.reduce((at, { dimension }) => {
    starts.push(at)
    return at + dimension
  }, 0)
  const maps = ascending(input.length, degree).flatMap((choice) => {
    const [first, ...others] = choice as [number, ...number[]]
    const irrep = input[first] as Irrep
    const single = Array.from({ length: irrep.dimension }, (_, i) => new Map([[`${(starts[first] as number) + i}`, 1]]))
    const all = others.reduce<Coupled[]>(
      (before, s) => before.flatMap((each) => coupledWith(each, input[s] as Irrep, starts[s] as number)),
      [{ irrep, components: single }],
    )
    return orthonormal(all.filter((each) => each.irrep.equals(output)).map(({ components }) => components))
  })
  return maps.map((components) => components.map((each) => new Map([...each].filter(([, value]) => Math.abs(value) > ROUNDING))))
}
