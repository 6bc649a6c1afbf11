import { printShape } from '../expression/dimension.ts'
import { DerivativeError } from '../expression/errors.ts'
import { mergeEqual } from '../expression/merge-equal.ts'
import type { Node, Tensor } from '../expression/tensor.ts'
import { topological } from '../expression/traverse.ts'
import { isFloat } from '../expression/value.ts'
import { add } from '../operators/binary.ts'
import { ones, zeros } from '../operators/generators.ts'
import { isNode, type OperatorName, operatorName } from '../operators/signatures.ts'
import { loopDerivative } from './loop.ts'
import type { Derivative, InputGradient } from './rule.ts'
import { derivatives } from './table.ts'

function derivativeOf(node: Node): Derivative<OperatorName> | undefined {
  const found = isNode(node, 'Loop') ? loopDerivative(vectorJacobianProduct) : derivatives[operatorName(node)]
  return found as Derivative<OperatorName> | undefined
}

/** Tensors on a path from one of `wrt` to the outputs. */
function activeTensors(sorted: readonly Node[], wrt: readonly Tensor[]): Set<Tensor> {
  const active = new Set<Tensor>(wrt)
  for (const node of sorted) {
    if (derivativeOf(node) === undefined && !node.has('opaque')) continue
    if (node.inputs.some((x) => active.has(x))) for (const y of node.outputs) if (isFloat(y.dtype)) active.add(y)
  }
  return active
}

/** The gradients of a node's inputs, from those of its outputs. */
function inputGradients(node: Node, gradients: readonly (Tensor | undefined)[], asked: ReadonlySet<Tensor>): readonly InputGradient[] {
  const { inputs, attributes, outputs, output } = node
  if (node.has('opaque'))
    throw new DerivativeError(
      `differentiate: expected operators that Equivar has on the way to the loss, received ${node.operator.name}, whose derivative is not known. Train only what comes after it, or stop the gradient there.`,
    )
  const [first] = gradients
  const context = { inputs, attributes, outputs, output, gradients, asked } as Parameters<Derivative<OperatorName>>[0]
  return derivativeOf(node)?.(context, first ?? zeros(output.shape, output.dtype)) ?? []
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
  const active = activeTensors(sorted, wrt)
  const gradients = new Map<Tensor, Tensor>()
  const accumulate = (x: Tensor, g: Tensor): void => {
    const before = gradients.get(x)
    gradients.set(x, before === undefined ? g : add(before, g))
  }
  for (const { output, cotangent } of outputs) if (active.has(output)) accumulate(output, cotangent)
  const asked = new Set(wrt)
  for (const node of sorted.reverse()) {
    const known = node.outputs.map((y) => gradients.get(y))
    if (known.every((g) => g === undefined) || !node.inputs.some((x) => active.has(x))) continue
    const rules = inputGradients(node, known, asked)
    for (const [i, x] of node.inputs.entries()) {
      const rule = rules[i]
      if (rule !== undefined && active.has(x)) accumulate(x, rule())
    }
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
 * @throws DerivativeError if the loss is not a floating-point scalar, or an operator on the way has no derivative or is none of Equivar's.
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
  const isList = (given: Tensor | readonly Tensor[]): given is readonly Tensor[] => Array.isArray(given)
  const list = isList(wrt) ? wrt : [wrt]
  // What is computed once is differentiated once. Only leaves: an inner tensor that equals another is differentiated by alone.
  const [merged = loss] = list.every((x) => x.node.operator.name === 'Input') ? mergeEqual([loss]) : [loss]
  const gradients = vectorJacobianProduct([{ output: merged, cotangent: ones(loss.shape, loss.dtype) }], list)
  return isList(wrt) ? gradients : (gradients[0] as Tensor)
}
