import type { Parameter } from '@equivar/nn'
import { add, mul, reduceSum, type Tensor } from '@equivar/tensor'

/** Half the sum of squared weights times the rate, as in PyTorch's weight decay. */
export const decayOf = (weights: readonly Parameter[], rate: number): Tensor =>
  mul(
    weights.map((weight) => reduceSum(mul(weight, weight))).reduce((a, b) => add(a, b)),
    rate / 2,
  )
