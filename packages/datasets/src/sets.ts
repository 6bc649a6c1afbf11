import { elementCount } from '@equivar/tensor'
import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import { requireLabels } from './require-graph.ts'
import { bool, float32, targets } from './values.ts'

/** Labelled sets of elements of one shape, stored as a padded array. */
export interface LabelledSets {
  /** [sets, maximumSize, ...elementShape], row-major. */
  readonly elements: Float32Array
  /** The shape of an element. */
  readonly elementShape: readonly number[]
  /** The number of places for elements in each row. */
  readonly maximumSize: number
  /** The number of elements of each set. They come first in its row. */
  readonly sizes: Int32Array
  readonly labels: Int32Array
  readonly classes: readonly string[]
}

/**
 * A data set of labelled sets. Batches are padded to their maximumSize set.
 *
 * A batch has `x` float32 [batch, set, ...elementShape], `mask` bool [batch, set] (true where an element exists) and `target` int64 [batch]. Padding is 0.
 *
 * @throws RangeError if a size is not from 0 to `maximumSize`, a label is not a class, or the lengths of the arrays are inconsistent.
 */
export function setDataset(sets: LabelledSets): ClassDataset {
  const { elements, elementShape, maximumSize, sizes, labels, classes } = sets
  const numbers = elementCount(elementShape)
  if (elements.length !== labels.length * maximumSize * numbers || sizes.length !== labels.length) {
    throw new RangeError(
      `setDataset: expected ${labels.length} sizes and ${labels.length} x ${maximumSize} x ${numbers} numbers, received ${sizes.length} and ${elements.length}.`,
    )
  }
  requireLabels('setDataset', labels, labels.length, classes.length)
  const wrong = sizes.find((size) => size < 0 || size > maximumSize)
  if (wrong !== undefined) throw new RangeError(`setDataset: expected sets of 0 to ${maximumSize} elements, received a set of ${wrong}.`)
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('setDataset', indices, labels.length)
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
      target: targets(labels, indices),
    }
  }
  return { length: labels.length, classes, labels, batch }
}
