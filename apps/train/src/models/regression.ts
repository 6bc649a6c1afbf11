import { add, constant, matMul, mul, type Tensor } from '@equivar/tensor'

/** The part of a prediction that is fixed before training: one number, or one for each output. */
export interface Regression {
  readonly offset: number | readonly number[]
  readonly scale: number | readonly number[]
  readonly perChannel?: readonly number[]
}

/** One number, or one for each output, along the last axis. */
export const perOutput = (value: number | readonly number[]): number | Tensor =>
  typeof value === 'number' ? value : constant([...value], [value.length])

/**
 * The prediction of a network: offset + scale y + counts perChannel; y itself without `regression`.
 *
 * @param y - float32 [examples, 1], the network's output. @param counts - float32 [examples, elements]: the number of atoms of each element.
 */
export function predicted(y: Tensor, regression: Regression | undefined, counts?: () => Tensor): Tensor {
  if (regression === undefined) return y
  const { offset, scale, perChannel } = regression
  const network = add(mul(y, perOutput(scale)), perOutput(offset))
  if (perChannel === undefined || counts === undefined) return network
  return add(network, matMul(counts(), constant([...perChannel], [perChannel.length, 1])))
}
