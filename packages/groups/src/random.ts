/** A source of random numbers: each call returns the next number, uniform on [0, 1). */
export type RandomSource = () => number

/**
 * A small, fast generator of uniform numbers on [0, 1), with 32 random bits per number: sfc32.
 *
 * The same seed gives the same numbers on every machine.
 *
 * @param seed - any integer; only its low 32 bits matter.
 * @remarks Passes PractRand; the period is at least 2^32. Not for cryptography.
 * @see Doty-Humphrey's sfc32, 2014.
 * @example
 * const element = symmetric(10).random(seededRandom(1))
 */
export function seededRandom(seed: number): RandomSource {
  let a = 0
  let b = seed | 0
  let c = 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** A uniform integer from 0 to n - 1. */
export function randomInteger(random: RandomSource, n: number): number {
  return Math.floor(random() * n)
}
