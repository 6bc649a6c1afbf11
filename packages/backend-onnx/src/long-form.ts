import type { Program } from '@equivar/tensor'
import { rowDotsInPieces } from './passes/row-dots-in-pieces.ts'
import { type ListOptions, type ListPlan, sumsOfLists } from './row-lists/sums-of-lists.ts'

/** What runs in place of a program where its sums by index are long. */
export interface LongForm {
  /** The program itself if nothing in it has another form. */
  readonly program: Program
  /** The lists that it is fed; none if no sum is one over lists. */
  readonly plans: readonly ListPlan[]
}

/** Sums by index over lists, products of two rows an edge some edges at a time. @param prepared - optimized for the cpu. */
export function longForm(prepared: Program, options: ListOptions): LongForm {
  const { program, plans } = sumsOfLists(prepared, options) ?? { program: prepared, plans: [] }
  return { program: rowDotsInPieces.run(program, { fixed: new Set() }), plans }
}
