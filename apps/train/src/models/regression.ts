import { add, constant, matMul, mul, type Tensor } from '@equivar/tensor'
import type { Regression } from '../model.ts'

/**
 * The prediction of a network: offset + scale y + counts perChannel; y itself without `regression`.
 *
 * @param y - float32 [examples, 1], the network's output. @param counts - float32 [examples, elements]: the number of atoms of each element.
 */
export function predicted(y: Tensor, regression: Regression | undefined, counts?: () => Tensor): Tensor {
  if (regression === undefined) return y
  const { offset, scale, perChannel } = regression
  const network = add(mul(y, scale), offset)
  if (perChannel === undefined || counts === undefined) return network
  return add(network, matMul(counts(), constant([...perChannel], [perChannel.length, 1])))
}
