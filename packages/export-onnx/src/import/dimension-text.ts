import { type Dimension, DimensionError, floorDivide, symbol, times, total } from '@equivar/tensor'

/** Reads what Polynomial prints: sums of products of integers, names and `floor((...)/k)`. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.replaceAll(' ', '')
  }

  get done(): boolean {
    return this.#at === this.#text.length
  }

  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#text.slice(this.#at))?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  sum(): Dimension | undefined {
    const products: Dimension[] = []
    for (let first = true; ; first = false) {
      const sign = this.#take(/^[+-]/)
      if (!first && sign === undefined) return total(products)
      const product = this.#product()
      if (product === undefined) return undefined
      products.push(sign === '-' ? times(-1, product) : product)
    }
  }

  #product(): Dimension | undefined {
    let product = this.#factor()
    while (product !== undefined && this.#take(/^\*/) !== undefined) {
      const next = this.#factor()
      product = next === undefined ? undefined : times(product, next)
    }
    return product
  }

  #factor(): Dimension | undefined {
    if (this.#take(/^floor\(\(/) !== undefined) {
      const of = this.sum()
      const by = this.#take(/^\)\/\d+\)/)
      const divisor = Number(by?.slice(2, -1))
      return of === undefined || !(divisor > 0) ? undefined : floorDivide(of, divisor)
    }
    const digits = this.#take(/^\d+/)
    if (digits !== undefined) return Number(digits)
    const name = this.#take(/^[A-Za-z_]\w*/)
    return name === undefined ? undefined : symbol(name)
  }
}

/** The longest text of a size: as long as a dimension may be. */
const MOST_CHARACTERS = 1024

/** A text as the name of a symbol: what names cannot hold becomes `_`. */
export function sizeName(text: string): string {
  const name = text.replace(/\W+/g, '_')
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`
}

/**
 * The dimension that a symbolic size of an ONNX file stands for; text that is no formula becomes one symbol of that name.
 *
 * @throws DimensionError if the text is longer than 1,024 characters, or the dimension beyond its bounds.
 */
export function parseDimension(text: string): Dimension {
  if (text.length > MOST_CHARACTERS)
    throw new DimensionError(
      `dimension: expected a size of at most ${MOST_CHARACTERS} characters, received one of ${text.length}: it is too complicated for a size.`,
    )
  const reader = new Reader(text)
  const parsed = reader.sum()
  return parsed !== undefined && reader.done ? parsed : symbol(sizeName(text))
}
