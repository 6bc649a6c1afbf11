/**
 * An argument outside the domain of a function. `expected` and `received` repeat what the message says.
 *
 * The message names the function, what it expected, what it received and, where one is known, the remedy.
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

/** The largest degree of a permutation. Its table of images takes 1 GiB. */
export const MAXIMUM_DEGREE: number = 2 ** 28

/**
 * Returns `value` if it is an integer from `least` to `most`. Call it before anything is allocated.
 *
 * @param where - the public function that received the value.
 * @param what - what the value means, such as "the number of points".
 * @throws DomainError otherwise.
 */
export function requireInteger(where: string, what: string, value: number, least: number, most: number = MAXIMUM_DEGREE): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new DomainError(where, `${what} to be an integer ${range}`, String(value))
}
