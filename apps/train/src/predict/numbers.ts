import { elementCount } from '@equivar/tensor'
import { UsageError } from '../errors.ts'

/** A number, a boolean, or nested arrays of them, as in JSON. */
export type Nested = number | boolean | readonly Nested[]

/** Flat numbers and their shape. */
export interface Flat {
  readonly shape: readonly number[]
  readonly numbers: Float64Array
}

/** The deepest nesting of arrays. */
const DEEPEST = 16

/** A parsed value in an error message, without its parts if it has many. */
export function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return (JSON.stringify(value) ?? typeof value).slice(0, 40)
  const parts = Object.values(value)
  const short = parts.length <= 8 && parts.every((part) => typeof part !== 'object' || part === null)
  if (short) return JSON.stringify(value).slice(0, 40)
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
}

/** The shape given by the first entry at each level. @throws UsageError if it is too deep. */
function firstShape(value: Nested, where: string): number[] {
  const shape: number[] = []
  for (let at: Nested | undefined = value; Array.isArray(at); at = (at as readonly Nested[])[0]) {
    if (shape.length === DEEPEST) throw new UsageError(`${where}: expected at most ${DEEPEST} levels of nested arrays, received more`)
    shape.push(at.length)
  }
  return shape
}

/** @throws UsageError if the arrays are not nested by the shape. Allocates nothing, so that no shape can claim more numbers than there are. */
function demandNested(part: Nested, shape: readonly number[], axis: number, where: string): void {
  if (axis === shape.length) {
    if (typeof part === 'number' || typeof part === 'boolean') return
    const uneven = Array.isArray(part)
      ? `a number, received an array of ${part.length}`
      : `numbers in nested arrays, received ${shown(part)}`
    throw new UsageError(`${where}: expected ${uneven}`)
  }
  if (!Array.isArray(part)) throw new UsageError(`${where}: expected an array of ${shape[axis]}, received ${shown(part)}`)
  const first = shape.slice(axis + 1)
  ;(part as readonly Nested[]).forEach((row, i) => {
    const odd = firstShape(row, where)
    if (odd.length !== first.length || odd[0] !== first[0])
      throw new UsageError(`${where}: expected rows of one shape, received [${first}] and, at row ${i}, [${odd}]`)
    demandNested(row, shape, axis + 1, where)
  })
}

/**
 * Flattens nested arrays.
 *
 * @param where - its name in errors.
 * @throws UsageError if rows differ in length, an entry is not a number, or arrays are nested more than 16 deep.
 */
export function flatten(value: Nested, where: string): Flat {
  const shape = firstShape(value, where)
  demandNested(value, shape, 0, where)
  const numbers = new Float64Array(elementCount(shape))
  let at = 0
  const fill = (part: Nested): void => {
    if (Array.isArray(part)) for (const row of part as readonly Nested[]) fill(row)
    else numbers[at++] = Number(part)
  }
  fill(value)
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
