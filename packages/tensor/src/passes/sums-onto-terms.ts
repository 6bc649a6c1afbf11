import { sameShape } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { constantNumber } from '../operators/constant.ts'
import { scatterND } from '../operators/indexing.ts'
import { isNode, type NodeOf, nodeOf } from '../operators/signatures.ts'
import type { Pass } from './pass.ts'
import { soleReaders } from './readers.ts'
import { graphPass, rewriteTensors } from './rewrite.ts'

/** The sum by index, into zeros, among the two terms, and the other term. */
function terms({ inputs: [a, b], output }: NodeOf<'Add'>): { readonly sum: NodeOf<'ScatterND'>; readonly term: Tensor } | undefined {
  for (const [x, term] of [[a, b] as const, [b, a] as const]) {
    const sum = nodeOf(x, 'ScatterND')
    if (sum?.attributes.reduction !== 'add' || !sameShape(term.shape, output.shape)) continue
    const zeros = nodeOf(sum.inputs[0], 'Expand')?.inputs[0] ?? sum.inputs[0]
    if (constantNumber(zeros) === 0 && sameShape(x.shape, output.shape)) return { sum, term }
  }
  return undefined
}

/**
 * A sum by index that a term is added to starts from that term, if nothing else reads the sum: one walk over all rows less.
 *
 * Law: equal for every input, but for the order of additions and the sign of a 0.
 * Before: Add(y, ScatterND(zeros, at, x, add)). After: ScatterND(y, at, x, add).
 */
export const sumsOntoTerms: Pass = /* @__PURE__ */ graphPass('sums-onto-terms', (program) => {
  const found = soleReaders(program, (node) => {
    const parts = isNode(node, 'Add') ? terms(node) : undefined
    return parts && [parts.sum.output]
  })
  if (found.size === 0) return program.outputs.map(({ tensor }) => tensor)
  return rewriteTensors(program, (node, original) => {
    const parts = found.has(original) && isNode(node, 'Add') ? terms(node) : undefined
    if (parts === undefined) return undefined
    const [, indices, updates] = parts.sum.inputs
    return [scatterND(parts.term, indices, updates, { reduction: 'add' })]
  })
})
