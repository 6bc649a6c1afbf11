/** A shape that an operator cannot take. `expected` and `received` repeat what the message says. */
export class ShapeError extends Error {
  readonly expected: string
  readonly received: string

  constructor(where: string, expected: string, received: string, remedy?: string) {
    super(`${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`)
    this.name = 'ShapeError'
    this.expected = expected
    this.received = received
  }
}

/** A data type that an operator cannot take. */
export class TypeMismatchError extends Error {
  readonly expected: string
  readonly received: string

  constructor(where: string, expected: string, received: string, remedy?: string) {
    super(`${where}: expected ${expected}, received ${received}.${remedy === undefined ? '' : ` ${remedy}`}`)
    this.name = 'TypeMismatchError'
    this.expected = expected
    this.received = received
  }
}

/** A size that is no size, or a symbol that has no value. */
export class DimensionError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DimensionError'
  }
}

/** A derivative that does not exist or is not known. */
export class DerivativeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DerivativeError'
  }
}

/** Values handed to a Program that it cannot run on. */
export class FeedError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'FeedError'
  }
}
