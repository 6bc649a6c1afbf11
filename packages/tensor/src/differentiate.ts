import { printShape } from './dimension.ts'
import { add, isFloat } from './elementwise.ts'
import { DerivativeError } from './errors.ts'
import { ones, zeros } from './shape.ts'
import { mergeEqual } from './simplify.ts'
import type { Node, Tensor } from './tensor.ts'
import { topological } from './traverse.ts'

/** Nodes on a path from one of `wrt` to the outputs. */
function activeNodes(sorted: readonly Node[], wrt: readonly Tensor[]): Set<Tensor> {
  const active = new Set<Tensor>(wrt)
  for (const node of sorted) {
    if (node.operator.derivative === undefined) continue
    if (node.inputs.some((x) => active.has(x))) for (const y of node.outputs) if (isFloat(y.dtype)) active.add(y)
  }
  return active
}

/**
 * Sum over outputs of cotangent times Jacobian, by reverse accumulation: expressions in, expressions out.
 *
 * @param outputs - each with its cotangent, of the same shape.
 * @param wrt - the tensors to differentiate by, leaves or not.
 * @returns one gradient for each of wrt, zeros where no output depends on it.
 * @throws DerivativeError if an operator on the way has no derivative in the one needed.
 */
export function vectorJacobianProduct(outputs: readonly { output: Tensor; cotangent: Tensor }[], wrt: readonly Tensor[]): Tensor[] {
  const sorted = topological(outputs.map(({ output }) => output))
  const active = activeNodes(sorted, wrt)
  const gradients = new Map<Tensor, Tensor>()
  const accumulate = (x: Tensor, g: Tensor): void => {
    const before = gradients.get(x)
    gradients.set(x, before === undefined ? g : add(before, g))
  }
  for (const { output, cotangent } of outputs) if (active.has(output)) accumulate(output, cotangent)
  const asked = new Set(wrt)
  for (const node of sorted.reverse()) {
    const known = node.outputs.map((y) => gradients.get(y))
    if (node.operator.derivative === undefined || known.every((g) => g === undefined)) continue
    if (!node.inputs.some((x) => active.has(x))) continue
    const rules = node.operator.derivative({ inputs: node.inputs, attributes: node.attributes, outputs: node.outputs, gradients: known })
    node.inputs.forEach((x, i) => {
      const rule = rules[i]
      if (rule !== undefined && active.has(x)) accumulate(x, rule())
    })
    for (const y of node.outputs) if (!asked.has(y)) gradients.delete(y)
  }
  return wrt.map((x) => gradients.get(x) ?? zeros(x.shape, x.dtype))
}

/**
 * The derivatives of a scalar, as expressions.
 *
 * Because they are expressions of the same operators they can be run, exported and differentiated again.
 *
 * @param loss - floating-point, with one element.
 * @param wrt - the tensors to differentiate by; one, or a list.
 * @returns for each its gradient, of its shape; zeros where the loss does not depend on it.
 * @throws DerivativeError if the loss is not a floating-point scalar, or an operator on the way has no derivative.
 * @example const [dw] = differentiate(loss, [w])
 */
export function differentiate(loss: Tensor, wrt: readonly Tensor[]): Tensor[]
export function differentiate(loss: Tensor, wrt: Tensor): Tensor
export function differentiate(loss: Tensor, wrt: Tensor | readonly Tensor[]): Tensor | Tensor[] {
  if (!isFloat(loss.dtype) || loss.shape.some((d) => d !== 1)) {
    throw new DerivativeError(
      `differentiate: expected a floating-point loss with one element, received ${loss.dtype} ${printShape(loss.shape)}. Sum or average it first.`,
    )
  }
  const list = Array.isArray(wrt) ? (wrt as readonly Tensor[]) : [wrt as Tensor]
  // What is computed once is differentiated once. Only leaves: an inner tensor that equals another is differentiated by alone.
  const [merged] = list.every((x) => x.node.operator.name === 'Input') ? (mergeEqual([loss]) as [Tensor]) : [loss]
  const gradients = vectorJacobianProduct([{ output: merged, cotangent: ones(loss.shape, loss.dtype) }], list)
  return Array.isArray(wrt) ? gradients : (gradients[0] as Tensor)
}
