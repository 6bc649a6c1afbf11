import { type Dimension, divideExactly, minus, replaceSymbol, sameDimension, symbol, symbolsOf, times } from '@equivar/tensor'

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
  /** The axis that it is the size of, for messages. */
  readonly place: string
  /** What it must be equal to, and the node that wants it so. */
  equal?: { readonly to: Dimension; readonly by: string }
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
 * Sizes of inputs that a file leaves open, without a name.
 *
 * Each is a symbol of its own until an operator wants it equal to another size. Then it is that size: the Program takes fewer inputs than ONNX
 * Runtime would, which stretches a 1 that only a run tells, but what it computes is the same.
 */
export class UnnamedSizes {
  readonly #taken: ReadonlySet<string>
  readonly #unnamed = new Map<string, Unnamed>()
  readonly #names = new Map<string, string>()

  /** @param taken - names of other symbols. */
  constructor(taken: ReadonlySet<string>) {
    this.#taken = taken
  }

  /** The size of an axis that has no name: the same one whenever it is asked for. */
  size(input: string, axis: number): Dimension {
    const place = `axis ${axis} of "${input}"`
    const known = this.#names.get(place)
    if (known !== undefined) return this.#unnamed.get(known)?.equal?.to ?? symbol(known)
    const name = this.#free(`${input.slice(0, MOST_NAME)}_${axis}`.replace(/\W+/g, '_'))
    this.#unnamed.set(name, { place })
    this.#names.set(place, name)
    return symbol(name)
  }

  /**
   * Makes pairs equal where an unnamed size allows it.
   *
   * @param by - the node that wants it, for messages.
   * @throws SizesEquated if any became equal.
   */
  equate(pairs: readonly EqualSizes[], by: string): void {
    let changed = false
    for (const { sizes } of pairs) {
      const difference = this.#current(minus(sizes[0], sizes[1]))
      const free = [...this.#unnamed].filter(([, { equal }]) => equal === undefined).reverse()
      for (const [name] of free) {
        const to = root(difference, name)
        if (to === undefined) continue
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
      .flatMap(({ place, equal }) =>
        equal === undefined ? [] : [`${place}, without a name in the file, is ${equal.to} because of ${equal.by}`],
      )
      .slice(0, MOST_SHOWN)
      .join('; ')
  }

  /** A name for a symbol that no other one has. */
  #free(plain: string): string {
    const name = /^\d/.test(plain) ? `_${plain}` : plain
    const isFree = (tried: string): boolean => !this.#taken.has(tried) && !this.#unnamed.has(tried)
    if (isFree(name)) return name
    let count = this.#unnamed.size
    while (!isFree(`${name}_${count}`)) count++
    return `${name}_${count}`
  }

  #current(d: Dimension): Dimension {
    return [...this.#unnamed].reduce((so, [name, { equal }]) => (equal === undefined ? so : replaceSymbol(so, name, equal.to)), d)
  }

  #set(name: string, to: Dimension, by: string): void {
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
