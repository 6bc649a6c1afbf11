import type { OnnxValue } from '@equivar/export-onnx'
import { type Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { type ActionClaims, randomInputs, type Values } from '@equivar/verify'
import { numbersOf } from './editors.ts'
import { type Sizes, shapesAt } from './sizes.ts'

/** A symmetric adjacency without loops, about a third of whose edges are there. */
function randomAdjacency({ dtype, shape }: TensorValue, random: Random): TensorValue {
  const [, n = 0] = shape
  const edges = Float64Array.from({ length: n * n }, () => Number(random.uniform() < 0.3))
  return tensorValue(
    dtype,
    shape,
    edges.map((_, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      return i === j ? 0 : (edges[Math.min(i, j) * n + Math.max(i, j)] as number)
    }),
  )
}

/** A value as a visitor would expect it of an input of that name. */
function fitting(name: string, value: TensorValue, random: Random): TensorValue {
  const { dtype, shape } = value
  if (name === 'adj' && shape.length === 3 && shape[0] === 1 && shape[1] === shape[2]) return randomAdjacency(value, random)
  if (name === 'mask') return tensorValue(dtype, shape, numbersOf(value).fill(1))
  // All nodes belong to the first graph.
  if (name === 'batch' && dtype === 'int64') return tensorValue(dtype, shape, numbersOf(value).fill(0))
  if (name === 'num_graphs') return tensorValue(dtype, shape, numbersOf(value).fill(1))
  return value
}

/** Random values of all inputs at some sizes. @throws RangeError if there would be too many numbers. */
export function drawValues(inputs: readonly OnnxValue[], sizes: Sizes, claims: ActionClaims | undefined, random: Random): Values {
  const drawn = randomInputs(inputs, { shapes: shapesAt(inputs, sizes), actions: claims?.inputs ?? {}, random })
  return Object.fromEntries(Object.entries(drawn).map(([name, value]) => [name, fitting(name, value, random)]))
}
