import {
  type Atom,
  type Dimension,
  type DimensionLike,
  divideExactly,
  minus,
  product,
  replaceSymbol,
  sameDimension,
  symbol,
  symbolsOf,
  times,
} from '@equivar/tensor'

/** Two sizes that an operator wants equal, and where each stands: `axis 0 of input 1`. */
export interface EqualSizes {
  readonly sizes: readonly [Dimension, Dimension]
  readonly places: readonly [string, string]
}

/** Not an error: sizes that were two are one, so the file has to be read again. */
export class SizesEquated extends Error {
  constructor() {
    super('sizes of the file were found to be equal')
    this.name = 'SizesEquated'
  }
}

/** Of a longer name of an input only the start is part of a symbol's name. */
const MOST_NAME = 80

/** So many sizes that were found are shown in a message. */
const MOST_SHOWN = 5

interface Unnamed {
  /** What it is the size of, for messages. */
  readonly place: string
  /** The file gives it a name, so that only a number can be what it is. */
  readonly named: boolean
  /** What it must be equal to, and the node that wants it so. */
  equal?: { readonly to: Dimension; readonly by: string }
}

/** d without the symbols that are factors of all its terms: where none of them is 0, both are 0 together. */
function withoutCommonFactor(d: Dimension): Dimension {
  if (typeof d === 'number') return d
  const [first, ...others] = d.terms.map(({ atoms }) => atoms)
  const common = others.reduce<readonly Atom[]>((kept, atoms) => {
    const left = [...atoms]
    return kept.filter(({ key }) => {
      const at = left.findIndex((atom) => atom.key === key)
      if (at >= 0) left.splice(at, 1)
      return at >= 0
    })
  }, first ?? [])
  const symbols = common.flatMap(({ key, floor }) => (floor === undefined ? [symbol(key)] : []))
  return divideExactly(d, product(symbols)) ?? d
}

/** What the symbol must be for d to be 0, if d is linear in it and some integer polynomial does. */
function root(d: Dimension, name: string): Dimension | undefined {
  if (typeof d === 'number') return undefined
  const slope = d.terms.find(({ atoms }) => atoms.length === 1 && atoms[0]?.key === name)?.coefficient
  if (slope === undefined) return undefined
  const rest = minus(d, times(slope, symbol(name)))
  if (symbolsOf(rest).has(name)) return undefined
  const value = divideExactly(rest, -slope)
  return typeof value === 'number' && value < 0 ? undefined : value
}

/**
 * Sizes of inputs that a file leaves open.
 *
 * One without a name is a symbol of its own until an operator wants it equal to another size. Then it is that size: the Program takes fewer inputs than
 * ONNX Runtime would, which stretches a 1 that only a run tells, but what it computes is the same. One with a name is that symbol, until an operator wants
 * it equal to a number: exporters write the size of their example into a node though they call the axis `n`, and the file holds for that size alone.
 */
export class UnnamedSizes {
  readonly #taken: ReadonlySet<string>
  readonly #unnamed = new Map<string, Unnamed>()
  readonly #names = new Map<string, string>()

  /**
   * @param taken - names of other symbols.
   * @param pinnable - those of them that may turn out to be a number.
   */
  constructor(taken: ReadonlySet<string>, pinnable: readonly string[] = []) {
    this.#taken = taken
    for (const name of pinnable) this.#unnamed.set(name, { place: `the size "${name}"`, named: true })
  }

  /** The size of an axis that has no name: the same one whenever it is asked for. */
  size(input: string, axis: number): Dimension {
    const place = `axis ${axis} of "${input}"`
    const name = this.#nameOf(place, `${input.slice(0, MOST_NAME)}_${axis}`)
    return this.#unnamed.get(name)?.equal?.to ?? symbol(name)
  }

  /** A size that only a run tells: a name of its own, or what an operator wants it to be equal to. */
  told(place: string, hint: string): DimensionLike {
    const name = this.#nameOf(place, hint.slice(0, MOST_NAME))
    return this.#unnamed.get(name)?.equal?.to ?? name
  }

  /** The same name whenever the same place asks. */
  #nameOf(place: string, hint: string): string {
    const known = this.#names.get(place)
    if (known !== undefined) return known
    const name = this.#freeName(hint.replace(/\W+/g, '_'))
    this.#unnamed.set(name, { place, named: false })
    this.#names.set(place, name)
    return name
  }

  /**
   * Makes pairs equal where an unnamed size allows it, or else a named one that must be a number.
   *
   * @param by - the node that wants it, for messages.
   * @throws SizesEquated if any became equal.
   */
  equate(pairs: readonly EqualSizes[], by: string): void {
    let changed = false
    for (const { sizes } of pairs) {
      const difference = withoutCommonFactor(this.current(minus(sizes[0], sizes[1])))
      for (const [name, { named }] of this.#free) {
        const to = root(difference, name)
        if (to === undefined || (named && typeof to !== 'number')) continue
        this.#set(name, to, by)
        changed = true
        break
      }
    }
    if (changed) throw new SizesEquated()
  }

  /** What was found out so far, for messages. */
  toString(): string {
    return [...this.#unnamed.values()]
      .flatMap(({ place, named, equal }) =>
        equal === undefined ? [] : [`${place}${named ? '' : ', without a name in the file,'} is ${equal.to} because of ${equal.by}`],
      )
      .slice(0, MOST_SHOWN)
      .join('; ')
  }

  /** What is not found out yet: those without a name first, the last one before the others. */
  get #free(): [string, Unnamed][] {
    const free = [...this.#unnamed].filter(([, { equal }]) => equal === undefined).reverse()
    return [...free.filter(([, { named }]) => !named), ...free.filter(([, { named }]) => named)]
  }

  /** A name for a symbol that no other one has. */
  #freeName(plain: string): string {
    const name = /^\d/.test(plain) ? `_${plain}` : plain
    const isFree = (tried: string): boolean => !this.#taken.has(tried) && !this.#unnamed.has(tried)
    if (isFree(name)) return name
    let count = this.#names.size
    while (!isFree(`${name}_${count}`)) count++
    return `${name}_${count}`
  }

  /** A size with what was found out so far. */
  current(d: Dimension): Dimension {
    return [...this.#unnamed].reduce((so, [name, { equal }]) => (equal === undefined ? so : replaceSymbol(so, name, equal.to)), d)
  }

  #set(name: string, given: Dimension, by: string): void {
    // Nodes that tell sizes are made anew when the file is read again.
    const to = [...symbolsOf(given)].reduce((so, each) => replaceSymbol(so, each, symbol(each)), given)
    for (const known of this.#unnamed.values())
      if (known.equal !== undefined) known.equal = { ...known.equal, to: replaceSymbol(known.equal.to, name, to) }
    const unnamed = this.#unnamed.get(name)
    if (unnamed !== undefined) unnamed.equal = { to, by }
  }
}

/** The first pair that differs, in words. */
export function describeClash(pairs: readonly EqualSizes[], unnamed: UnnamedSizes): string {
  const clash = pairs.find(({ sizes: [a, b] }) => !sameDimension(a, b))
  if (clash === undefined) return ''
  const { sizes, places } = clash
  const found = String(unnamed)
  return `Here ${places[0]} is ${sizes[0]}, ${places[1]} is ${sizes[1]}.${found === '' ? '' : ` (${found}.)`}`
}
