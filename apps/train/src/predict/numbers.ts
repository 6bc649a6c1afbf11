import { elementCount } from '@equivar/tensor'
import { UsageError } from '../errors.ts'

/** A number, a boolean, or nested arrays of them, as in JSON. */
export type Nested = number | boolean | readonly Nested[]

/** Flat numbers and their shape. */
export interface Flat {
  readonly shape: readonly number[]
  readonly numbers: Float64Array
}

/** The shape given by the first entry at each level. */
function firstShape(value: Nested): number[] {
  const shape: number[] = []
  for (let at: Nested | undefined = value; Array.isArray(at); at = (at as readonly Nested[])[0]) shape.push(at.length)
  return shape
}

/**
 * Flattens nested arrays.
 *
 * @param where - its name in errors.
 * @throws UsageError if rows differ in length, or an entry is not a number.
 */
export function flatten(value: Nested, where: string): Flat {
  const shape = firstShape(value)
  const numbers = new Float64Array(elementCount(shape))
  let at = 0
  const fill = (part: Nested, axis: number): void => {
    if (axis === shape.length) {
      if (typeof part !== 'number' && typeof part !== 'boolean') {
        const uneven = Array.isArray(part)
          ? `a number, received an array of ${part.length}`
          : `numbers in nested arrays, received ${JSON.stringify(part)?.slice(0, 40)}`
        throw new UsageError(`${where}: expected ${uneven}`)
      }
      numbers[at++] = Number(part)
      return
    }
    if (!Array.isArray(part))
      throw new UsageError(`${where}: expected an array of ${shape[axis]}, received ${JSON.stringify(part)?.slice(0, 40)}`)
    ;(part as readonly Nested[]).forEach((row, i) => {
      const odd = firstShape(row)
      const first = shape.slice(axis + 1)
      if (odd.length !== first.length || odd[0] !== first[0])
        throw new UsageError(`${where}: expected rows of one shape, received [${first}] and, at row ${i}, [${odd}]`)
      fill(row, axis + 1)
    })
  }
  fill(value, 0)
  return { shape, numbers }
}

/** The numbers of a tensor as nested arrays. */
export function nest(data: ArrayLike<number | bigint>, shape: readonly number[], from: number = 0): Nested {
  const [size, ...inner] = shape
  if (size === undefined) return Number(data[from])
  if (inner.length === 0) return Array.from({ length: size }, (_, i) => Number(data[from + i]))
  const step = elementCount(inner)
  return Array.from({ length: size }, (_, i) => nest(data, inner, from + i * step))
}
