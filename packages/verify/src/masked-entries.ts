import type { TensorValue } from '@equivar/tensor'
import type { MaskDescription } from './layer.ts'
import { numbersOf, sizeOf, type Values } from './values.ts'

/** The row-major strides of a shape. */
const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/** The lists of axes of a value that correspond to all axes of the mask. */
function coveringLists({ name, covers }: MaskDescription, of: string, feeds: Values): readonly (readonly number[])[] {
  const rank = feeds[name]?.shape.length
  return (covers[of] ?? []).filter(({ length }) => length === rank)
}

/** Whether a mask covers the entries of a value. */
export const isCovered = (masks: readonly MaskDescription[], of: string, feeds: Values): boolean =>
  masks.some((mask) => coveringLists(mask, of, feeds).length > 0)

/** Whether each entry of a value of the given shape exists, according to all masks that cover it. */
export function existingEntries(masks: readonly MaskDescription[], of: string, shape: readonly number[], feeds: Values): boolean[] {
  const strides = stridesOf(shape)
  const tests = masks.flatMap((mask) => {
    const value = feeds[mask.name]
    if (value === undefined) return []
    const [flags, steps] = [numbersOf(value), stridesOf(value.shape)]
    return coveringLists(mask, of, feeds).map((axes) => (entry: number): boolean => {
      const place = axes.reduce((sum, axis, k) => {
        const index = Math.floor(entry / (strides[axis] as number)) % (shape[axis] as number)
        return sum + index * (steps[k] as number)
      }, 0)
      return flags[place] === 1
    })
  })
  return Array.from({ length: sizeOf(shape) }, (_, entry) => tests.every((exists) => exists(entry)))
}

/** The inputs, with masked entries of float values replaced by a number. */
export function filled(masks: readonly MaskDescription[], feeds: Values, number: number): Values {
  const entries = Object.entries(feeds).map(([name, value]): [string, TensorValue] => {
    const filling = masks.filter(({ finite = [] }) => !finite.includes(name))
    if (value.dtype !== 'float32' || !isCovered(filling, name, feeds)) return [name, value]
    const exists = existingEntries(filling, name, value.shape, feeds)
    return [name, { ...value, data: numbersOf(value).map((v, i) => (exists[i] ? v : number)) }]
  })
  return Object.fromEntries(entries)
}

/** Removes one index along an axis from a value. */
function withoutIndex(value: TensorValue, axis: number, index: number): TensorValue {
  const { shape, data } = value
  const [size, width] = [shape[axis] as number, sizeOf(shape.slice(axis + 1))]
  const kept = data.slice(0, (data.length / size) * (size - 1))
  let at = 0
  for (let entry = 0; entry < data.length; entry++)
    if (Math.floor(entry / width) % size !== index) kept.fill(data[entry] as never, at, ++at)
  return { ...value, shape: shape.map((n, a) => (a === axis ? n - 1 : n)), data: kept }
}

/** An index along an axis of a mask that is masked. */
interface Dropped {
  readonly axis: number
  readonly index: number
}

/** The indices to mask in a mask of the given shape: the last example, and index 1 of every other axis of size at least 2. */
export const droppedFrom = (shape: readonly number[], padded?: readonly number[]): Dropped[] =>
  shape.flatMap((size, axis) => (size < 2 || padded?.includes(axis) === false ? [] : [{ axis, index: axis === 0 ? size - 1 : 1 }]))

/** The mask that is false at dropped indices and true elsewhere. */
export function maskWithout({ shape }: TensorValue, dropped: readonly Dropped[]): TensorValue {
  const strides = stridesOf(shape)
  const exists = (entry: number): boolean =>
    dropped.every(({ axis, index }) => Math.floor(entry / (strides[axis] as number)) % (shape[axis] as number) !== index)
  return { dtype: 'bool', shape, data: Uint8Array.from({ length: sizeOf(shape) }, (_, entry) => (exists(entry) ? 1 : 0)) }
}

/** Removes the dropped indices from values, along all axes that correspond to the mask. */
export function cropped({ name: maskName, covers }: MaskDescription, values: Values, dropped: readonly Dropped[]): Values {
  const crop = ([name, value]: [string, TensorValue]): [string, TensorValue] => {
    const lists = name === maskName ? [value.shape.map((_, axis) => axis)] : (covers[name] ?? [])
    const axes = new Map(
      lists.flatMap((list) => dropped.flatMap(({ axis, index }) => (list[axis] === undefined ? [] : [[list[axis], index] as const]))),
    )
    return [name, [...axes].reduce((v, [axis, index]) => withoutIndex(v, axis, index), value)]
  }
  return Object.fromEntries(Object.entries(values).map(crop))
}
