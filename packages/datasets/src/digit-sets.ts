import { Random } from '@equivar/tensor'
import { type Batch, type ClassDataset, type Dataset, requireIndices } from './dataset.ts'
import { bool, float32, int64 } from './values.ts'

/** Sets of images from a classified image data set. */
interface ImageSets {
  readonly images: ClassDataset
  /** The indices of the images of each set. */
  readonly members: readonly Uint32Array[]
  /** Computes the targets of a batch of sets. */
  readonly target: (sets: readonly Uint32Array[], indices: ArrayLike<number>) => Batch[string]
}

/** A data set of sets of images: `x` float32 [batch, set, 1, height, width] and `mask` bool [batch, set], padded to the largest set of the batch. */
function imageSets({ images, members, target }: ImageSets): Dataset {
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('imageSets', indices, members.length)
    const sets = Array.from(indices, (i) => members[i]!)
    const largest = sets.reduce((most, set) => Math.max(most, set.length), 0)
    const [, channels = 1, height = 0, width = 0] = images.batch([0]).x!.shape
    const pixels = channels * height * width
    const x = new Float32Array(sets.length * largest * pixels)
    const mask = new Uint8Array(sets.length * largest)
    sets.forEach((set, b) => {
      x.set(images.batch(set).x!.data as Float32Array, b * largest * pixels)
      mask.fill(1, b * largest, b * largest + set.length)
    })
    return {
      x: float32([sets.length, largest, channels, height, width], x),
      mask: bool([sets.length, largest], mask),
      target: target(sets, indices),
    }
  }
  return { length: members.length, batch }
}

/** Options of digitSums. */
export interface DigitSetOptions {
  /** The number of sets. */
  readonly count: number
  /** The smallest and the largest number of digits in a set; each size from one to the other is equally likely. */
  readonly smallest: number
  readonly largest: number
  readonly seed: number
}

/**
 * Sets of images of digits. The `target`, float32 [batch, 1], is the sum of the digits.
 *
 * @param images - images of digits; class d is the digit d.
 * @throws RangeError unless the sizes are integers with 0 <= smallest <= largest.
 * @see Zaheer et al. 2017, Deep Sets, section 4.1.
 */
export function digitSums(images: ClassDataset, { count, smallest, largest, seed }: DigitSetOptions): Dataset {
  if (!(Number.isInteger(smallest) && Number.isInteger(largest) && 0 <= smallest && smallest <= largest))
    throw new RangeError(`digitSums: expected sizes 0 <= smallest <= largest, received ${smallest} and ${largest}.`)
  const random = new Random({ seed, stream: 'digit sums' })
  const members = Array.from({ length: count }, () =>
    Uint32Array.from({ length: smallest + random.integer(largest - smallest + 1) }, () => random.integer(images.length)),
  )
  const sumOf = (set: Uint32Array): number => set.reduce((sum, image) => sum + images.labels[image]!, 0)
  return imageSets({ images, members, target: (sets) => float32([sets.length, 1], Float32Array.from(sets, sumOf)) })
}

/**
 * Sets of images in which all but one show the same digit. The `target`, int64 [batch], is the index of the image with a different digit.
 *
 * @param images - images of at least two classes.
 * @throws RangeError if `size` is below 3.
 * @see Zaheer et al. 2017, Deep Sets, section 4.4, which uses faces instead of digits.
 */
export function oddDigits(images: ClassDataset, { count, size, seed }: { count: number; size: number; seed: number }): Dataset {
  if (!(Number.isInteger(size) && size >= 3)) throw new RangeError(`oddDigits: expected sets of at least 3 images, received ${size}.`)
  const random = new Random({ seed, stream: 'odd digits' })
  const byClass = images.classes.map((_, c) => Uint32Array.from(images.labels.keys()).filter((i) => images.labels[i] === c))
  const pick = (c: number): number => byClass[c]![random.integer(byClass[c]!.length)]!
  const places = new Int32Array(count)
  const members = Array.from({ length: count }, (_, s) => {
    const usual = random.integer(byClass.length)
    const odd = (usual + 1 + random.integer(byClass.length - 1)) % byClass.length
    places[s] = random.integer(size)
    return Uint32Array.from({ length: size }, (_, i) => pick(i === places[s] ? odd : usual))
  })
  const target: ImageSets['target'] = (sets, indices) =>
    int64([sets.length], (write) => {
      for (let b = 0; b < sets.length; b++) write(b, places[indices[b]!]!)
    })
  return imageSets({ images, members, target })
}
