import { sameShape } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { reshape, transpose } from '../operators/shape.ts'
import { nodeOf } from '../operators/signatures.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** What a tensor is under another shape, if it is just that. */
const beforeReshape = (x: Tensor): Tensor | undefined => (nodeOf(x, 'Reshape') ?? nodeOf(x, 'Squeeze') ?? nodeOf(x, 'Unsqueeze'))?.inputs[0]

/**
 * Changes of shape and order that follow each other become one, and vanish where they undo each other.
 *
 * Law: equal for every input, bit for bit.
 * Before: Transpose(p)(Transpose(q)(x)), Reshape(Unsqueeze(x)). After: Transpose(q then p)(x), or x; Reshape(x).
 */
export const mergeRearrangements: RewritingPass = /* @__PURE__ */ rewriting('merge-rearrangements', [
  rule('Transpose', ({ inputs: [x], attributes: { permutation } }) => {
    const below = nodeOf(x, 'Transpose')
    const first = below?.attributes.permutation
    return (
      below &&
      transpose(
        below.inputs[0],
        permutation.map((p) => first?.[p] ?? p),
      )
    )
  }),
  rule('Reshape', ({ inputs: [x], attributes: { shape } }) => {
    const below = beforeReshape(x)
    return below && reshape(below, shape)
  }),
  rule('Squeeze', ({ inputs: [x], output }) => {
    const below = nodeOf(x, 'Unsqueeze')?.inputs[0]
    return below && sameShape(below.shape, output.shape) ? below : undefined
  }),
  rule('Unsqueeze', ({ inputs: [x], output }) => {
    const below = nodeOf(x, 'Squeeze')?.inputs[0]
    return below && sameShape(below.shape, output.shape) ? below : undefined
  }),
])
