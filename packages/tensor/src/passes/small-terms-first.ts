import { broadcastShapes } from '../expression/axes.ts'
import { sameShape } from '../expression/dimension.ts'
import type { Node, Tensor } from '../expression/tensor.ts'
import { add } from '../operators/binary.ts'
import { isNode, type NodeOf, nodeOf } from '../operators/signatures.ts'
import type { Pass } from './pass.ts'
import { readCounts } from './readers.ts'
import { graphPass, rewriteTensors } from './rewrite.ts'

/** A sum of a tensor and two terms that are broadcast to it. */
interface Terms {
  readonly inner: NodeOf<'Add'>
  readonly whole: Tensor
  readonly small: Tensor
  readonly smaller: Tensor
}

/** The terms, if the two that are broadcast have fewer numbers together than the tensor. */
function termsOf({ inputs: [a, b], output }: NodeOf<'Add'>): Terms | undefined {
  for (const [sum, smaller] of [[a, b] as const, [b, a] as const]) {
    const inner = nodeOf(sum, 'Add')
    if (inner === undefined || !sameShape(sum.shape, output.shape)) continue
    const [p, q] = inner.inputs
    for (const [whole, small] of [[p, q] as const, [q, p] as const]) {
      const together = broadcastShapes('Add', small.shape, smaller.shape)
      if (sameShape(whole.shape, output.shape) && !sameShape(together, output.shape)) return { inner, whole, small, smaller }
    }
  }
  return undefined
}

/**
 * Two terms that are broadcast to a tensor, one after the other, are added first: one walk over the tensor less. Layers on sets add what they know of the
 * whole set, and then a bias.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: Add(Add(x [n, 9, 4], y [n, 1, 4]), b [4]). After: Add(x, Add(y, b)).
 * Cost, one thread, milliseconds: DeepSets of 256 channels on 4 sets of 1,000 points, each of the three layers 0.24 of 4.9.
 */
export const smallTermsFirst: Pass = /* @__PURE__ */ graphPass('small-terms-first', (program) => {
  const counts = readCounts(program)
  const found = new Set<Node>()
  for (const node of program.nodes) {
    const terms = isNode(node, 'Add') ? termsOf(node) : undefined
    // What others read too is there anyway.
    if (terms !== undefined && counts.get(terms.inner.output) === 1) found.add(node)
  }
  if (found.size === 0) return program.outputs.map(({ tensor }) => tensor)
  return rewriteTensors(program, (node, original) => {
    const terms = found.has(original) && isNode(node, 'Add') ? termsOf(node) : undefined
    return terms && [add(terms.whole, add(terms.small, terms.smaller))]
  })
})
