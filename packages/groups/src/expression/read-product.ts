import type { PermutationGroup } from '../group/permutation-group.ts'
import { directProduct, wreathProduct } from '../named/products.ts'
import { FACTOR_LIMIT, GROUP_LIMIT, limitPoints } from './limits.ts'
import { CYCLE_START, type Reading, readAtom, single } from './read-atom.ts'
import type { Scanner } from './scanner.ts'

/** A product that is being read: its factors, and the wreath product that is the next factor. */
class OpenProduct {
  readonly #factors: PermutationGroup[] = []
  readonly #start: number
  #factorStart: number
  #factor: Reading | undefined

  constructor(start: number) {
    this.#start = start
    this.#factorStart = start
  }

  /** Takes an atom: the next factor, or the outer group of a wreath product. */
  add(scanner: Scanner, atom: Reading): void {
    const inner = this.#factor?.group
    if (inner === undefined) this.#factor = atom
    else {
      limitPoints(scanner, this.#factorStart, inner.degree * atom.group.degree, GROUP_LIMIT)
      this.#factor = single(wreathProduct(inner, atom.group))
    }
  }

  /** Ends a factor of the product. */
  endFactor(scanner: Scanner): void {
    if (this.#factor !== undefined) this.#factors.push(this.#factor.group)
    this.#factor = undefined
    this.#factorStart = scanner.position
  }

  /** The product of the factors. */
  end(scanner: Scanner): Reading {
    if (this.#factors.length === 0 && this.#factor !== undefined) return this.#factor
    this.endFactor(scanner)
    const points = this.#factors.reduce((sum, { degree }) => sum + degree, 0)
    limitPoints(scanner, this.#start, points, GROUP_LIMIT)
    return { group: productOf(this.#factors), factors: this.#factors, open: false }
  }
}

/** The direct product of some groups, by halves: nested products stay shallow. */
function productOf(groups: readonly PermutationGroup[]): PermutationGroup {
  if (groups.length === 1) return groups[0]!
  const half = Math.floor(groups.length / 2)
  return directProduct(productOf(groups.slice(0, half)), productOf(groups.slice(half)))
}

const WREATH = /wr\b|≀/iy
const TIMES = /x(?![A-Za-z])|x(?=[A-Z])|×|\*/y

/** Reads a product. Parentheses are kept on a list, so they may be nested to any depth. */
export function readProduct(scanner: Scanner, firstPoint: number): Reading {
  const products = [new OpenProduct(scanner.position)]
  let groups = 0
  for (;;) {
    while (scanner.peek(CYCLE_START) === undefined && scanner.take(/\(/y) !== undefined) products.push(new OpenProduct(scanner.position))
    if (++groups > FACTOR_LIMIT) scanner.refuse(`at most ${FACTOR_LIMIT} groups in one expression`)
    products.at(-1)!.add(scanner, readAtom(scanner, firstPoint))
    for (;;) {
      if (scanner.take(WREATH) !== undefined) break
      if (scanner.take(TIMES) !== undefined) {
        products.at(-1)!.endFactor(scanner)
        break
      }
      const reading = products.pop()!.end(scanner)
      if (products.length === 0) return reading
      scanner.require(/\)/y, 'x, wr or )')
      products.at(-1)!.add(scanner, single(reading.group))
    }
  }
}
