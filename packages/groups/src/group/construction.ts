import type { PermutationGroup } from './permutation-group.ts'

/**
 * How a group was made, for those who know closed forms: the sharing rule of a wreath product, the characters of a symmetric group.
 *
 * A statement about the group and its action on its points, in their order; makers set it, and nothing else relies on it being there.
 */
export type Construction =
  | { readonly kind: 'trivial' }
  | { readonly kind: 'symmetric' }
  | { readonly kind: 'alternating' }
  | { readonly kind: 'cyclic' }
  | { readonly kind: 'dihedral' }
  | { readonly kind: 'translations'; readonly sizes: readonly number[] }
  | { readonly kind: 'direct'; readonly left: PermutationGroup; readonly right: PermutationGroup }
  | { readonly kind: 'wreath'; readonly inner: PermutationGroup; readonly outer: PermutationGroup }
