import { type Dimension, floorDivide, plus, symbol, times } from '@equivar/tensor'

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
    let total: Dimension = 0
    for (let first = true; ; first = false) {
      const sign = this.#take(/^[+-]/)
      if (!first && sign === undefined) return total
      const product = this.#product()
      if (product === undefined) return undefined
      total = plus(total, times(sign === '-' ? -1 : 1, product))
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

/** Longer texts are names: a formula that long is none that a person or an exporter wrote. */
const LONGEST_FORMULA = 1000

/** A text as the name of a symbol: what names cannot hold becomes `_`. */
export function sizeName(text: string): string {
  const name = text.replace(/\W+/g, '_')
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`
}

/** The dimension that a symbolic size of an ONNX file stands for; text that is no formula becomes one symbol of that name. */
export function parseDimension(text: string): Dimension {
  if (text.length > LONGEST_FORMULA) return symbol(sizeName(text))
  const reader = new Reader(text)
  const parsed = reader.sum()
  return parsed !== undefined && reader.done ? parsed : symbol(sizeName(text))
}
