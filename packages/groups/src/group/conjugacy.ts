import { DomainError } from '../errors.ts'
import { integerText } from './order-size.ts'
import type { StabilizerChain } from './stabilizer-chain.ts'

/** What is needed of a group to number its elements. */
interface CountedGroup {
  order(): bigint
  orderLog10(): number
  chain(): StabilizerChain
}

/**
 * The order of a group, if it has at most `limit` elements. Refuses a group of known order before anything is computed.
 *
 * @throws DomainError otherwise.
 */
export function requireFewElements(where: string, group: CountedGroup, limit: number): bigint {
  const log10 = group.orderLog10()
  const order = log10 < 60 ? group.order() : undefined
  if (order !== undefined && order <= BigInt(limit)) return order
  throw new DomainError(where, `a group of at most ${limit} elements`, `one of order ${integerText(log10, order)}`)
}

/** Numbers the elements of a small group by the images of the base points. The identity has number 0. */
export class ElementNumbering {
  readonly size: number
  readonly #chain: StabilizerChain
  readonly #places: Int32Array[]

  /** @throws DomainError if the group has more than `limit` elements. */
  constructor(where: string, group: CountedGroup, limit: number) {
    this.size = Number(requireFewElements(where, group, limit))
    const chain = group.chain()
    this.#chain = chain
    this.#places = chain.levels.map(({ orbit }) => {
      const place = new Int32Array(chain.degree)
      orbit.forEach((point, k) => {
        place[point] = k
      })
      return place
    })
  }

  /** The images of the element with number `index`. */
  element(index: number): Uint32Array {
    let rest = index
    const points = this.#chain.levels.map(({ orbit }) => {
      const point = orbit[rest % orbit.length]!
      rest = Math.floor(rest / orbit.length)
      return point
    })
    return this.#chain.element(points)
  }

  /** The number of an element of the group. Overwrites `images`. */
  indexOf(images: Uint32Array): number {
    let index = 0
    let weight = 1
    this.#chain.levels.forEach((level, i) => {
      const point = images[level.base]!
      index += weight * this.#places[i]![point]!
      weight *= level.orbit.length
      level.strip(images)
    })
    return index
  }
}

/**
 * The conjugacy classes, found as orbits of conjugation by the generators. Returns the number of a representative and the size of each class; the class
 * of the identity comes first.
 *
 * Cost O(order x generators x degree).
 */
export function conjugacyOrbits(
  numbering: ElementNumbering,
  generators: readonly Uint32Array[],
): { representative: number; size: number; members: number[] }[] {
  const seen = new Uint8Array(numbering.size)
  const classes: { representative: number; size: number; members: number[] }[] = []
  for (let start = 0; start < numbering.size; start++) {
    if (seen[start] === 1) continue
    seen[start] = 1
    const members = [start]
    for (const member of members) {
      const element = numbering.element(member)
      for (const images of generators) {
        const conjugate = new Uint32Array(element.length)
        element.forEach((image, x) => {
          conjugate[images[x]!] = images[image]!
        })
        const index = numbering.indexOf(conjugate)
        if (seen[index] === 1) continue
        seen[index] = 1
        members.push(index)
      }
    }
    classes.push({ representative: start, size: members.length, members })
  }
  return classes
}
