import { type Random, type TensorValue, toNumbers } from '@equivar/tensor'
import type { Values } from '@equivar/verify'
import { type Irreps, irreps } from '../src/index.ts'

/** A random orthogonal matrix, row-major: a rotation, or a rotation and the inversion. */
export function randomOrthogonal(random: Random, proper: boolean): Float64Array {
  const columns: number[][] = []
  for (let i = 0; i < 3; i++) {
    let v = [random.normal(), random.normal(), random.normal()]
    for (const u of columns) {
      const dot = v.reduce((sum, x, k) => sum + x * (u[k] as number), 0)
      v = v.map((x, k) => x - dot * (u[k] as number))
    }
    const length = Math.hypot(...v)
    columns.push(v.map((x) => x / length))
  }
  const [a, b, c] = columns as [number[], number[], number[]]
  const at = (v: number[], i: number): number => v[i] as number
  const determinant =
    at(a, 0) * (at(b, 1) * at(c, 2) - at(b, 2) * at(c, 1)) -
    at(b, 0) * (at(a, 1) * at(c, 2) - at(a, 2) * at(c, 1)) +
    at(c, 0) * (at(a, 1) * at(b, 2) - at(a, 2) * at(b, 1))
  const sign = determinant > 0 === proper ? 1 : -1
  return Float64Array.from({ length: 9 }, (_, i) => sign * at(columns[i % 3] as number[], Math.floor(i / 3)))
}

/** How a tensor turns: a representation on its last axis, or `points`, vectors that are moved too. Anything else does not change. */
export type Turning = Irreps | 'points'

const applied = (value: TensorValue, size: number, matrix: Float64Array, shift: readonly number[] | undefined): TensorValue => {
  const numbers = toNumbers(value.data)
  const data = new Float64Array(numbers.length)
  for (let row = 0; row < numbers.length; row += size)
    for (let i = 0; i < size; i++) {
      let sum = shift?.[i] ?? 0
      for (let j = 0; j < size; j++) sum += (matrix[i * size + j] as number) * (numbers[row + j] as number)
      data[row + i] = sum
    }
  return { ...value, data }
}

/** Values turned by an orthogonal matrix, and points moved by a vector. */
export function moved(values: Values, turnings: Readonly<Record<string, Turning>>, q: Float64Array, shift: readonly number[]): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const turning = turnings[name]
      if (turning === undefined) return [name, value]
      if (turning === 'points') return [name, applied(value, 3, q, shift)]
      return [name, applied(value, turning.dimension, turning.matrix(q), undefined)]
    }),
  )
}

/** Rows of some values in another order, and the numbers of nodes in others renamed. `order[i]` is the old place of row i. */
export function relabelled(values: Values, rows: readonly string[], numbered: readonly string[], order: readonly number[]): Values {
  const place = new Map(order.map((old, now) => [old, now]))
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const numbers = toNumbers(value.data)
      if (numbered.includes(name)) return [name, { ...value, data: BigInt64Array.from(numbers, (v) => BigInt(place.get(v) as number)) }]
      if (!rows.includes(name)) return [name, value]
      const width = numbers.length / order.length
      const data = Float64Array.from(numbers, (_, i) => numbers[(order[Math.floor(i / width)] as number) * width + (i % width)] as number)
      return [name, { ...value, data: value.dtype === 'int64' ? BigInt64Array.from(data, (v) => BigInt(v)) : data }]
    }),
  )
}

export const VECTORS: Irreps = irreps('1o')
