import { type Random, type TensorValue, tensorValue, toNumbers } from '@equivar/tensor'
import { sizeOf } from '../values.ts'
import type { GroupWord, WordElement } from './group-word.ts'

/** A matrix, row by row. */
type Matrix = readonly (readonly number[])[]

const identity = (n: number): number[][] => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)))

/** Applies x -> matrix x + translation to the vectors along an axis. */
function mapAxis(value: TensorValue, axis: number, matrix: Matrix, translation: readonly number[]): TensorValue {
  const { dtype, shape } = value
  const given = toNumbers(value.data)
  const [n, width] = [matrix.length, sizeOf(shape.slice(axis + 1))]
  const mapped = given.map((_, at) => {
    const i = Math.floor(at / width) % n
    const start = at - i * width
    const row = matrix[i] as readonly number[]
    return row.reduce((sum, entry, j) => sum + entry * (given[start + j * width] as number), translation[i] ?? 0)
  })
  return value.data instanceof Float64Array ? { ...value, data: mapped } : tensorValue(dtype, shape, mapped)
}

/** x -> matrix x + translation. A word without translations applies the matrix to each of its axes; one with them acts on the last axis. */
const rigid = (name: string, matrix: Matrix, translation: readonly number[] = []): WordElement => ({
  name,
  act: (value, axes, { translates }) =>
    translates
      ? mapAxis(value, axes.at(-1) as number, matrix, translation)
      : axes.reduce((moved, axis) => mapAxis(moved, axis, matrix, []), value),
})

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0)

/** A uniformly random orthogonal matrix: Gram-Schmidt on normal rows. */
function randomOrthogonal(n: number, random: Random): number[][] {
  const rows: number[][] = []
  while (rows.length < n) {
    const drawn = Array.from({ length: n }, () => random.normal())
    for (let pass = 0; pass < 2; pass++)
      for (const row of rows) {
        const along = dot(row, drawn)
        for (let i = 0; i < n; i++) drawn[i] = (drawn[i] as number) - along * (row[i] as number)
      }
    const length = Math.sqrt(dot(drawn, drawn))
    // Stryker disable next-line ConditionalExpression,EqualityOperator: a draw that depends on the rows before has probability 0.
    if (length > 1e-6) rows.push(drawn.map((v) => v / length))
  }
  return rows
}

/** The determinant of an orthogonal matrix, by elimination with pivots. */
function determinant(matrix: Matrix): number {
  const rows = matrix.map((row) => [...row])
  let result = 1
  for (let k = 0; k < rows.length; k++) {
    const below = rows.slice(k).map((row) => Math.abs(row[k] as number))
    const pivot = k + below.indexOf(Math.max(...below))
    if (pivot !== k) {
      ;[rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]]
      result = -result
    }
    const top = rows[k] as number[]
    result *= top[k] as number
    for (const row of rows.slice(k + 1)) {
      const factor = (row[k] as number) / (top[k] as number)
      for (let j = k; j < row.length; j++) row[j] = (row[j] as number) - factor * (top[j] as number)
    }
  }
  return result
}

function reflection(n: number): number[][] {
  const matrix = identity(n)
  ;(matrix[0] as number[])[0] = -1
  return matrix
}

/** The rotation by 90 degrees from coordinate k to the next. */
function quarterTurn(n: number, k: number): number[][] {
  const matrix = identity(n)
  const [first, second] = [matrix[k] as number[], matrix[k + 1] as number[]]
  ;[first[k], first[k + 1], second[k], second[k + 1]] = [0, -1, 1, 0]
  return matrix
}

/** `O(n)`, `SO(n)`, `E(n)` and `SE(n)`: rotations of the vectors along an axis; O and E also reflect, E and SE also translate. */
export function rigidWord({
  n,
  proper,
  translates,
}: {
  readonly n: number
  readonly proper: boolean
  readonly translates: boolean
}): GroupWord {
  const special = proper ? 'S' : ''
  const turns = Array.from({ length: n - 1 }, (_, k) => rigid(`turn by 90 degrees of coordinates ${k}, ${k + 1}`, quarterTurn(n, k)))
  return {
    text: `${special}${translates ? 'E' : 'O'}(${n})`,
    family: `${special}E(${n})`,
    translates,
    sizes: (axes) => {
      if (!translates) return Array.from({ length: axes }, () => n)
      return axes === 1 ? [n] : axes === 2 ? [{ local: 'points' }, n] : undefined
    },
    generators: () => [
      ...turns,
      ...(proper ? [] : [rigid('reflection of coordinate 0', reflection(n))]),
      ...(translates ? [rigid('translation by 1 of every coordinate', identity(n), Array(n).fill(1))] : []),
    ],
    random: (_, random) => {
      const drawn = randomOrthogonal(n, random)
      const matrix = proper && determinant(drawn) < 0 ? drawn.map((row, i) => (i === 0 ? row.map((v) => -v) : row)) : drawn
      const kind = proper ? 'random rotation' : 'random rotation or reflection'
      if (!translates) return rigid(kind, matrix)
      return rigid(
        `${kind}, and translation`,
        matrix,
        Array.from({ length: n }, () => random.normal()),
      )
    },
  }
}
