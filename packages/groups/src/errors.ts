/**
 * An argument outside the domain of a function. `expected` and `received` repeat what the message says.
 *
 * The message reads: function, what was expected, what came, how to mend it.
 */
export class DomainError extends RangeError {
  readonly expected: string
  readonly received: string

  constructor(where: string, expected: string, received: string, remedy?: string) {
    super(`${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`)
    this.name = 'DomainError'
    this.expected = expected
    this.received = received
  }
}

/** The largest number of points of a permutation: its table of images takes 1 GiB. */
export const MAXIMUM_DEGREE: number = 2 ** 28

/**
 * An integer from `least` to `most`, or a DomainError that names it; nothing is allocated before.
 *
 * @param where - the function that was called.
 * @param what - what the number is, such as "the number of points".
 */
export function requireInteger(where: string, what: string, value: number, least: number, most: number = MAXIMUM_DEGREE): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new DomainError(where, `${what} to be an integer ${range}`, String(value))
}
