import { uniformOrthogonal } from '@equivar/groups'
import { type TensorValue, tensorValue, toNumbers } from '@equivar/tensor'
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
    group: { kind: 'rigid', n, proper, translates },
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
      const matrix = uniformOrthogonal(n, () => random.normal(), { proper })
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
