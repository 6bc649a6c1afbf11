/** Where random numbers come from: each call returns the next number of [0, 1), uniformly distributed. */
export type RandomSource = () => number

/**
 * A small fast generator of uniform numbers of [0, 1): Jenkins' chaotic generator with a counter, 32 bits a draw.
 *
 * The same seed gives the same numbers on every machine.
 *
 * @param seed - any integer; only its low 32 bits count.
 * @remarks Passes PractRand; its period is at least 2^32 draws. Not for secrets.
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
