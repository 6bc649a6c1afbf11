import { gather, mul, segmentSum, type Tensor } from '@equivar/tensor'
import type { Edges } from '../edges.ts'
import type { Features } from '../features.ts'
import type { TensorProduct } from '../product/tensor-product.ts'

/** Harmonics and radial weights of edges. */
interface EdgeWeights {
  readonly harmonics: Features
  /** float32 [edges, weightCount]: the given weights of the product. */
  readonly weights: Tensor
}

/** For each node, the sum over its neighbours j of x_j times the harmonics of the edge, along the paths of a product, times `scale`. */
export function neighbourSums(
  product: TensorProduct,
  x: Features,
  { sources, targets, nodes }: Edges,
  { harmonics, weights, scale }: EdgeWeights & { readonly scale: number },
): Features {
  const messages = product.forward(
    x.map((block) => gather(block, sources)),
    harmonics,
    weights,
  )
  return messages.map((block) => mul(segmentSum(block, targets, nodes), scale))
}
