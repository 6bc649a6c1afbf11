import { type Permutation, type TensorGroup, uniformOrthogonal } from '@equivar/groups'
import { constant, flip, gather, type Tensor, transpose } from '@equivar/tensor'
import type { Place } from './actions.ts'
import { cornersOf } from './square.ts'
import { moved, turned } from './turn.ts'

/** A fixed element of a group, which acts on expressions. */
export interface Element {
  /** g x. */
  act(x: Tensor, place: Place): Tensor
  /** g^-1 x. */
  undo(x: Tensor, place: Place): Tensor
}

const integers = (values: ArrayLike<number>): Tensor => constant(Float64Array.from(values), [values.length], 'int64')

/** Entry p(i) of each axis becomes entry i; integers that name points name their images. */
function permuted(x: Tensor, { axes, onEntries }: Place, p: Permutation): Tensor {
  if (onEntries) return gather(integers(p.images), x)
  const sources = integers(p.inverse().images)
  return axes.reduce((moving, axis) => gather(moving, sources, axis), x)
}

/** An element of C4 or D4 on a plane of two axes: turns and reflections are transposes and reversals of axes. */
function turnedPlane(x: Tensor, [row, column]: readonly [number, number], p: Permutation): Tensor {
  const { swaps, reversed } = cornersOf(p)
  const order = x.shape.map((_, axis) => (axis === row ? column : axis === column ? row : axis))
  const axes = [row, column].filter((_, k) => reversed[k])
  return flip(swaps ? transpose(x, order) : x, axes)
}

function permutationElement(p: Permutation, square: boolean): Element {
  const move = (x: Tensor, place: Place, by: Permutation): Tensor => {
    const [row, column] = place.axes
    const isPlane = square && row !== undefined && column !== undefined && place.axes.length === 2
    return isPlane ? turnedPlane(x, [row, column], by) : permuted(x, place, by)
  }
  const inverse = p.inverse()
  return { act: (x, place) => move(x, place, p), undo: (x, place) => move(x, place, inverse) }
}

/** Shifts the k-th axis of a place by the k-th number. */
function shiftElement(by: readonly number[], sizes: readonly number[]): Element {
  const shifted = (x: Tensor, { axes }: Place, sign: number): Tensor =>
    axes.reduce((moving, axis, k) => {
      const [size, shift] = [sizes[k] as number, sign * (by[k] as number)]
      return gather(moving, integers(Array.from({ length: size }, (_, i) => (((i - shift) % size) + size) % size)), axis)
    }, x)
  return { act: (x, place) => shifted(x, place, 1), undo: (x, place) => shifted(x, place, -1) }
}

/** x -> matrix x + translation; where translations do not act, matrix x. */
function rigidElement(matrix: readonly (readonly number[])[], translation: readonly number[]): Element {
  const n = matrix.length
  const rows = constant(Float64Array.from(matrix.flat()), [n, n])
  const inverse = transpose(rows)
  const to = (sign: number): Tensor =>
    constant(
      Float64Array.from(translation, (t) => sign * t),
      [1, n],
    )
  const apply = (x: Tensor, axes: readonly number[], by: Tensor): Tensor => axes.reduce((moving, axis) => turned(moving, axis, by), x)
  return {
    act: (x, { axes, translates }) => {
      const result = apply(x, axes, rows)
      return translates ? moved(result, axes[0] as number, to(1)) : result
    },
    undo: (x, { axes, translates }) => apply(translates ? moved(x, axes[0] as number, to(-1)) : x, axes, inverse),
  }
}

/** All elements of a finite group, the neutral one first. @param sizes - of the axes of one place, which shifts need. */
export function* allElements(group: TensorGroup, sizes: readonly number[], elements: Iterable<Permutation>): Generator<Element> {
  if (group.kind === 'shifts') {
    const count = sizes.reduce((a, b) => a * b, 1)
    for (let k = 0; k < count; k++) yield shiftElement(digitsOf(k, sizes), sizes)
    return
  }
  const square = group.kind === 'permutations' && group.square
  for (const p of elements) yield permutationElement(p, square)
}

/** The digits of a number, whose places have those sizes. */
function digitsOf(k: number, sizes: readonly number[]): number[] {
  let rest = k
  return sizes.map((size) => {
    const digit = rest % size
    rest = (rest - digit) / size
    return digit
  })
}

/** Random numbers that elements are drawn with. */
export interface ElementSource {
  integer(n: number): number
  normal(): number
  permutation(): Permutation
}

/** A uniformly random element; translations are normal. */
export function randomElement(group: TensorGroup, sizes: readonly number[], source: ElementSource): Element {
  if (group.kind === 'shifts')
    return shiftElement(
      sizes.map((size) => source.integer(size)),
      sizes,
    )
  if (group.kind === 'rigid') {
    const matrix = uniformOrthogonal(group.n, () => source.normal(), { proper: group.proper })
    return rigidElement(matrix, Array<number>(group.n).fill(0))
  }
  return permutationElement(source.permutation(), group.kind === 'permutations' && group.square)
}
