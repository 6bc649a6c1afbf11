import { type Matrix, type Representation, seededRandom } from '@equivar/groups'
import { type TensorValue, toNumbers } from '@equivar/tensor'
import { changed, symmetry, type TaskSymmetry } from './symmetry.ts'

/** How far random elements go: boosts of larger rapidity cost digits of float32. */
const ELEMENTS = { deviation: 0.3, length: 3 } as const

/** Vectors float32 [rows, dimension], each multiplied by a matrix. */
function multiplied(value: TensorValue, matrix: Matrix, n: number): TensorValue {
  const numbers = toNumbers(value.data)
  const data = Float64Array.from(numbers, (_, at) => {
    const [row, i] = [at - (at % n), at % n]
    let total = 0
    for (let j = 0; j < n; j++) total += (matrix[i * n + j] as number) * (numbers[row + j] as number)
    return total
  })
  return { ...value, data: value.data instanceof Float64Array ? data : Float32Array.from(data) }
}

/** Random elements of a matrix group, which act on the vectors `x` and on the output `y` by representations. */
export const matrixElements = (input: Representation, output: Representation): TaskSymmetry => {
  const follows = output.summands.some(({ factors }) => factors.length > 0)
  const elements = symmetry(`elements of ${input.group}${follows ? ', which act on y' : ''}`, (_, random) => {
    const element = input.group.random(seededRandom(random.integer(2 ** 31)), ELEMENTS)
    const [before, after] = [input.matrix(element), output.matrix(element)]
    return {
      input: (values) => changed(values, 'x', (x) => multiplied(x, before, input.dimension)),
      output: (values) => changed(values, 'y', (y) => multiplied(y, after, output.dimension)),
    }
  })
  return { ...elements, follows }
}
