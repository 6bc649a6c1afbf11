import type { ActionLike } from '@equivar/groups'
import type { TensorValue } from '@equivar/tensor'
import { sizeOf, type Values } from './values.ts'

/**
 * The action of a group on the axes of a value: for each axis number, an action of the group on the entries of that axis.
 *
 * An action of larger degree than the axis acts on this axis and the following ones together, as many as multiply to its degree.
 */
export type AxisActions = Readonly<Record<number, ActionLike>>

/** The number of successive axes, from `axis`, whose sizes multiply to a degree; undefined if there is none. */
function axesOfDegree(shape: readonly number[], axis: number, degree: number): number | undefined {
  let points = 1
  for (let count = 1; axis + count <= shape.length; count++) {
    points *= shape[axis + count - 1] as number
    if (points === degree) return count
  }
  return undefined
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)

/**
 * Permutes the entries along an axis: entry images[i] of the result is entry i.
 *
 * @param axis - the axis, or the first of consecutive axes whose sizes multiply to the number of images.
 * @throws RangeError if no successive axes have this number of entries.
 */
export function permuteAxis(value: TensorValue, axis: number, images: ArrayLike<number>): TensorValue {
  const { shape, data } = value
  const degree = images.length
  const count = axesOfDegree(shape, axis, degree)
  if (count === undefined) {
    throw new RangeError(
      `permuteAxis: expected axis ${axis} of size ${degree}, the degree of the action (or successive axes from ${axis} that multiply to it), received shape [${shape.join(', ')}].`,
    )
  }
  const moved = data.slice()
  const width = sizeOf(shape.slice(axis + count)) * data.BYTES_PER_ELEMENT
  const [from, to] = [bytesOf(data), bytesOf(moved)]
  for (let [at, row] = [0, 0]; at < from.length; at += width, row++) {
    const point = row % degree
    to.set(from.subarray(at, at + width), at + ((images[point] as number) - point) * width)
  }
  return { ...value, data: moved }
}

/**
 * Moves entries along several axes.
 *
 * @param to - the position along these axes, in their order, that the entry at a position moves to.
 */
export function moveEntries(
  value: TensorValue,
  axes: readonly number[],
  to: (position: readonly number[]) => readonly number[],
): TensorValue {
  const { shape, data } = value
  const strides = axes.map((axis) => sizeOf(shape.slice(axis + 1)))
  const moved = data.slice()
  for (let from = 0; from < data.length; from++) {
    const position = axes.map((axis, k) => Math.floor(from / (strides[k] as number)) % (shape[axis] as number))
    const target = to(position).reduce((at, place, k) => at + (place - (position[k] as number)) * (strides[k] as number), from)
    ;(moved as Float64Array)[target] = (data as Float64Array)[from] as number
  }
  return { ...value, data: moved }
}

/** Applies the generator with a given number to the axes of values. */
export function actOnAxes(values: Values, actions: Readonly<Record<string, AxisActions>>, generator: number): Values {
  const moved = Object.entries(values).map(([name, value]) => {
    const axes = Object.entries(actions[name] ?? {})
    return [name, axes.reduce((v, [axis, action]) => permuteAxis(v, Number(axis), generatorOf(action, generator).images), value)] as const
  })
  return Object.fromEntries(moved)
}

/** The generator with a given number. @throws RangeError if the action has fewer generators. */
export function generatorOf({ generators }: ActionLike, number: number): ActionLike['generators'][number] {
  const generator = generators[number]
  if (generator === undefined)
    throw new RangeError(`expected actions of one group, received an action with only ${generators.length} generators.`)
  return generator
}
