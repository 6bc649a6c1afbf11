import type { Tensor } from '@equivar/tensor'
import type { Place } from '../actions.ts'

/**
 * Elements of a group, fixed or computed from the inputs, of which a model is averaged: mean over k of g_k^-1 f(g_k x), g_k depending on x so that the mean
 * commutes with the group.
 */
export interface Copies {
  readonly count: number
  /** g_k x. @param x - [batch, ...]. */
  input(k: number, x: Tensor, place: Place): Tensor
  /** g_k^-1 y. @param y - [batch, ...]. */
  output(k: number, y: Tensor, place: Place): Tensor
}

/** The inputs that move, with the places where they do; axes count from 0, and axis 0 counts examples. */
export interface Moving {
  readonly name: string
  readonly x: Tensor
  readonly places: readonly Place[]
}
