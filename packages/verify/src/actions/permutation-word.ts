import { type ActionLike, Permutation, symmetric } from '@equivar/groups'
import { type Random, type TensorValue, tensorValue, toNumbers } from '@equivar/tensor'
import { moveEntries, permuteAxis } from '../axes.ts'
import type { AxisSize, GroupWord, SharedSizes, WordElement } from './group-word.ts'

/** The largest number of generators in a random product. */
const LONGEST = 8

const repeated = (axes: number, size: AxisSize): readonly AxisSize[] => Array.from({ length: axes }, () => size)

/** Permutes each of the axes. */
const permuteAxes = (value: TensorValue, axes: readonly number[], { images }: Permutation): TensorValue =>
  axes.reduce((moved, axis) => permuteAxis(moved, axis, images), value)

/** Entry v becomes images[v]. @throws RangeError for an entry that is no point. */
function renameEntries(value: TensorValue, { images }: Permutation): TensorValue {
  const renamed = Float64Array.from(toNumbers(value.data), (entry) => {
    const image = images[entry]
    if (image === undefined)
      throw new RangeError(`renameEntries: expected entries from 0 to ${images.length - 1}, the points of the group, received ${entry}.`)
    return image
  })
  return tensorValue(value.dtype, value.shape, renamed)
}

const element = (kind: string, permutation: Permutation, act = permuteAxes): WordElement => ({
  name: `${kind} ${permutation}`,
  act: (value, axes) => act(value, axes, permutation),
  rename: (value) => renameEntries(value, permutation),
})

/** A group with its action on points. */
type Points = Pick<ActionLike, 'degree' | 'generators'>

/** A product of at most eight random generators. */
function randomProduct({ degree, generators }: Points, random: Random): Permutation {
  let product = Permutation.identity(degree)
  for (let length = generators.length === 0 ? 0 : 1 + random.integer(LONGEST); length > 0; length--)
    product = (generators[random.integer(generators.length)] as Permutation).compose(product)
  return product
}

/** `S`: all permutations of an axis of any size, or of several axes at once. */
export const anySymmetric: GroupWord = {
  text: 'S',
  family: 'S',
  group: { kind: 'symmetric' },
  translates: false,
  sizes: (axes) => repeated(axes, { shared: 'n' }),
  points: { shared: 'n' },
  generators: (sizes) => symmetric(sizes.get('n') ?? 0).generators.map((each) => element('generator', each)),
  random: (sizes, random) => element('permutation', Permutation.fromImages([...random.permutation(sizes.get('n') ?? 0)])),
}

/** The corners of a square, counterclockwise from the upper left, as (row, column) from the centre. */
const corners = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const

/** Turns or reflects the square of two axes of equal size, as the permutation moves its corners. */
function turnPlane(value: TensorValue, axes: readonly number[], { images }: Permutation): TensorValue {
  const [first, second] = [corners[images[0] as 0], corners[images[1] as 1]]
  const last = (value.shape[axes[0] as number] as number) - 1
  return moveEntries(value, axes, ([row = 0, column = 0]) => {
    const [down, right] = [2 * row - last, 2 * column - last]
    const [a, b] = [-(down + right) / 2, (down - right) / 2]
    return [(a * first[0] + b * second[0] + last) / 2, (a * first[1] + b * second[1] + last) / 2]
  })
}

const actOnSquare = (value: TensorValue, axes: readonly number[], permutation: Permutation): TensorValue =>
  axes.length === 2 ? turnPlane(value, axes, permutation) : permuteAxes(value, axes, permutation)

/**
 * A permutation group that acts on axes whose size is its degree, on several axes at once.
 *
 * @param square - the group is C4 or D4, which acts on two axes as the turns, and reflections, of a square. Its generator turns counterclockwise.
 */
export function permutationWord(text: string, group: Points, square: boolean): GroupWord {
  const { degree, generators } = group
  const act = square ? actOnSquare : permuteAxes
  return {
    text,
    family: text,
    group: { kind: 'permutations', degree, generators, square },
    translates: false,
    sizes: (axes) => repeated(axes, square && axes === 2 ? { local: 'side' } : degree),
    points: degree,
    generators: () => generators.map((each) => element('generator', each, act)),
    random: (_: SharedSizes, random) => element('element', randomProduct(group, random), act),
  }
}
