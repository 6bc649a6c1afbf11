import type { Tensor } from '../expression/tensor.ts'
import { div, greater, where } from './binary.ts'
import { sqrt } from './unary.ts'

/** sqrt(x), and 0 where x is not positive, with derivative 0 there: finite everywhere, of any order. */
export function rootOrZero(x: Tensor): Tensor {
  const positive = greater(x, 0)
  return where(positive, sqrt(where(positive, x, 1)), 0)
}

/** 1 / sqrt(x), and 0 where x is not positive, with derivative 0 there: finite everywhere, of any order. */
export function inverseRoot(x: Tensor): Tensor {
  const positive = greater(x, 0)
  return where(positive, div(1, sqrt(where(positive, x, 1))), 0)
}
