import {
  add,
  and,
  cast,
  clip,
  concat,
  constant,
  type Dimension,
  div,
  expand,
  floor,
  gather,
  greater,
  greaterOrEqual,
  lessOrEqual,
  matMul,
  max,
  min,
  mul,
  ones,
  printShape,
  product,
  range,
  reduceSum,
  reshape,
  ShapeError,
  sizeOf,
  slice,
  split,
  stack,
  sub,
  swapAxes,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from '@equivar/tensor'

/** What an image is outside: 0, or what it is at the nearest point of its border. */
export type Outside = 'zero' | 'border'

const component = (points: Tensor, k: number): Tensor =>
  reshape(slice(points, { axis: -1, start: k, end: k + 1 }), points.shape.slice(0, -1))

/** The two pixels about a coordinate along one axis: where they are, and how much of each. */
function neighbours(coordinate: Tensor, size: Dimension, outside: Outside): { index: Tensor; weight: Tensor }[] {
  const count = cast(sizeOf(size), 'float32')
  const last = sub(count, 1)
  const exact = div(sub(mul(add(coordinate, 1), count), 1), 2)
  const at = outside === 'border' ? max(min(exact, last), 0) : max(min(exact, count), -1)
  const low = floor(at)
  const share = sub(at, low)
  return [
    { pixel: low, weight: sub(1, share) },
    { pixel: add(low, 1), weight: share },
  ].map(({ pixel, weight }) => {
    const inside = and(greaterOrEqual(pixel, 0), lessOrEqual(pixel, last))
    return { index: cast(max(min(pixel, last), 0), 'int64'), weight: mul(weight, cast(inside, 'float32')) }
  })
}

/**
 * Values of images at points, linear between the pixels' centres in each direction; differentiable in both.
 *
 * x runs to the right and y upwards, from -1 to 1 over the image: pixel (i, j) of h x w is centred at x = (2 j + 1) / w - 1, y = 1 - (2 i + 1) / h. The derivative in
 * a point that lies on a line of pixel centres is the one from the right or from above.
 *
 * @param image - float32 [batch, channels, height, width].
 * @param points - float32 [n, 2] (x, y), for all images, or [batch, n, 2]. They must be finite.
 * @param options - `outside`: `zero` if left out, to which the border pixels fall within the width of a pixel.
 * @returns float32 [batch, channels, n].
 * @remarks Gathers and products of standard operators: it runs and has derivatives everywhere. Cost O(4 batch n channels).
 * @see Jaderberg et al. 2015, "Spatial transformer networks"; as ONNX GridSample with align_corners 0.
 */
export function bilinearSample(image: Tensor, points: Tensor, { outside = 'zero' }: { readonly outside?: Outside } = {}): Tensor {
  if (image.rank !== 4 || (points.rank !== 2 && points.rank !== 3) || points.shape.at(-1) !== 2) {
    throw new ShapeError(
      'bilinearSample',
      'image [batch, channels, height, width] and points [n, 2] or [batch, n, 2]',
      `${printShape(image.shape)} and ${printShape(points.shape)}`,
    )
  }
  const [batch, channels, height, width] = image.shape as [Dimension, Dimension, Dimension, Dimension]
  const columns = neighbours(component(points, 0), width, outside)
  const rows = neighbours(mul(component(points, 1), -1), height, outside)
  const corners = rows.flatMap((row) =>
    columns.map((column) => ({ index: add(mul(row.index, sizeOf(width)), column.index), weight: mul(row.weight, column.weight) })),
  )
  // [..., 4, n]
  const index = stack(
    corners.map((corner) => corner.index),
    points.rank - 2,
  )
  const weight = stack(
    corners.map((corner) => corner.weight),
    points.rank - 2,
  )
  const pixels = product([height, width])
  if (points.rank === 2) {
    const read = gather(reshape(image, [batch, channels, pixels]), index, 2)
    return reduceSum(mul(read, weight), { axis: 2 })
  }
  const flat = reshape(transpose(image, [0, 2, 3, 1]), [product([batch, pixels]), channels])
  const starts = reshape(mul(range(batch), sizeOf(pixels)), [batch, 1, 1])
  const read = gather(flat, add(index, starts))
  return swapAxes(reduceSum(mul(read, unsqueeze(weight, 3)), { axis: 1 }), 1, 2)
}

/** The centres of the pixels of an image, row by row: float32 [height width, 2] (x, y). */
export function pixelCentres(height: Dimension, width: Dimension): Tensor {
  const along = (size: Dimension): Tensor => sub(div(add(mul(cast(range(size), 'float32'), 2), 1), cast(sizeOf(size), 'float32')), 1)
  const xs = expand(unsqueeze(along(width), 0), [height, width])
  const ys = expand(unsqueeze(mul(along(height), -1), 1), [height, width])
  return reshape(stack([xs, ys], 2), [product([height, width]), 2])
}

/** Stands for a point that the camera cannot see: outside every image. */
const FAR = 1e4

/**
 * Points moved by projective maps, a different one for every example: (x, y, 1) times the matrix, over its last component.
 *
 * @param matrices - float32 [batch, 3, 3].
 * @param points - float32 [n, 2].
 * @returns float32 [batch, n, 2]; far outside where the last component is not positive (behind the camera), without a derivative there.
 */
export function transformPoints(matrices: Tensor, points: Tensor): Tensor {
  const [batch, n] = [matrices.shape[0] as Dimension, points.shape[0] as Dimension]
  const homogeneous = concat([points, ones([n, 1])], 1)
  // One product of [3 batch, 3] and [3, n], which is defined for an empty batch too.
  const moved = matMul(reshape(matrices, [product([batch, 3]), 3]), swapAxes(homogeneous, 0, 1))
  const [x, y, depth] = split(reshape(moved, [batch, 3, n]), [1, 1, 1], 1) as [Tensor, Tensor, Tensor]
  const seen = greater(depth, 1e-6)
  const projected = div(concat([x, y], 1), where(seen, depth, 1))
  return swapAxes(where(seen, clip(projected, -FAR, FAR), constant(FAR)), 1, 2)
}
