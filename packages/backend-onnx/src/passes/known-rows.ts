import type { Tensor } from '@equivar/tensor'

/** What is known of a graph whose inputs are fixed in part. */
export interface Known {
  /** Whether its value is known when the Program is compiled. */
  isFixed(x: Tensor): boolean
  /** Whether nothing but one node reads it. */
  isAlone(x: Tensor): boolean
  /** Notes that a new tensor is fixed. */
  keep(x: Tensor): Tensor
  /** Notes that nothing but one node will read a new tensor. */
  lone(x: Tensor): Tensor
}

/** What is multiplied with one fixed tensor, or added to it. */
export interface Affine {
  /** x times `factor`. */
  scaled(factor: Tensor): Tensor | undefined
  /** x plus `term`. */
  shifted(term: Tensor): Tensor | undefined
}
