/** A request that a model cannot run on. `expected` and `received` repeat what the message says. */
export class RequestError extends RangeError {
  /** The input that is at fault; undefined where it is the whole request. */
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
