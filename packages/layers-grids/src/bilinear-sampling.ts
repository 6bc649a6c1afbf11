import {
  abs,
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

/** The value of an image outside its border: 0, or the value at the nearest point of the border. */
export type Outside = 'zero' | 'border'

const component = (points: Tensor, k: number): Tensor =>
  reshape(slice(points, { axis: -1, start: k, end: k + 1 }), points.shape.slice(0, -1))

/** The two nearest pixels of a coordinate along one axis, with their indices and weights. */
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
 * Samples images at points by bilinear interpolation between pixel centres. Differentiable in images and points.
 *
 * x points to the right and y upwards, both from -1 to 1 across the image: pixel (i, j) of h x w has its centre at x = (2 j + 1) / w - 1, y = 1 - (2 i + 1) / h.
 * At a point on a line of pixel centres, the derivative is that from the right or from above.
 *
 * @param image - float32 [batch, channels, height, width].
 * @param points - finite float32 points (x, y): [n, 2] for all images, or [batch, n, 2].
 * @param options - `outside`: `zero` (the default), to which the border falls off within the width of a pixel, or `border`.
 * @returns float32 [batch, channels, n].
 * @remarks Built from gathers and products, so it runs and has derivatives on every backend. Cost O(4 batch n channels).
 * @see Jaderberg et al. 2015, "Spatial transformer networks"; equals ONNX GridSample with align_corners 0.
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

/** The pixel centres of an image, row-major: float32 [height width, 2] (x, y). */
export function pixelCentres(height: Dimension, width: Dimension): Tensor {
  const along = (size: Dimension): Tensor => sub(div(add(mul(cast(range(size), 'float32'), 2), 1), cast(sizeOf(size), 'float32')), 1)
  const xs = expand(unsqueeze(along(width), 0), [height, width])
  const ys = expand(unsqueeze(mul(along(height), -1), 1), [height, width])
  return reshape(stack([xs, ys], 2), [product([height, width]), 2])
}

/** The coordinate of a point behind the camera: outside every image. */
const FAR = 1e4

/** Points whose last component is at most this part of the magnitudes of its terms are not in front of the camera. */
const NEAR = 1e-6

/**
 * Applies a projective map per example to points: multiplies (x, y, 1) by the matrix and divides by the last component.
 *
 * Law: a matrix and its positive multiples are the same map.
 *
 * @param matrices - float32 [batch, 3, 3].
 * @param points - float32 [n, 2].
 * @returns float32 [batch, n, 2]. Points with a non-positive last component (behind the camera) are placed far outside, with derivative 0.
 */
export function transformPoints(matrices: Tensor, points: Tensor): Tensor {
  const [batch, n] = [matrices.shape[0] as Dimension, points.shape[0] as Dimension]
  const homogeneous = concat([points, ones([n, 1])], 1)
  // One product of [3 batch, 3] and [3, n], which is also defined for an empty batch.
  const moved = matMul(reshape(matrices, [product([batch, 3]), 3]), swapAxes(homogeneous, 0, 1))
  const [x, y, depth] = split(reshape(moved, [batch, 3, n]), [1, 1, 1], 1) as [Tensor, Tensor, Tensor]
  const last = reshape(slice(matrices, { axis: 1, start: 2 }), [batch, 3])
  const size = reshape(matMul(abs(last), swapAxes(abs(homogeneous), 0, 1)), [batch, 1, n])
  const seen = greater(depth, mul(size, NEAR))
  const projected = div(concat([x, y], 1), where(seen, depth, 1))
  return swapAxes(where(seen, clip(projected, -FAR, FAR), constant(FAR)), 1, 2)
}
