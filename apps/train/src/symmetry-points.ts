import { randomRotation, rotationMatrix } from '@equivar/groups'
import { type Random, type TensorValue, toNumbers } from '@equivar/tensor'
import { permuteAxis, type Values } from '@equivar/verify'
import { changed, renumbering, symmetry, type TaskSymmetry } from './symmetry.ts'

/** A random orthogonal matrix, row-major. @param proper - whether it is a rotation; otherwise it may also be a reflection. */
function orthogonal(random: Random, proper: boolean): Float64Array {
  const { alpha, beta, gamma } = randomRotation(() => random.uniform())
  const sign = !proper && random.uniform() < 0.5 ? -1 : 1
  return rotationMatrix(alpha, beta, gamma).map((entry) => sign * entry)
}

/** Vectors float32 [rows, 3], each turned by a matrix and moved by a shift. */
function moved(value: TensorValue, matrix: Float64Array, shift: readonly number[]): TensorValue {
  const numbers = toNumbers(value.data)
  const data = Float64Array.from(numbers, (_, at) => {
    const [row, i] = [at - (at % 3), at % 3]
    return [0, 1, 2].reduce((sum, j) => sum + (matrix[3 * i + j] as number) * (numbers[row + j] as number), shift[i] as number)
  })
  return { ...value, data: value.data instanceof Float64Array ? data : Float32Array.from(data) }
}

/** The inputs that are vectors along their last axis: they turn, and do not move with the points. */
const VECTORS = ['velocities', 'shifts', 'frames']

/** What becomes of an output under a motion: it stays, turns as a vector, or moves as a point. */
export type OutputMotion = 'stays' | 'turns' | 'moves'

/** What happens to the outputs, in words. */
const consequence = (outputs: Readonly<Record<string, OutputMotion>>): string => {
  const parts = Object.entries(outputs).flatMap(([name, motion]) => (motion === 'stays' ? [] : [`${motion.slice(0, -1)} ${name}`]))
  return parts.length === 0 ? '' : `, which ${parts.join(' and ')}`
}

/**
 * Rotations, reflections and translations of points in space. All structures of a batch are moved by the same motion.
 *
 * @param outputs - what each output does, by name; others stay. @param proper - without reflections, for networks that tell mirror images apart.
 */
export const motions = (
  outputs: Readonly<Record<string, OutputMotion>>,
  { proper = false }: { readonly proper?: boolean } = {},
): TaskSymmetry => {
  const kinds = proper ? 'rotations and translations' : 'rotations, reflections and translations'
  return symmetry(`${kinds} of the points${consequence(outputs)}`, (_, random) => {
    const matrix = orthogonal(random, proper)
    const shift = [random.normal(), random.normal(), random.normal()]
    const turn = (value: TensorValue): TensorValue => moved(value, matrix, [0, 0, 0])
    const move = (value: TensorValue): TensorValue => moved(value, matrix, shift)
    const actions = { stays: (value: TensorValue): TensorValue => value, turns: turn, moves: move }
    return {
      input: (values) => VECTORS.reduce((all, key) => changed(all, key, turn), changed(values, 'positions', move)),
      output: (all): Values => Object.entries(outputs).reduce((some, [key, motion]) => changed(some, key, actions[motion]), all),
    }
  })
}

/** Permutes the points and the edges of structures, and the outputs with an entry for each point. @param outputs - their names. */
export const pointPermutation = (outputs: readonly string[]): TaskSymmetry =>
  symmetry(
    `permutations of the points and of the edges${outputs.length === 0 ? '' : `, which permute ${outputs.join(', ')}`}`,
    (inputs, random) => {
      const { images, input } = renumbering(inputs, random)
      const rows = (value: TensorValue): TensorValue => permuteAxis(value, 0, images)
      return { input, output: (all) => outputs.reduce((some, key) => changed(some, key, rows), all) }
    },
  )
