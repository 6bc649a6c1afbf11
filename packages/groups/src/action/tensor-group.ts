import type { Permutation } from '../permutation/permutation.ts'

/**
 * A group that acts on axes of tensors, as data.
 *
 * - `permutations`: permutes the entries of each of its axes. `square`: on two axes it turns, and reflects, their plane instead, as the generators
 *   move the corners of a square, counterclockwise from the upper left.
 * - `symmetric`: all permutations of axes of any size.
 * - `shifts`: cyclic shifts of each of its axes.
 * - `rigid`: the rotations of n coordinates along an axis. Not `proper`: reflections too. `translates`: it moves the origin too.
 */
export type TensorGroup =
  | {
      readonly kind: 'permutations'
      readonly degree: number
      readonly generators: readonly Permutation[]
      readonly square: boolean
    }
  | { readonly kind: 'symmetric' }
  | { readonly kind: 'shifts' }
  | { readonly kind: 'rigid'; readonly n: number; readonly proper: boolean; readonly translates: boolean }
