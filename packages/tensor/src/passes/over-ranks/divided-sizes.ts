import { type Dimension, replaceSymbol, symbol, symbolsOf } from '../../expression/dimension.ts'
import type { ProgramInput } from '../../program/program.ts'

/** Sizes that count examples, or rows of examples: each rank has its part of them. */
export class DividedSizes {
  readonly symbols: ReadonlySet<string>

  /**
   * The first size of each of these inputs that is a symbol, and those that one of them tells: `batch` of [batch, n, 3], `edges` of [2, edges], the number of graphs.
   */
  constructor(data: readonly ProgramInput[]) {
    const found = data.flatMap(({ tensor: { shape, binds } }) => {
      const first = shape.find((d) => typeof d !== 'number')
      return [...(first === undefined ? [] : symbolsOf(first)), ...(binds === undefined ? [] : [binds])]
    })
    this.symbols = new Set(found)
  }

  /** Whether a size is not the same on all ranks. */
  holds(d: Dimension): boolean {
    return [...symbolsOf(d)].some((name) => this.symbols.has(name))
  }

  /** Whether the size of the whole is the sum of those of the ranks: one such symbol in every term. */
  isAdditive(d: Dimension): boolean {
    if (typeof d === 'number') return false
    return d.terms.every(({ atoms }) => {
      const held = atoms.filter(({ key, floor }) => (floor === undefined ? this.symbols.has(key) : this.holds(floor.of)))
      return held.length === 1 && held[0]?.floor === undefined
    })
  }

  /** The size over all ranks, where this rank has `d`. */
  ofAll(d: Dimension): Dimension {
    return [...this.symbols].reduce((size, name) => replaceSymbol(size, name, symbol(ofAll(name))), d)
  }

  /** The one symbol that a size is a multiple of; undefined if there are several. */
  onlySymbol(d: Dimension): string | undefined {
    const [name, ...others] = [...symbolsOf(d)].filter((one) => this.symbols.has(one))
    return others.length === 0 ? name : undefined
  }
}

/** The symbol of a size over all ranks. */
const ofAll = (name: string): string => `${name}_of_all`

/** The symbol of what the ranks before have of a size. */
export const before = (name: string): string => `${name}_before`
