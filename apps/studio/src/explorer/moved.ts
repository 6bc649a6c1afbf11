import type { Permutation } from '@equivar/groups'
import { SharingLinear } from '@equivar/layers-sharing'
import { initialize, parametersOf } from '@equivar/nn'
import { evaluate, input, program } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import type { Symmetry } from './symmetry.ts'

/** A function on points, moved: the value at each point goes along to its image. */
export function moved(values: ArrayLike<number>, element: Permutation): Float64Array {
  const result = new Float64Array(values.length)
  for (let point = 0; point < values.length; point++) result[element.apply(point)] = values[point]!
  return result
}

/** A layer with random weights and an input for it. */
export interface RandomLayer {
  readonly x: Float64Array
  /** The layer, computed in float64. */
  apply(x: Float64Array): Float64Array
}

/** The largest matrix in which an evaluation cheaper than a dense weight is searched for. */
const SEARCHED = 4096

/** The layer of a symmetry with one channel, random weights and biases, and a random input. @param seed - other numbers for other seeds. */
export function randomLayer({ input: from, output: to, scheme }: Symmetry, seed: number): RandomLayer {
  const evaluation = scheme.labels.length > SEARCHED ? 'dense' : 'automatic'
  const layer = new SharingLinear({ input: from, output: to, inChannels: 1, outChannels: 1, evaluation })
  const x = input('x', 'float32', [from.degree, 1])
  const layerProgram = program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
  const random = new Random({ seed, stream: 'explorer' })
  const values = initialize(layer, seed)
  values.bias?.data.forEach((_, orbit, data) => {
    data[orbit] = 0.3 * random.normal()
  })
  return {
    x: Float64Array.from({ length: from.degree }, () => random.normal()),
    apply: (data) => evaluate(layerProgram, { ...values, x: { dtype: 'float32', shape: [from.degree, 1], data } }).y.data as Float64Array,
  }
}

/** The largest difference of two lists of numbers. */
export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((largest, value, k) => Math.max(largest, Math.abs(value - b[k]!)), 0)
