/** An invalid request. `expected` and `received` are the two halves of the message. */
export class RequestError extends RangeError {
  /** The invalid input; undefined if the request as a whole is invalid. */
  readonly input: string | undefined
  readonly expected: string
  readonly received: string

  constructor(input: string | undefined, expected: string, received: string, remedy?: string) {
    const where = input === undefined ? 'inputs' : `input "${input}"`
    super(`${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`)
    this.name = 'RequestError'
    this.input = input
    this.expected = expected
    this.received = received
  }
}
