import { hasLongSums } from '@equivar/export-onnx'
import type { Binding, Program } from '@equivar/tensor'
import { allNodes } from './all-nodes.ts'
import { longForm } from './long-form.ts'
import { isListSum } from './operators/list-sum.ts'
import { isRowDots } from './operators/row-dots.ts'

/** How a program adds rows by index where that is much. */
export interface LongSumDescription {
  /** Sums that read lists of rows, which are made where positions are fed, and write nothing by index. */
  readonly overLists: number
  /** Sums that stay, in pieces or in one thread. */
  readonly byIndex: number
  /** Products of two rows an edge that are done some edges at a time. */
  readonly rowDots: number
}

/**
 * How a program that was optimized for the cpu adds rows by index with several threads, for those sizes of its symbols; undefined if its sums are short.
 *
 * @param options - `fixed`: names of inputs whose values are known.
 */
export function describeLongSums(
  program: Program,
  binding: Binding,
  { fixed = [] }: { readonly fixed?: readonly string[] } = {},
): LongSumDescription | undefined {
  if (!hasLongSums(program.nodes)(binding)) return undefined
  const nodes = allNodes(longForm(program, { fixed, forThreads: true }).program)
  const isByIndex = ({ operator, attributes }: (typeof nodes)[number]): boolean =>
    operator.name === 'ScatterND' && (attributes as { readonly reduction: string }).reduction !== 'none'
  return { overLists: nodes.filter(isListSum).length, byIndex: nodes.filter(isByIndex).length, rowDots: nodes.filter(isRowDots).length }
}
