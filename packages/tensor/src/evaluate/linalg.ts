import { elementCount } from '../expression/value.ts'
import type { Kernel } from '../operators/operator.ts'
import { broadcastOffsets, broadcastShape, newArray } from './array.ts'

/** Products of matrices, the outer axes broadcast. */
export const matMul: Kernel<'MatMul'> = ([p, q]) => {
  const [m, k] = p.shape.slice(-2) as [number, number]
  const n = q.shape.at(-1) as number
  const outer = broadcastShape(p.shape.slice(0, -2), q.shape.slice(0, -2))
  const y = newArray(p.dtype, [...outer, m, n])
  const left = broadcastOffsets(p.shape.slice(0, -2), outer)
  const right = broadcastOffsets(q.shape.slice(0, -2), outer)
  for (const [o, first] of left.entries()) {
    const [atP, atQ, atY] = [first * m * k, (right[o] as number) * k * n, o * m * n]
    for (let i = 0; i < m; i++) {
      for (let c = 0; c < k; c++) {
        const factor = p.data[atP + i * k + c] as number
        for (let j = 0; j < n; j++)
          y.data[atY + i * n + j] = (y.data[atY + i * n + j] as number) + factor * (q.data[atQ + c * n + j] as number)
      }
    }
  }
  return y
}

/** Where an operand's element of those coordinates lies. */
const position = (letters: string, shape: readonly number[], coordinate: ReadonlyMap<string, number>): number =>
  [...letters].reduce((flat, letter, axis) => flat * (shape[axis] as number) + (coordinate.get(letter) as number), 0)

/** Sums of products over the letters that the result lacks. */
export const einsum: Kernel<'Einsum'> = (inputs, { attributes: { equation } }) => {
  const [left = '', result = ''] = equation.split('->')
  const operands = left.split(',')
  const sizes = new Map<string, number>()
  for (const [k, letters] of operands.entries()) {
    for (const [axis, letter] of [...letters].entries()) sizes.set(letter, inputs[k]?.shape[axis] as number)
  }
  const summed = [...sizes.keys()].filter((letter) => !result.includes(letter))
  const order = [...result, ...summed]
  const counts = order.map((letter) => sizes.get(letter) as number)
  const y = newArray(inputs[0].dtype, counts.slice(0, result.length))
  const inner = elementCount(counts.slice(result.length))
  const coordinate = new Map<string, number>()
  for (let i = 0; i < elementCount(counts); i++) {
    let rest = i
    for (let axis = order.length - 1; axis >= 0; axis--) {
      coordinate.set(order[axis] as string, rest % (counts[axis] as number))
      rest = Math.floor(rest / (counts[axis] as number))
    }
    const factor = inputs.reduce((product, x, k) => product * (x.data[position(operands[k] as string, x.shape, coordinate)] as number), 1)
    const target = Math.floor(i / inner)
    y.data[target] = (y.data[target] as number) + factor
  }
  return y
}
