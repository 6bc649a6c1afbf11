import type { Batch, Dataset } from '@equivar/datasets'
import { Random, type TensorValue } from '@equivar/tensor'

/** Mixes a number into another, so that other batches get other shifts. */
const mixed = (sum: number, value: number): number => (Math.imul(sum, 31) + value + 1) >>> 0

/** Copies a plane; what comes in at an edge is the pixel of the edge. */
function shiftPlane(
  from: Float32Array,
  to: Float32Array,
  { at, size: [height, width], by: [down, right] }: { at: number; size: readonly [number, number]; by: readonly [number, number] },
): void {
  const inside = (place: number, side: number): number => Math.min(side - 1, Math.max(0, place))
  for (let row = 0; row < height; row++) {
    const start = at + width * inside(row - down, height)
    for (let column = 0; column < width; column++) to[at + width * row + column] = from[start + inside(column - right, width)] as number
  }
}

/** A batch whose images are shifted. @param share - the largest shift, as a share of a side. @param channels - planes of an image. */
function shifted(batch: Batch, random: Random, share: number): Batch {
  const { shape, data } = batch.x as TensorValue
  const [channels, height, width] = shape.slice(-3) as [number, number, number]
  const moved = new Float32Array(data.length)
  const shift = (side: number): number => {
    const most = Math.floor(share * side)
    return random.integer(2 * most + 1) - most
  }
  for (let image = 0; image < data.length; image += channels * height * width) {
    const by = [shift(height), shift(width)] as const
    for (let plane = 0; plane < channels; plane++)
      shiftPlane(data as Float32Array, moved, { at: image + plane * height * width, size: [height, width], by })
  }
  return { ...batch, x: { dtype: 'float32', shape, data: moved } }
}

/**
 * The data set with each image, x [..., channels, height, width], shifted at random. From few images a network then learns what they show rather than where
 * each pixel is.
 *
 * Law: a batch depends on its examples and the seed alone, so a run that is stopped and resumed sees the same; in another epoch other examples are together.
 *
 * @param share - the largest shift, as a share of a side.
 */
export function shiftedImages(dataset: Dataset, { share, seed }: { readonly share: number; readonly seed: number }): Dataset {
  const randomFor = (indices: ArrayLike<number>): Random =>
    new Random({ seed, stream: 'shifts', index: Array.from(indices).reduce(mixed, 0) })
  const { prefetch } = dataset
  return {
    ...dataset,
    batch: (indices) => shifted(dataset.batch(indices), randomFor(indices), share),
    ...(prefetch === undefined
      ? {}
      : { prefetch: async (indices: ArrayLike<number>) => shifted(await prefetch(indices), randomFor(indices), share) }),
  }
}
