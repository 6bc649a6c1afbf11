/** Colours as 64-bit hashes, stored as two 32-bit halves. */
export interface Lanes {
  readonly low: Int32Array
  readonly high: Int32Array
}

/** An array of colours, all 0. */
export const lanes = (length: number): Lanes => ({ low: new Int32Array(length), high: new Int32Array(length) })

/** The low half of the salted hash of 64 bits. Both halves depend on all 64 bits, through different multipliers. */
export function mixLow(low: number, high: number, salt: number): number {
  let h = Math.imul(low + salt, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return h ^ (h >>> 16)
}

/** The high half of the same hash. */
export function mixHigh(low: number, high: number, salt: number): number {
  let h = Math.imul(high - salt, 0x27d4eb2f) ^ Math.imul(low, 0x165667b1)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return h ^ (h >>> 15)
}

/** A salt for a small integer, different for different integers. */
export const saltOf = (integer: number): number => Math.imul(integer + 0x3c6ef372, 0x9e3779b1)

/** Hashes all colours with a salt, so that sums of hashes represent multisets. */
export function mixAll({ low, high }: Lanes, salt: number): Lanes {
  const mixed = lanes(low.length)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let i = 0; i < low.length; i++) {
    mixed.low[i] = mixLow(low[i]!, high[i]!, salt)
    mixed.high[i] = mixHigh(low[i]!, high[i]!, salt)
  }
  return mixed
}

/** The new colour of each item, from its old colour and the sum of the hashes it sees. */
export function recolour(own: Lanes, seen: Lanes): Lanes {
  const next = lanes(own.low.length)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let i = 0; i < own.low.length; i++) {
    const low = Math.imul(own.low[i]!, 0x2545f491) + seen.low[i]!
    const high = Math.imul(own.high[i]!, 0x5bd1e995) + seen.high[i]!
    next.low[i] = mixLow(low, high, 0x1b873593)
    next.high[i] = mixHigh(low, high, 0x1b873593)
  }
  return next
}

/** The number of different colours. */
export function countColours({ low, high }: Lanes): number {
  const capacity = 2 ** Math.ceil(Math.log2(2 * low.length + 2))
  const slots = new Int32Array(capacity)
  let count = 0
  for (let i = 0; i < low.length; i++) {
    let at = (low[i]! ^ Math.imul(high[i]!, 0x9e3779b1)) & (capacity - 1)
    while (slots[at] !== 0 && (low[slots[at]! - 1] !== low[i] || high[slots[at]! - 1] !== high[i])) at = (at + 1) & (capacity - 1)
    if (slots[at] === 0) {
      slots[at] = i + 1
      count++
    }
  }
  return count
}

/** A 128-bit hash of a multiset of colours and some integers, as 32 hexadecimal digits. */
export function certificateOf(colours: Lanes, integers: readonly number[]): string {
  const words = [0x243f6a88, 0x13198a2e].flatMap((salt) => {
    let [low, high] = [0, 0]
    for (let i = 0; i < colours.low.length; i++) {
      low = (low + mixLow(colours.low[i]!, colours.high[i]!, salt)) | 0
      high = (high + mixHigh(colours.low[i]!, colours.high[i]!, salt)) | 0
    }
    for (const integer of integers) {
      const next = mixLow(Math.imul(low, 0x2545f491) + integer, high, salt)
      high = mixHigh(low, Math.imul(high, 0x5bd1e995) + integer, salt)
      low = next
    }
    return [low, high]
  })
  return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}
