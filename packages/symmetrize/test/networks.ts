import {
  add,
  constant,
  type Dimension,
  matMul,
  mul,
  product,
  Random,
  reduceMean,
  reduceSum,
  reshape,
  sin,
  type Tensor,
  unsqueeze,
} from '@equivar/tensor'

/** Fixed random numbers of a shape. */
function numbers(seed: number, shape: readonly number[]): Tensor {
  const random = new Random({ seed })
  return constant(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  )
}

/** A network without any symmetry, not even a sign: sin(x W + b) V, of all numbers of an example. [batch, ...] to [batch, outputs]. */
export function withoutSymmetry(x: Tensor, outputs = 2): Tensor {
  const [batch, ...rest] = x.shape as [Dimension, ...Dimension[]]
  const width = product(rest) as number
  const hidden = sin(add(matMul(reshape(x, [batch, width]), numbers(width, [width, 7])), numbers(1, [7])))
  return matMul(hidden, numbers(width + 1, [7, outputs]))
}

/** One without any symmetry whose outputs have the axes of its input. */
export function likeItsInput(x: Tensor): Tensor {
  const width = product(x.shape.slice(1)) as number
  return add(x, reshape(withoutSymmetry(x, width), x.shape))
}

/** A network of rows that depends on their order, for any number of them: [batch, n, channels] to [batch, n, channels]. */
export function ofRows(x: Tensor): Tensor {
  const channels = x.size(2) as number
  const place = constant([0.5, -0.25, 1, 2, -1, 0.75, 0.1, -0.6], [8, 1])
  const first = sin(matMul(x, numbers(3, [channels, channels])))
  const weighted = reduceSum(mul(first, place), { axis: 1 })
  return add(mul(first, place), unsqueeze(weighted, 1))
}

/** The mean of the rows of `ofRows`: [batch, channels]. */
export const ofSet = (x: Tensor): Tensor => reduceMean(ofRows(x), { axis: 1 })
