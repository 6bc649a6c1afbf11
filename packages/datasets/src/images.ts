import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'
import type { IdxArray } from './idx.ts'
import { float32, targets } from './values.ts'

/**
 * A data set of greyscale images with classes, from an array of images and an array of labels, as in MNIST.
 *
 * A batch has `x` float32 [batch, 1, height, width], with grey values divided by 255, and `target` int64 [batch].
 *
 * @param images - bytes [images, height, width].
 * @param labels - integers [images].
 * @param classes - the names of the classes; by default the labels as text.
 * @throws RangeError if the shapes or types are not as above, or a label has no class.
 */
export function imageDataset(images: IdxArray, labels: IdxArray, classes?: readonly string[]): ClassDataset {
  const [count, height, width] = images.shape
  const isImages = images.shape.length === 3 && images.data instanceof Uint8Array
  if (!isImages || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new RangeError(
      `imageDataset: expected bytes [images, height, width] and labels [images], received [${images.shape.join(', ')}] and [${labels.shape.join(', ')}].`,
    )
  }
  const numbers = Int32Array.from(labels.data)
  const names = classes ?? Array.from({ length: numbers.reduce((most, label) => Math.max(most, label), -1) + 1 }, (_, label) => `${label}`)
  const stranger = numbers.find((label) => label < 0 || label >= names.length)
  if (stranger !== undefined) throw new RangeError(`imageDataset: expected labels below ${names.length}, received ${stranger}.`)
  const pixels = height! * width!
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('imageDataset', indices, count!)
    const x = new Float32Array(indices.length * pixels)
    for (let b = 0; b < indices.length; b++) {
      const first = indices[b]! * pixels
      for (let p = 0; p < pixels; p++) x[b * pixels + p] = images.data[first + p]! / 255
    }
    return { x: float32([indices.length, 1, height!, width!], x), target: targets(numbers, indices) }
  }
  return { length: count!, classes: names, labels: numbers, batch }
}
