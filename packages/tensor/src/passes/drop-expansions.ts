import { sameShape } from '../expression/dimension.ts'
import { Node } from '../expression/tensor.ts'
import { nodeOf } from '../operators/signatures.ts'
import { type RewritingPass, rewriting, traitRule } from './rewrite.ts'

/**
 * An operand need not be expanded where another one has the result's shape already: it is broadcast anyway.
 *
 * Law: equal for every input, bit for bit.
 * Before: Add(x [3, 4], Expand(y [4])). After: Add(x, y).
 */
export const dropExpansions: RewritingPass = /* @__PURE__ */ rewriting('drop-expansions', [
  traitRule('pointwise', ({ operator, inputs, attributes, output }) => {
    const at = inputs.findIndex(
      (x, i) => nodeOf(x, 'Expand') !== undefined && inputs.some((other, j) => j !== i && sameShape(other.shape, output.shape)),
    )
    const expansion = inputs[at] && nodeOf(inputs[at], 'Expand')
    return expansion && new Node(operator, inputs.with(at, expansion.inputs[0]), attributes).output
  }),
])
