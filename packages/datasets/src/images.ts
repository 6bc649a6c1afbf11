import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import type { IdxArray } from './idx.ts'
import { classTargets, type NumberTargets, numberTargets } from './targets.ts'
import { float32 } from './values.ts'

/** Names of what a batch of images has. */
type ImageNames = 'x' | 'target'

/** Images as [images, channels, height, width], volumes with a depth too. @throws RangeError if they are neither bytes nor float32, or of other axes. */
function requireImages({ shape, data }: IdxArray, { shape: given }: { readonly shape: readonly number[] }): readonly number[] {
  const isImages = shape.length >= 3 && shape.length <= 5 && (data instanceof Uint8Array || data instanceof Float32Array)
  const [count, ...size] = shape
  if (isImages && given.length === 1 && given[0] === count) return [count!, ...(size.length === 2 ? [1] : []), ...size]
  throw new RangeError(
    `imageDataset: expected bytes [images, height, width] and labels [images], received [${shape.join(', ')}] and [${given.join(', ')}].`,
  )
}

/** Names and numbers of the classes of images. @throws RangeError if a label has no class. */
function classesOf(
  labels: IdxArray,
  names: readonly string[] | undefined,
): { readonly labels: Int32Array; readonly classes: readonly string[] } {
  const numbers = Int32Array.from(labels.data)
  const classes = names ?? Array.from({ length: numbers.reduce((most, label) => Math.max(most, label), -1) + 1 }, (_, label) => `${label}`)
  const stranger = numbers.find((label) => label < 0 || label >= classes.length)
  if (stranger !== undefined) throw new RangeError(`imageDataset: expected labels below ${classes.length}, received ${stranger}.`)
  return { labels: numbers, classes }
}

/**
 * A data set of images or volumes, from an array of images and an array of labels, as in MNIST, or numbers to predict.
 *
 * A batch has `x` float32 [batch, channels, height, width], or [batch, channels, depth, height, width], and `target`: int64 [batch] with labels, float32 [batch, outputs] with `{ y }`.
 *
 * @param images - bytes, which are divided by 255, or float32, taken as they are: [images, height, width], [images, channels, height, width], or
 *   [volumes, channels, depth, height, width].
 * @param target - labels, integers [images]; or `{ y }`, numbers to predict.
 * @param classes - the names of the classes; by default the labels as text.
 * @throws RangeError if the shapes or types are not as above, or a label has no class.
 */
export function imageDataset(images: IdxArray, target: IdxArray, classes?: readonly string[]): ClassDataset<ImageNames>
export function imageDataset(images: IdxArray, target: NumberTargets): Dataset<ImageNames>
export function imageDataset(images: IdxArray, target: IdxArray | NumberTargets, classes?: readonly string[]): Dataset<ImageNames> {
  const shape = requireImages(images, 'y' in target ? { shape: images.shape.slice(0, 1) } : target)
  const [length, ...image] = shape as [number, ...number[]]
  const known = 'y' in target ? undefined : classesOf(target, classes)
  const targets =
    known === undefined ? numberTargets('imageDataset', target as NumberTargets, length) : classTargets('imageDataset', known, length)
  const numbers = image.reduce((product, size) => product * size, 1)
  const scale = images.data instanceof Uint8Array ? 255 : 1
  const batch = (indices: ArrayLike<number>): Batch<ImageNames> => {
    requireIndices('imageDataset', indices, length)
    const x = new Float32Array(indices.length * numbers)
    for (let b = 0; b < indices.length; b++) {
      const first = indices[b]! * numbers
      for (let p = 0; p < numbers; p++) x[b * numbers + p] = images.data[first + p]! / scale
    }
    return { x: float32([indices.length, ...image], x), target: targets(indices) }
  }
  return { length, batch, ...known }
}
