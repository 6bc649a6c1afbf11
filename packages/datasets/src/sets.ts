import { elementCount } from '@equivar/tensor'
import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import { bool, float32, targets } from './values.ts'

/** Sets of elements that all have one shape, each set of one of several classes. */
export interface LabelledSets {
  /** [sets, largest set, ...element], row-major. */
  readonly elements: Float32Array
  /** The shape of an element. */
  readonly element: readonly number[]
  /** How many elements fit into a set. */
  readonly largest: number
  /** How many elements each set has, the first ones of its row. */
  readonly sizes: Int32Array
  readonly labels: Int32Array
  readonly classes: readonly string[]
}

/**
 * Sets of elements as a data set, padded to the largest set of the batch.
 *
 * A batch has `x` float32 [batch, set, ...element], `mask` bool [batch, set] (true where an element exists) and `target` int64 [batch].
 * Elements that do not exist are 0.
 *
 * @throws RangeError if a set has fewer than 0 or more than `largest` elements, or the numbers do not fill the sets.
 */
export function setDataset(sets: LabelledSets): ClassDataset {
  const { elements, element, largest, sizes, labels, classes } = sets
  const numbers = elementCount(element)
  if (elements.length !== labels.length * largest * numbers || sizes.length !== labels.length) {
    throw new RangeError(
      `setDataset: expected ${labels.length} sizes and ${labels.length} x ${largest} x ${numbers} numbers, received ${sizes.length} and ${elements.length}.`,
    )
  }
  const wrong = sizes.find((size) => size < 0 || size > largest)
  if (wrong !== undefined) throw new RangeError(`setDataset: expected sets of 0 to ${largest} elements, received one of ${wrong}.`)
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('setDataset', indices, labels.length)
    const width = Array.from(indices).reduce((most, i) => Math.max(most, sizes[i]!), 0)
    const x = new Float32Array(indices.length * width * numbers)
    const mask = new Uint8Array(indices.length * width)
    for (let b = 0; b < indices.length; b++) {
      const first = indices[b]! * largest * numbers
      const size = sizes[indices[b]!]!
      x.set(elements.subarray(first, first + size * numbers), b * width * numbers)
      mask.fill(1, b * width, b * width + size)
    }
    return {
      x: float32([indices.length, width, ...element], x),
      mask: bool([indices.length, width], mask),
      target: targets(labels, indices),
    }
  }
  return { length: labels.length, classes, labels, batch }
}
