import { DimensionError } from './errors.ts'

/**
 * A size that may be unknown until a Program runs: an integer, or an integer polynomial over named symbols.
 *
 * Numbers stay numbers, so that static shapes are plain arrays.
 */
export type Dimension = number | Polynomial

/** What callers may write for a dimension: a number, a symbol's name, or a dimension. */
export type DimensionLike = Dimension | string

/**
 * An indeterminate of a polynomial: a named symbol, or the floor of a polynomial over a positive integer. `teller`: no input's shape tells the symbol, but
 * that node of a graph does when it runs.
 */
export type Atom = { readonly key: string; readonly floor?: { readonly of: Dimension; readonly by: number }; readonly teller?: object }

interface Term {
  readonly atoms: readonly Atom[]
  readonly coefficient: number
}

/** The bounds of a dimension: more is none that a network has, and would only take time and memory to write out. */
const most = { terms: 256, factors: 64, characters: 1024 } as const

function tooComplicated(kind: string, count: number): never {
  throw new DimensionError(`dimension: expected a size of at most ${kind}, received one of ${count}: it is too complicated for a size.`)
}

/** How long its text is, at least. */
const lengthOf = (terms: readonly Term[]): number =>
  terms.reduce((sum, { atoms }) => atoms.reduce((length, { key }) => length + key.length + 1, sum + 1), 0)

function demandSimple(terms: readonly Term[]): void {
  if (terms.length > most.terms) tooComplicated(`${most.terms} terms`, terms.length)
  for (const { atoms } of terms) if (atoms.length > most.factors) tooComplicated(`${most.factors} factors a term`, atoms.length)
  const length = lengthOf(terms)
  if (length > most.characters) tooComplicated(`${most.characters} characters`, length)
}

/** An integer that floating point holds exactly. */
function exact(number: number): number {
  if (!Number.isSafeInteger(number))
    throw new DimensionError(`dimension: expected a size within 2^53, received one of about ${number.toExponential(2)}.`)
  return number
}

/**
 * Integer polynomial in normal form: terms sorted by their monomial, no zero coefficient.
 *
 * Equal polynomials have equal keys, so `n * n + n` compares, prints and solves.
 * Quotients appear as the atom `floor(p / k)`, as the sizes of strided windows need them.
 *
 * @throws DimensionError beyond 256 terms, 64 factors a term or 1,024 characters of text, which bound the depth of floors too.
 */
export class Polynomial {
  readonly terms: readonly Term[]
  readonly key: string
  #symbols: ReadonlySet<string> | undefined
  #told: readonly Atom[] | undefined

  constructor(terms: readonly Term[]) {
    demandSimple(terms)
    this.terms = terms
    this.key = terms.map((term, i) => printTerm(term, i)).join('')
  }

  /** The names of the symbols in it. */
  get symbols(): ReadonlySet<string> {
    this.#symbols ??= new Set(symbolAtoms(this).map(({ key }) => key))
    return this.#symbols
  }

  /** The symbols in it that only a run tells. */
  get told(): readonly Atom[] {
    this.#told ??= symbolAtoms(this).filter(({ teller }) => teller !== undefined)
    return this.#told
  }

  toString(): string {
    return this.key
  }
}

const monomial = (atoms: readonly Atom[]): string => atoms.map((atom) => atom.key).join('*')

function printTerm(term: Term, position: number): string {
  const magnitude = Math.abs(term.coefficient)
  const factor = term.atoms.length === 0 ? `${magnitude}` : magnitude === 1 ? monomial(term.atoms) : `${magnitude}*${monomial(term.atoms)}`
  const sign = term.coefficient < 0 ? '-' : position > 0 ? '+' : ''
  return sign + factor
}

function normalize(terms: readonly Term[]): Dimension {
  const sums = new Map<string, Term>()
  for (const term of terms) {
    const atoms = [...term.atoms].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    const key = monomial(atoms)
    const coefficient = (sums.get(key)?.coefficient ?? 0) + term.coefficient
    sums.set(key, { atoms, coefficient: exact(coefficient) })
  }
  const kept = [...sums.entries()].filter(([, term]) => term.coefficient !== 0)
  kept.sort(([a, x], [b, y]) => y.atoms.length - x.atoms.length || (a < b ? -1 : 1))
  const first = kept[0]
  if (first === undefined) return 0
  if (kept.length === 1 && first[1].atoms.length === 0) return first[1].coefficient
  return new Polynomial(kept.map(([, term]) => term))
}

const termsOf = (d: Dimension): readonly Term[] => (typeof d === 'number' ? [{ atoms: [], coefficient: d }] : d.terms)

/**
 * The named indeterminate of that name.
 *
 * @param teller - the node that tells it when it runs, if no input's shape does.
 * @throws DimensionError if the name is not a letter or underscore followed by letters, digits and underscores.
 */
export function symbol(name: string, teller?: object): Polynomial {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new DimensionError(`symbol: expected a name of letters, digits and underscores, received "${name}".`)
  }
  return new Polynomial([{ atoms: [teller === undefined ? { key: name } : { key: name, teller }], coefficient: 1 }])
}

/**
 * The dimension that a caller wrote.
 *
 * @throws DimensionError for a number that is negative or not an integer.
 */
export function dimension(d: DimensionLike): Dimension {
  if (typeof d === 'string') return symbol(d)
  if (typeof d === 'number' && (!Number.isSafeInteger(d) || d < 0)) {
    throw new DimensionError(`dimension: expected a non-negative integer, a symbol or a polynomial, received ${d}.`)
  }
  return d
}

/**
 * a + b.
 *
 * @throws DimensionError beyond the bounds of a dimension, and beyond 2^53.
 */
export function plus(a: Dimension, b: Dimension): Dimension {
  if (typeof a === 'number' && typeof b === 'number') return exact(a + b)
  return normalize([...termsOf(a), ...termsOf(b)])
}

/** The sum of all, brought into normal form once; 0 for none. */
export function total(dimensions: readonly Dimension[]): Dimension {
  return normalize(dimensions.flatMap(termsOf))
}

/** a - b; may be negative. */
export function minus(a: Dimension, b: Dimension): Dimension {
  return plus(a, times(-1, b))
}

/** Terms keep their order. */
function scaled(d: Polynomial, by: number): Dimension {
  if (by === 1) return d
  return by === 0 ? 0 : new Polynomial(d.terms.map(({ atoms, coefficient }) => ({ atoms, coefficient: exact(coefficient * by) })))
}

/**
 * a * b.
 *
 * @throws DimensionError beyond the bounds of a dimension, and beyond 2^53.
 */
export function times(a: Dimension, b: Dimension): Dimension {
  if (typeof a === 'number') return typeof b === 'number' ? exact(a * b) + 0 : scaled(b, a) // + 0: never minus zero
  if (typeof b === 'number') return scaled(a, b)
  const count = termsOf(a).length * termsOf(b).length
  if (count > most.terms) tooComplicated(`${most.terms} terms`, count)
  return normalize(
    termsOf(a).flatMap((s) => termsOf(b).map((t) => ({ atoms: [...s.atoms, ...t.atoms], coefficient: s.coefficient * t.coefficient }))),
  )
}

/** The product of all; 1 for none. */
export function product(dimensions: readonly Dimension[]): Dimension {
  return dimensions.reduce<Dimension>(times, 1)
}

/** floor(a / k) for a positive integer k; exact where every coefficient is a multiple of k. */
export function floorDivide(a: Dimension, k: number): Dimension {
  if (typeof a === 'number') return Math.floor(a / k)
  if (k === 1) return a
  const whole = normalize(a.terms.filter((t) => t.coefficient % k === 0).map((t) => ({ ...t, coefficient: t.coefficient / k })))
  const rest = normalize(a.terms.filter((t) => t.coefficient % k !== 0))
  if (typeof rest === 'number') return plus(whole, Math.floor(rest / k))
  return plus(whole, normalize([{ atoms: [{ key: `floor((${rest.key})/${k})`, floor: { of: rest, by: k } }], coefficient: 1 }]))
}

/** a / b where b divides a as a polynomial with one term, else undefined. */
export function divideExactly(a: Dimension, b: Dimension): Dimension | undefined {
  if (sameDimension(a, b)) return 1
  if (b === 0) return undefined
  const divisors = termsOf(b)
  const divisor = divisors[0]
  if (divisors.length !== 1 || divisor === undefined) return undefined
  const quotients: Term[] = []
  for (const term of termsOf(a)) {
    const atoms = [...term.atoms]
    for (const atom of divisor.atoms) {
      const at = atoms.findIndex((other) => other.key === atom.key)
      if (at < 0) return undefined
      atoms.splice(at, 1)
    }
    if (term.coefficient % divisor.coefficient !== 0) return undefined
    quotients.push({ atoms, coefficient: term.coefficient / divisor.coefficient })
  }
  return normalize(quotients)
}

/** Whether the two are the same polynomial, hence equal for every value of the symbols. */
export function sameDimension(a: Dimension, b: Dimension): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b
  return a.key === b.key
}

/** Whether the two shapes have the same dimensions. */
export function sameShape(a: readonly Dimension[], b: readonly Dimension[]): boolean {
  return a.length === b.length && a.every((d, i) => sameDimension(d, b[i] as Dimension))
}

/** The symbols in it, those in floors too. */
const symbolAtoms = (d: Dimension): Atom[] =>
  termsOf(d).flatMap(({ atoms }) => atoms.flatMap((atom) => (atom.floor === undefined ? [atom] : symbolAtoms(atom.floor.of))))

const noSymbols: ReadonlySet<string> = /* @__PURE__ */ new Set()

/** The names of the symbols in it. */
export const symbolsOf = (d: Dimension): ReadonlySet<string> => (typeof d === 'number' ? noSymbols : d.symbols)

/** The dimension with another one in place of a symbol. */
export function replaceSymbol(d: Dimension, name: string, by: Dimension): Dimension {
  if (typeof d === 'number' || !symbolsOf(d).has(name)) return d
  const replaced = (atom: Atom): Dimension => {
    if (atom.floor !== undefined) return floorDivide(replaceSymbol(atom.floor.of, name, by), atom.floor.by)
    return atom.key === name ? by : symbol(atom.key, atom.teller)
  }
  return d.terms.map(({ atoms, coefficient }) => product([coefficient, ...atoms.map(replaced)])).reduce(plus, 0)
}

/** Values of symbols. */
export type Binding = ReadonlyMap<string, number>

/**
 * Its value under a binding of its symbols.
 *
 * @throws DimensionError if a symbol has no value.
 */
export function dimensionValue(d: Dimension, binding: Binding): number {
  if (typeof d === 'number') return d
  let sum = 0
  for (const term of d.terms) {
    let factor = term.coefficient
    for (const atom of term.atoms) factor *= atomValue(atom, binding)
    sum += factor
  }
  return sum
}

function atomValue(atom: Atom, binding: Binding): number {
  if (atom.floor !== undefined) return Math.floor(dimensionValue(atom.floor.of, binding) / atom.floor.by)
  const value = binding.get(atom.key)
  if (value === undefined) {
    throw new DimensionError(`dimension: the symbol ${atom.key} has no value; give an input whose shape holds it.`)
  }
  return value
}

/**
 * The value of the one unknown symbol for which d equals `value`, if d is linear in it.
 *
 * @returns the name and its value, or undefined if d has no unknown, several, or is not linear in it, or no integer fits.
 */
export function solveFor(d: Dimension, value: number, binding: Binding): { name: string; value: number } | undefined {
  const unknown = [...symbolsOf(d)].filter((name) => !binding.has(name))
  const name = unknown[0]
  if (unknown.length !== 1 || name === undefined || typeof d === 'number') return undefined
  let slope = 0
  let offset = 0
  for (const term of d.terms) {
    const occurrences = term.atoms.filter((atom) => atom.key === name).length
    const hidden = term.atoms.some((atom) => atom.floor !== undefined && symbolsOf(atom.floor.of).has(name))
    if (occurrences > 1 || hidden) return undefined
    const factor = term.atoms.filter((atom) => atom.key !== name).reduce((f, atom) => f * atomValue(atom, binding), term.coefficient)
    if (occurrences === 1) slope += factor
    else offset += factor
  }
  const solution = (value - offset) / slope
  return Number.isInteger(solution) && solution >= 0 ? { name, value: solution } : undefined
}

/** As a reader writes it: `[batch, n, 3]`. */
export function printShape(shape: readonly Dimension[]): string {
  return `[${shape.map(String).join(', ')}]`
}
