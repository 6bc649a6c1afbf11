import { broadcastShapes } from '../expression/axes.ts'
import { type Dimension, sameShape } from '../expression/dimension.ts'
import { Node, type Tensor } from '../expression/tensor.ts'
import { nodeOf } from '../operators/signatures.ts'
import { type RewritingPass, rewriting, traitRule } from './rewrite.ts'

/** The shape of operands that are broadcast to each other. */
const broadcast = (inputs: readonly Tensor[]): readonly Dimension[] =>
  inputs.reduce<readonly Dimension[]>((shape, x) => broadcastShapes('drop-expansions', shape, x.shape), [])

/**
 * An operand need not be expanded where the operands have the result's shape together without that: they are broadcast anyway.
 *
 * Law: equal for every input, bit for bit.
 * Before: Add(x [3, 1], Expand(y [4])). After: Add(x, y).
 */
export const dropExpansions: RewritingPass = /* @__PURE__ */ rewriting('drop-expansions', [
  traitRule('pointwise', ({ operator, inputs, attributes, output }) => {
    const smaller = inputs.reduce((given, x, i) => {
      const expansion = nodeOf(x, 'Expand')
      const without = expansion && given.with(i, expansion.inputs[0])
      return without && sameShape(broadcast(without), output.shape) ? without : given
    }, inputs)
    return smaller === inputs ? undefined : new Node(operator, smaller, attributes).output
  }),
])
