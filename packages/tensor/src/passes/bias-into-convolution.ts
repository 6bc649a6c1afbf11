import { sameShape } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { convOperator } from '../operators/convolution.ts'
import { apply } from '../operators/operator.ts'
import { reshape } from '../operators/shape.ts'
import { isNode, type NodeOf, nodeOf } from '../operators/signatures.ts'
import type { Pass } from './pass.ts'
import { soleReaders } from './readers.ts'
import { graphPass, rewriteTensors } from './rewrite.ts'

/** Whether x is one number a channel of y, [batch, channels, ...space], for every example and position. */
function isBias(x: Tensor, y: Tensor): boolean {
  const axis = 1 - y.rank + x.rank
  return axis >= 0 && x.rank <= y.rank && x.shape.every((d, i) => d === (i === axis ? y.shape[1] : 1)) && typeof x.shape[axis] === 'number'
}

/** The convolution whose result x is, or is with its space in other axes. */
function convolutionOf(x: Tensor): NodeOf<'Conv'> | undefined {
  const y = nodeOf(x, 'Reshape')?.inputs[0] ?? x
  return y.rank >= 2 && x.rank >= 2 && sameShape(x.shape.slice(0, 2), y.shape.slice(0, 2)) ? nodeOf(y, 'Conv') : undefined
}

/** The convolution without a bias that the sum adds one to. */
function biased({
  inputs: [a, b],
}: NodeOf<'Add'>): { readonly conv: NodeOf<'Conv'>; readonly y: Tensor; readonly bias: Tensor } | undefined {
  for (const [y, bias] of [[a, b] as const, [b, a] as const]) {
    const conv = convolutionOf(y)
    if (conv !== undefined && conv.inputs[2] === undefined && isBias(bias, y)) return { conv, y, bias }
  }
  return undefined
}

/**
 * A per-channel Add after a Conv, or after a Reshape of its space, becomes its bias, if nothing else reads the Conv: it is added while the result is written.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: Add(Conv(x, w), Reshape(b, [1, channels, 1, 1])). After: Conv(x, w, b).
 */
export const biasIntoConvolution: Pass = /* @__PURE__ */ graphPass('bias-into-convolution', (program) => {
  const alone = soleReaders(program, (node) => {
    const found = isNode(node, 'Add') ? biased(node) : undefined
    return found && [found.conv.output, found.y]
  })
  if (alone.size === 0) return program.outputs.map(({ tensor }) => tensor)
  return rewriteTensors(program, (node, original) => {
    const found = alone.has(original) && isNode(node, 'Add') ? biased(node) : undefined
    if (found === undefined) return undefined
    const { conv, bias } = found
    const [x, weight] = conv.inputs
    const y = apply(convOperator, [x, weight, reshape(bias, [weight.size(0)])], conv.attributes)
    return [reshape(y, node.output.shape)]
  })
})
