/** Random draws that depend on a seed only, so that a mutant is known by its number. */
export class Draw {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A draw for the mutant of that number of a target. */
  static of(seed: number, target: string, number: number): Draw {
    let hash = 0x811c9dc5 ^ seed
    for (const letter of `${target} ${number}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
    return new Draw(hash)
  }

  /** An integer from 0 to n - 1, by mulberry32. */
  below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * n)
  }

  /** True once in n draws. */
  once(n: number): boolean {
    return this.below(n) === 0
  }

  of<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    if (list.length === 0) throw new RangeError('Draw.of: expected something to draw from, received nothing.')
    return list[this.below(list.length)] as T
  }

  /** A length from 1 on, mostly short, at most n. */
  length(n: number): number {
    return Math.min(n, 1 + this.below(2 ** (1 + this.below(10))))
  }
}
