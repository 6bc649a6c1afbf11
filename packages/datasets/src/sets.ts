import { elementCount } from '@equivar/tensor'
import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import { type ClassTargets, classTargets, type NumberTargets, numberTargets, type PositionTargets, positionTargets } from './targets.ts'
import { bool, float32 } from './values.ts'

/** Sets of elements of one shape, stored as a padded array. */
export interface PaddedSets {
  /** [sets, maximumSize, ...elementShape], row-major. */
  readonly elements: Float32Array
  /** The shape of an element. */
  readonly elementShape: readonly number[]
  /** The number of places for elements in each row. */
  readonly maximumSize: number
  /** The number of elements of each set. They come first in its row. */
  readonly sizes: Int32Array
}

/** Sets with a class each. */
export interface LabelledSets extends PaddedSets, ClassTargets {}

/**
 * Stores sets of different sizes as a padded array.
 *
 * @param sets - the numbers of each set, element after element.
 * @param elementShape - the shape of an element; [] for numbers.
 * @throws RangeError if a set does not consist of whole elements.
 * @example setDataset({ ...padSets([[1, 2, 3, 4], [5, 6]], [2]), y: [0.5, 1] })
 */
export function padSets(sets: readonly ArrayLike<number>[], elementShape: readonly number[]): PaddedSets {
  const numbers = elementCount(elementShape)
  const sizes = Int32Array.from(sets, (set, i) => {
    if (numbers > 0 && set.length % numbers === 0) return set.length / numbers
    throw new RangeError(`padSets: expected elements of ${numbers} numbers in set ${i}, received ${set.length} numbers.`)
  })
  const maximumSize = sizes.reduce((most, size) => Math.max(most, size), 0)
  const elements = new Float32Array(sets.length * maximumSize * numbers)
  sets.forEach((set, i) => {
    elements.set(set, i * maximumSize * numbers)
  })
  return { elements, elementShape, maximumSize, sizes }
}

/** Names of what a batch of sets has. */
type SetNames = 'x' | 'mask' | 'target'

/**
 * A data set of sets. Batches are padded to their largest set.
 *
 * A batch has `x` float32 [batch, set, ...elementShape], `mask` bool [batch, set] (true where an element exists) and `target`: with `labels` and `classes` int64
 * [batch], with `y` float32 [batch, outputs], with `positions` int64 [batch], the position of an element in its set. Padding is 0.
 *
 * @throws RangeError if a size is not from 0 to `maximumSize`, a label is not a class, a position is not in its set, or the lengths of the arrays are inconsistent.
 */
export function setDataset(sets: LabelledSets): ClassDataset<SetNames>
export function setDataset(sets: PaddedSets & (NumberTargets | PositionTargets)): Dataset<SetNames>
export function setDataset(sets: PaddedSets & (ClassTargets | NumberTargets | PositionTargets)): Dataset<SetNames> {
  const { elements, elementShape, maximumSize, sizes } = sets
  const numbers = elementCount(elementShape)
  const length = 'labels' in sets ? sets.labels.length : sizes.length
  if (elements.length !== length * maximumSize * numbers || sizes.length !== length) {
    throw new RangeError(
      `setDataset: expected ${length} sizes and ${length} x ${maximumSize} x ${numbers} numbers, received ${sizes.length} and ${elements.length}.`,
    )
  }
  const wrong = sizes.find((size) => size < 0 || size > maximumSize)
  if (wrong !== undefined) throw new RangeError(`setDataset: expected sets of 0 to ${maximumSize} elements, received a set of ${wrong}.`)
  const target =
    'labels' in sets
      ? classTargets('setDataset', sets, length)
      : 'y' in sets
        ? numberTargets('setDataset', sets, length)
        : positionTargets('setDataset', sets, sizes)
  const batch = (indices: ArrayLike<number>): Batch<SetNames> => {
    requireIndices('setDataset', indices, length)
    const width = Array.from(indices).reduce((most, i) => Math.max(most, sizes[i]!), 0)
    const x = new Float32Array(indices.length * width * numbers)
    const mask = new Uint8Array(indices.length * width)
    for (let b = 0; b < indices.length; b++) {
      const first = indices[b]! * maximumSize * numbers
      const size = sizes[indices[b]!]!
      x.set(elements.subarray(first, first + size * numbers), b * width * numbers)
      mask.fill(1, b * width, b * width + size)
    }
    return {
      x: float32([indices.length, width, ...elementShape], x),
      mask: bool([indices.length, width], mask),
      target: target(indices),
    }
  }
  return { length, batch, ...('labels' in sets ? { classes: sets.classes, labels: sets.labels } : {}) }
}
