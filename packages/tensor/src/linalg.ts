import { sizeOf } from './constant.ts'
import { type Dimension, printShape, product, sameDimension } from './dimension.ts'
import { broadcastShapes, greater, mul, sumTo, where } from './elementwise.ts'
import { ShapeError, TypeMismatchError } from './errors.ts'
import type { OperatorAttributes } from './operators.ts'
import { reduceSum } from './reduce.ts'
import { expand, eyeLike, moveAxis, reshape, squeeze, swapAxes, unsqueeze } from './shape.ts'
import { apply, type Operator, type Tensor } from './tensor.ts'

const sizeAt = (x: Tensor, i: number): Dimension => x.shape[i < 0 ? x.rank + i : i] as Dimension
const transposed = (x: Tensor): Tensor => swapAxes(x, -1, -2)

const matMulOperator: Operator<'MatMul'> = {
  name: 'MatMul',
  infer: (inputs) => {
    const [a, b] = inputs as [Tensor, Tensor]
    if (!sameDimension(sizeAt(a, -1), sizeAt(b, -2))) {
      const expected = 'the last axis of a to equal the second-last of b'
      throw new ShapeError('matMul', expected, `${printShape(a.shape)} and ${printShape(b.shape)}`)
    }
    if (a.dtype !== b.dtype)
      throw new TypeMismatchError('matMul', 'two tensors of one type', `${a.dtype} and ${b.dtype}`, 'Use cast(x, ...).')
    const outer = broadcastShapes('matMul', a.shape.slice(0, -2), b.shape.slice(0, -2))
    return [{ dtype: a.dtype, shape: [...outer, sizeAt(a, -2), sizeAt(b, -1)] }]
  },
  derivative: ({ inputs, gradients: [gradient] }) => {
    const [a, b] = inputs as [Tensor, Tensor]
    const g = gradient as Tensor
    return [() => gradientOfLeft(a, b, g), () => gradientOfRight(a, b, g)]
  },
}

/**
 * A batch of products with a transpose, over an axis that may be empty where the result is not: ONNX Runtime fuses the two and then leaves the
 * memory as it was.
 */
function overAny(inner: Dimension, product: Tensor): Tensor {
  const safe = product.rank === 2 || typeof inner === 'number' || product.shape.some((d) => sameDimension(d, inner))
  return safe ? product : where(greater(sizeOf(inner), 0), product, 0)
}

/** What a tensor is with its last two axes exchanged, if it is just that. */
function beforeTransposition(x: Tensor): Tensor | undefined {
  if (x.node.operator.name !== 'Transpose') return undefined
  const { permutation } = x.node.attributes as OperatorAttributes['Transpose']
  return permutation.every((p, i) => p === (i < x.rank - 2 ? i : 2 * x.rank - 3 - i)) ? x.node.inputs[0] : undefined
}

/** g b^T; where a is the transpose of x, as the transpose of b g^T, so that those around x cancel: a product transposes operands at no cost, but not its result. */
function gradientOfLeft(a: Tensor, b: Tensor, g: Tensor): Tensor {
  const x = beforeTransposition(a)
  const inner = sizeAt(g, -1)
  return x === undefined
    ? sumTo(overAny(inner, matMul(g, transposed(b))), a.shape)
    : transposed(sumTo(overAny(inner, matMul(b, transposed(g))), x.shape))
}

/** a^T g; where b is the transpose of x, as the transpose of g^T a. One matrix for a whole batch: its gradient is one long product, not a sum of many. */
function gradientOfRight(a: Tensor, b: Tensor, g: Tensor): Tensor {
  const x = beforeTransposition(b)
  if (x !== undefined) return transposed(gradientOfRight(g, x, a))
  if (b.rank > 2 || a.rank === 2) return sumTo(overAny(sizeAt(a, -2), matMul(transposed(a), g)), b.shape)
  const rows = product(a.shape.slice(0, -1))
  return matMul(transposed(reshape(a, [rows, sizeAt(a, -1)])), reshape(g, [rows, sizeAt(g, -1)]))
}

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
  if (a.rank === 1) return squeeze(matMul(unsqueeze(a, 0), b), -2)
  if (b.rank === 1) return squeeze(matMul(a, unsqueeze(b, 1)), -1)
  return apply(matMulOperator, [a, b], {})
}

interface Equation {
  readonly operands: readonly string[]
  readonly result: string
}

function parse(equation: string): Equation {
  const [left = '', right] = equation.replaceAll(' ', '').split('->')
  const operands = left.split(',')
  if (!/^[A-Za-z,]*$/.test(left) || (right !== undefined && !/^[A-Za-z]*$/.test(right))) {
    throw new ShapeError('einsum', 'letters, commas and one arrow, as in "bij,jk->bik"', `"${equation}"`)
  }
  const once = (letter: string): boolean => left.split(letter).length === 2
  return { operands, result: right ?? [...new Set(left.replaceAll(',', ''))].filter(once).sort().join('') }
}

const einsumOperator: Operator<'Einsum'> = {
  name: 'Einsum',
  infer: (inputs, { equation }) => {
    const { operands, result } = parse(equation)
    const sizes = einsumSizes(inputs, operands)
    return [{ dtype: (inputs[0] as Tensor).dtype, shape: [...result].map((letter) => sizes.get(letter) as Dimension) }]
  },
  derivative: ({ inputs, attributes: { equation }, gradients: [g] }) => {
    const { operands, result } = parse(equation)
    return inputs.map((x, k) => () => {
      const letters = operands[k] as string
      const others = inputs.flatMap((other, i) => (i === k ? [] : [{ tensor: other, letters: operands[i] as string }]))
      const known = new Set(result + others.map((o) => o.letters).join(''))
      const kept = [...letters].filter((letter) => known.has(letter)).join('')
      const product = einsum(`${[result, ...others.map((o) => o.letters)].join(',')}->${kept}`, g as Tensor, ...others.map((o) => o.tensor))
      const summed = [...letters].flatMap((letter, axis) => (known.has(letter) ? [] : [axis]))
      return expand(unsqueeze(product, summed), x.shape)
    })
  },
}

function einsumSizes(inputs: readonly Tensor[], operands: readonly string[]): Map<string, Dimension> {
  if (operands.length !== inputs.length)
    throw new ShapeError('einsum', `${operands.length} operands, as the equation has`, `${inputs.length}`)
  const sizes = new Map<string, Dimension>()
  inputs.forEach((x, k) => {
    const letters = operands[k] as string
    if (letters.length !== x.rank)
      throw new ShapeError('einsum', `rank ${letters.length} for operand ${k} ("${letters}")`, printShape(x.shape))
    ;[...letters].forEach((letter, axis) => {
      const size = x.shape[axis] as Dimension
      const known = sizes.get(letter) ?? size
      if (!sameDimension(known, size)) throw new ShapeError('einsum', `one size for the index ${letter}`, `${known} and ${size}`)
      sizes.set(letter, size)
    })
  })
  return sizes
}

/** Takes the diagonal of indices that an operand repeats, so that every operand names each index once. */
function withoutRepeats(x: Tensor, letters: string): { x: Tensor; letters: string } {
  const repeated = [...letters].findIndex((letter, i) => letters.indexOf(letter) < i)
  if (repeated < 0) return { x, letters }
  const first = letters.indexOf(letters[repeated] as string)
  const last = moveAxis(moveAxis(x, repeated, -1), first, -2)
  const masked = mul(last, eyeLike(sizeAt(last, -2), sizeAt(last, -1), { dtype: x.dtype }))
  const rest = [...letters].filter((_, i) => i !== first && i !== repeated).join('')
  return withoutRepeats(reduceSum(masked, { axis: -1 }), rest + letters[repeated])
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
  const { operands, result } = parse(equation)
  einsumSizes(tensors, operands)
  const stray = [...result].find((letter, i) => !operands.join('').includes(letter) || result.indexOf(letter) < i)
  if (stray !== undefined)
    throw new ShapeError('einsum', 'every index of the result once, and in some operand', `${stray} in "${equation}"`)
  const plain = tensors.map((x, k) => withoutRepeats(x, operands[k] as string))
  return apply(
    einsumOperator,
    plain.map(({ x }) => x),
    { equation: `${plain.map(({ letters }) => letters).join(',')}->${result}` },
  )
}
