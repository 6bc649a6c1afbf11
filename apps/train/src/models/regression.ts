import { add, constant, matMul, mul, type Tensor } from '@equivar/tensor'
import type { Regression } from '../model.ts'

/**
 * What a network predicts: offset + scale y, and for each element what it says by itself; y as it is where nothing is known.
 *
 * @param y - float32 [examples, 1], the network's output. @param counts - float32 [examples, elements]: how many of each an example has.
 */
export function predicted(y: Tensor, regression: Regression | undefined, counts?: () => Tensor): Tensor {
  if (regression === undefined) return y
  const { offset, scale, perChannel } = regression
  const network = add(mul(y, scale), offset)
  if (perChannel === undefined || counts === undefined) return network
  return add(network, matMul(counts(), constant([...perChannel], [perChannel.length, 1])))
}
