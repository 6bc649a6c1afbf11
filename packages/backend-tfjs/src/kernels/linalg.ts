import { elementCount } from '@equivar/tensor'
import { broadcast, isEmpty, type Kernel, type Kernels, outputShape } from '../kernel.ts'
import { matMul as multiply, sum } from '../long-sums.ts'
import { cast, transpose } from '../quirks.ts'
import type { TensorFlow, TfTensor } from '../values.ts'

/** A batched product. The batches are made equal first: TensorFlow.js (4.22) pairs them wrongly where both have axes of size 1. */
function batched(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  const single = (outer: readonly number[]): boolean => elementCount(outer) === 1
  if (outerA.join() === outerB.join() || single(outerA) || single(outerB)) return multiply(tf, a, b)
  const rank = Math.max(outerA.length, outerB.length)
  const size = (outer: readonly number[], i: number): number => outer[i - rank + outer.length] ?? 1
  const outer = Array.from({ length: rank }, (_, i) => (size(outerA, i) === 1 ? size(outerB, i) : size(outerA, i)))
  const wide = (x: TfTensor): TfTensor => broadcast(tf, x, [...outer, ...x.shape.slice(-2)])
  return multiply(tf, wide(a), wide(b))
}

/** One matrix on the right of a whole batch is one long product. */
function product(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  const [x, y] = a.dtype === 'int32' ? [cast(tf, a, 'float32'), cast(tf, b, 'float32')] : [a, b]
  const rank = x.shape.length
  if (rank <= 2 || y.shape.length > 2) return batched(tf, x, y)
  const rows = tf.reshape(x, [elementCount(x.shape.slice(0, -1)), x.shape[rank - 1] as number])
  return tf.reshape(batched(tf, rows, y), [...x.shape.slice(0, -1), y.shape[1] as number])
}

const matMul: Kernel<'MatMul'> = ([a, b], { tf, ...context }) => {
  const [x, y] = [a as TfTensor, b as TfTensor]
  if (isEmpty(x) || isEmpty(y)) return tf.fill(outputShape(context), 0, x.dtype as 'float32')
  return x.dtype === 'int32' ? tf.cast(product(tf, x, y), 'int32') : product(tf, x, y)
}

interface Operand {
  readonly x: TfTensor
  readonly letters: string
}

/** Sums over the letters that nobody else needs. */
function reduced(tf: TensorFlow, { x, letters }: Operand, needed: string): Operand {
  const axes = [...letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]))
  return axes.length === 0 ? { x, letters } : { x: sum(tf, x, axes), letters: [...letters].filter((l) => needed.includes(l)).join('') }
}

const arranged = (tf: TensorFlow, { x, letters }: Operand, order: string): TfTensor =>
  order === letters
    ? x
    : transpose(
        tf,
        x,
        [...order].map((letter) => letters.indexOf(letter)),
      )

/** Two operands as one batched matrix product: letters of both that are needed later are the batch, the others of both are summed. */
function contract(tf: TensorFlow, left: Operand, right: Operand, needed: string): Operand {
  const [a, b] = [reduced(tf, left, needed + right.letters), reduced(tf, right, needed + left.letters)]
  const both = [...a.letters].filter((letter) => b.letters.includes(letter))
  const batch = both.filter((letter) => needed.includes(letter)).join('')
  const summed = both.filter((letter) => !needed.includes(letter)).join('')
  const free = ({ letters }: Operand): string => [...letters].filter((letter) => !both.includes(letter)).join('')
  const size = (letters: string): number[] =>
    [...letters].map((letter) => {
      const at = a.letters.indexOf(letter)
      return (at >= 0 ? a.x.shape[at] : b.x.shape[b.letters.indexOf(letter)]) as number
    })
  const count = (letters: string): number => elementCount(size(letters))
  const [m, n] = [free(a), free(b)]
  const p = tf.reshape(arranged(tf, a, batch + m + summed), [count(batch), count(m), count(summed)])
  const q = tf.reshape(arranged(tf, b, batch + summed + n), [count(batch), count(summed), count(n)])
  return { x: tf.reshape(batched(tf, p, q), size(batch + m + n)), letters: batch + m + n }
}

const einsum: Kernel<'Einsum'> = (inputs, { tf, attributes: { equation }, ...context }) => {
  if (inputs.some(isEmpty)) return tf.fill(outputShape(context), 0, (inputs[0] as TfTensor).dtype as 'float32')
  const [left = '', result = ''] = equation.split('->')
  const operands = left.split(',').map((letters, i) => ({ x: inputs[i] as TfTensor, letters }))
  const whole = operands.reduce((so, operand, i) => {
    const later = operands.slice(i + 1).map(({ letters }) => letters)
    return contract(tf, so, operand, [result, ...later].join(''))
  })
  const last = reduced(tf, whole, result)
  return last.letters === result ? tf.clone(last.x) : arranged(tf, last, result)
}

/** Kernels of products. */
export const linalg: Kernels<'MatMul' | 'Einsum'> = { MatMul: matMul, Einsum: einsum }
