import { product } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { einsum, matMul, parseEquation } from '../operators/linalg.ts'
import { expand, reshape, swapAxes, unsqueeze } from '../operators/shape.ts'
import { nodeOf } from '../operators/signatures.ts'
import type { Derivative } from './rule.ts'
import { sumTo } from './sum-to.ts'

const transposed = (x: Tensor): Tensor => swapAxes(x, -1, -2)

/** What a tensor is with its last two axes exchanged, if it is just that. */
function beforeTransposition(x: Tensor): Tensor | undefined {
  const node = nodeOf(x, 'Transpose')
  if (node === undefined) return undefined
  const exchanged = node.attributes.permutation.every((p, i) => p === (i < x.rank - 2 ? i : 2 * x.rank - 3 - i))
  return exchanged ? node.inputs[0] : undefined
}

/** g b^T; where a is the transpose of x, as the transpose of b g^T, so that those around x cancel. */
function gradientOfLeft(a: Tensor, b: Tensor, g: Tensor): Tensor {
  const x = beforeTransposition(a)
  return x === undefined ? sumTo(matMul(g, transposed(b)), a.shape) : transposed(sumTo(matMul(b, transposed(g)), x.shape))
}

/** a^T g; where b is the transpose of x, as the transpose of g^T a. One matrix for a whole batch: its gradient is one long product, not a sum of many. */
function gradientOfRight(a: Tensor, b: Tensor, g: Tensor): Tensor {
  const x = beforeTransposition(b)
  if (x !== undefined) return transposed(gradientOfRight(g, x, a))
  if (b.rank > 2 || a.rank === 2) return sumTo(matMul(transposed(a), g), b.shape)
  const rows = product(a.shape.slice(0, -1))
  return matMul(transposed(reshape(a, [rows, a.size(-1)])), reshape(g, [rows, g.size(-1)]))
}

const einsumDerivative: Derivative<'Einsum'> = ({ inputs, attributes: { equation } }, g) => {
  const { operands, result } = parseEquation(equation)
  return inputs.map((x, k) => () => {
    const letters = operands[k] ?? ''
    const others = inputs.flatMap((tensor, i) => (i === k ? [] : [{ tensor, letters: operands[i] ?? '' }]))
    const known = new Set(result + others.map((other) => other.letters).join(''))
    const kept = [...letters].filter((letter) => known.has(letter)).join('')
    const gathered = einsum(`${[result, ...others.map((o) => o.letters)].join(',')}->${kept}`, g, ...others.map((o) => o.tensor))
    const summed = [...letters].flatMap((letter, axis) => (known.has(letter) ? [] : [axis]))
    return expand(unsqueeze(gathered, summed), x.shape)
  })
}

/** Derivatives of products. */
export const linalgDerivatives: { readonly MatMul: Derivative<'MatMul'>; readonly Einsum: Derivative<'Einsum'> } = {
  MatMul: ({ inputs: [a, b] }, g) => [() => gradientOfLeft(a, b, g), () => gradientOfRight(a, b, g)],
  Einsum: einsumDerivative,
}
