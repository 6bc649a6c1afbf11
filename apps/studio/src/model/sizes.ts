import type { OnnxValue } from '@equivar/export-onnx'
import type { Shapes } from '@equivar/verify'

/** Sizes that a file leaves open, by name. */
export type Sizes = Readonly<Record<string, number>>

/** The most numbers of an input that the page makes. */
const MOST_NUMBERS = 2 ** 24

const isAnonymous = (size: string): boolean => size === '' || size === '?'

/** What the size of an axis is called: as the file calls it, or by its place. */
const sizeName = ({ name, shape }: OnnxValue, axis: number): string | undefined => {
  const size = shape[axis]
  if (typeof size === 'number') return undefined
  return size === undefined || isAnonymous(size) ? `axis ${axis} of ${name}` : size
}

/** A first choice for a size: one example, a dozen of anything else. */
const firstSize = (name: string, axis: number): number => {
  if (axis === 0 && /batch|^n$|^axis/iu.test(name)) return 1
  return /height|width|length|time/iu.test(name) ? 16 : 8
}

/** The sizes that a file leaves open, with a first choice for each. */
export function openSizes(inputs: readonly OnnxValue[]): Sizes {
  const found = new Map<string, number>()
  for (const input of inputs)
    input.shape.forEach((_, axis) => {
      const name = sizeName(input, axis)
      if (name !== undefined && !found.has(name)) found.set(name, firstSize(name, axis))
    })
  return Object.fromEntries(found)
}

/** The shapes of the inputs at some sizes. @throws RangeError if one has too many numbers for the page. */
export function shapesAt(inputs: readonly OnnxValue[], sizes: Sizes): Shapes {
  const shapes = inputs.map((input) => {
    const shape = input.shape.map((size, axis) => (typeof size === 'number' ? size : (sizes[sizeName(input, axis) as string] as number)))
    const count = shape.reduce((product, size) => product * size, 1)
    if (count > MOST_NUMBERS)
      throw new RangeError(
        `${input.name}: expected at most ${MOST_NUMBERS.toLocaleString('en')} numbers, received the shape [${shape.join(', ')}]. Choose smaller sizes.`,
      )
    return [input.name, shape] as const
  })
  return Object.fromEntries(shapes)
}

/** The sizes at which inputs have the shapes of given values; undefined if they cannot have them. */
export function sizesOf(inputs: readonly OnnxValue[], shapes: Shapes): Sizes | undefined {
  const sizes = new Map<string, number>()
  for (const input of inputs) {
    const shape = shapes[input.name]
    if (shape?.length !== input.shape.length) return undefined
    for (const [axis, size] of shape.entries()) {
      const name = sizeName(input, axis)
      const known = name === undefined ? input.shape[axis] : (sizes.get(name) ?? size)
      if (known !== size) return undefined
      if (name !== undefined) sizes.set(name, size)
    }
  }
  return Object.fromEntries(sizes)
}

/**
 * Sizes, where some inputs have new shapes.
 *
 * @throws RangeError if the file fixes another size.
 */
export function sizesWith(inputs: readonly OnnxValue[], sizes: Sizes, shapes: Shapes): Sizes {
  const changed: Record<string, number> = { ...sizes }
  for (const input of inputs)
    shapes[input.name]?.forEach((size, axis) => {
      const name = sizeName(input, axis)
      if (name !== undefined) changed[name] = size
      else if (input.shape[axis] !== size)
        throw new RangeError(
          `${input.name}: expected size ${input.shape[axis]} along axis ${axis}, which the file fixes, received ${size}.`,
        )
    })
  return changed
}
