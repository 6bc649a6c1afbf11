import { einsum as einsumReference, matMul as matMulReference } from '../evaluate/linalg.ts'
import { broadcastShapes } from '../expression/axes.ts'
import { type Dimension, printShape, sameDimension } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { diagonal } from './matrices.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { demandSameType } from './pointwise.ts'
import { squeeze, unsqueeze } from './shape.ts'

/** Entry of MatMul. */
export const matMulOperator: OperatorOf<'MatMul'> = /* @__PURE__ */ operator('MatMul', {
  arity: 2,
  traits: ['plain', 'contracting'],
  infer: ([a, b]) => {
    if (!sameDimension(a.size(-1), b.size(-2))) {
      const expected = 'the last axis of a to equal the second-last of b'
      throw new ShapeError('matMul', expected, `${printShape(a.shape)} and ${printShape(b.shape)}`)
    }
    demandSameType('matMul', a, b)
    const outer = broadcastShapes('matMul', a.shape.slice(0, -2), b.shape.slice(0, -2))
    return [{ dtype: a.dtype, shape: [...outer, a.size(-2), b.size(-1)] }]
  },
  reference: matMulReference,
})

/**
 * Matrix product over the last two axes, the others broadcast. A vector on the left is a row, on the right a column.
 *
 * @param a - [..., m, k] or [k].
 * @param b - [..., k, n] or [k].
 * @returns [..., m, n], without m or n where a vector came.
 * @throws ShapeError if the inner axes differ, or the outer ones do not broadcast.
 * @see ONNX MatMul. Cost 2 m k n a product.
 */
export function matMul(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0)
    throw new ShapeError('matMul', 'tensors of rank 1 or more', `${printShape(a.shape)} and ${printShape(b.shape)}`)
  if (a.rank === 1) return squeeze(matMul(unsqueeze(a, 0), b), b.rank === 1 ? -1 : -2)
  if (b.rank === 1) return squeeze(matMul(a, unsqueeze(b, 1)), -1)
  return apply(matMulOperator, [a, b], {})
}

/** An equation of einsum: the letters of each operand and of the result. */
export interface Equation {
  readonly operands: readonly string[]
  readonly result: string
}

/** @throws ShapeError if it is no equation. */
export function parseEquation(equation: string): Equation {
  const [left = '', right] = equation.replaceAll(' ', '').split('->')
  const operands = left.split(',')
  if (!/^[A-Za-z,]*$/.test(left) || (right !== undefined && !/^[A-Za-z]*$/.test(right))) {
    throw new ShapeError('einsum', 'letters, commas and one arrow, as in "bij,jk->bik"', `"${equation}"`)
  }
  const once = (letter: string): boolean => left.split(letter).length === 2
  return { operands, result: right ?? [...new Set(left.replaceAll(',', ''))].filter(once).sort().join('') }
}

/** Entry of Einsum. Its equation has an arrow, and every operand names each index once. */
export const einsumOperator: OperatorOf<'Einsum'> = /* @__PURE__ */ operator('Einsum', {
  arity: [1, Infinity],
  traits: ['contracting'],
  infer: (inputs, { equation }) => {
    const { operands, result } = parseEquation(equation)
    const sizes = einsumSizes(inputs, operands)
    return [{ dtype: inputs[0].dtype, shape: [...result].map((letter) => sizes.get(letter) as Dimension) }]
  },
  reference: einsumReference,
})

function einsumSizes(inputs: readonly Tensor[], operands: readonly string[]): Map<string, Dimension> {
  if (operands.length !== inputs.length)
    throw new ShapeError('einsum', `${operands.length} operands, as the equation has`, `${inputs.length}`)
  const sizes = new Map<string, Dimension>()
  for (const [k, x] of inputs.entries()) {
    const letters = operands[k] as string
    if (letters.length !== x.rank)
      throw new ShapeError('einsum', `rank ${letters.length} for operand ${k} ("${letters}")`, printShape(x.shape))
    for (const [axis, letter] of [...letters].entries()) {
      const size = x.size(axis)
      const known = sizes.get(letter) ?? size
      if (!sameDimension(known, size)) throw new ShapeError('einsum', `one size for the index ${letter}`, `${known} and ${size}`)
      sizes.set(letter, size)
    }
  }
  return sizes
}

/** Takes the diagonal of indices that an operand repeats, so that every operand names each index once. */
function withoutRepeats(x: Tensor, letters: string): { x: Tensor; letters: string } {
  const repeated = [...letters].findIndex((letter, i) => letters.indexOf(letter) < i)
  if (repeated < 0) return { x, letters }
  const first = letters.indexOf(letters.charAt(repeated))
  const rest = [...letters].filter((_, i) => i !== first && i !== repeated).join('')
  return withoutRepeats(diagonal(x, first, repeated), rest + letters.charAt(repeated))
}

/**
 * Sum over products in Einstein's notation: `einsum('bij,bjk->bik', a, b)`.
 *
 * Indices missing on the right are summed; one that an operand repeats takes its diagonal. Without an arrow the result has the indices
 * that occur once, in alphabetical order. No ellipsis.
 *
 * @see ONNX Einsum. Use matMul where one product says it: backends run that faster.
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  const { operands, result } = parseEquation(equation)
  einsumSizes(tensors, operands)
  const stray = [...result].find((letter, i) => !operands.join('').includes(letter) || result.indexOf(letter) < i)
  if (stray !== undefined)
    throw new ShapeError('einsum', 'every index of the result once, and in some operand', `${stray} in "${equation}"`)
  const plain = tensors.map((x, k) => withoutRepeats(x, operands[k] ?? ''))
  const [first, ...others] = plain.map(({ x }) => x)
  if (first === undefined) throw new ShapeError('einsum', 'at least one operand', 'none')
  return apply(einsumOperator, [first, ...others], { equation: `${plain.map(({ letters }) => letters).join(',')}->${result}` })
}
