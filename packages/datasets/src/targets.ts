import type { TensorValue } from '@equivar/tensor'
import { requireLabels } from './require-graph.ts'
import { float32, targets } from './values.ts'

/** A class for each example: `target` is int64 [batch]. */
export interface ClassTargets {
  /** The class of each example, from 0. */
  readonly labels: Int32Array
  /** The names of the classes. */
  readonly classes: readonly string[]
}

/** Numbers to predict for each example: `target` is float32 [batch, outputs]. */
export interface NumberTargets {
  /** [examples, outputs], row-major. The number of outputs follows from the length. */
  readonly y: ArrayLike<number>
}

/** An element of each set: `target` is int64 [batch], its position in the set from 0. */
export interface PositionTargets {
  readonly positions: ArrayLike<number>
}

/** What is to be predicted for some examples. */
export type Targets = (indices: ArrayLike<number>) => TensorValue

/** How many numbers each of some rows has. @throws RangeError if the rows are not of one length of at least 1. */
export function outputsOf(where: string, y: ArrayLike<number>, rows: number): number {
  const outputs = y.length / rows
  if (rows > 0 && Number.isInteger(outputs) && outputs >= 1) return outputs
  throw new RangeError(`${where}: expected a row of numbers in y for each of ${rows}, received ${y.length} numbers.`)
}

/** Numbers by example. @throws RangeError if the rows are not of one length. */
export function numberTargets(where: string, { y }: NumberTargets, examples: number): Targets {
  const outputs = outputsOf(where, y, examples)
  return (indices) => {
    const data = new Float32Array(indices.length * outputs)
    for (let b = 0; b < indices.length; b++) for (let k = 0; k < outputs; k++) data[b * outputs + k] = y[indices[b]! * outputs + k]!
    return float32([indices.length, outputs], data)
  }
}

/** Positions by example. @param sizes - the number of elements of each set. @throws RangeError if a set does not have its position. */
export function positionTargets(where: string, { positions }: PositionTargets, sizes: ArrayLike<number>): Targets {
  if (positions.length !== sizes.length) throw new RangeError(`${where}: expected ${sizes.length} positions, received ${positions.length}.`)
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!
    if (!(Number.isInteger(position) && position >= 0 && position < sizes[i]!))
      throw new RangeError(`${where}: expected a position from 0 to ${sizes[i]! - 1} for set ${i}, received ${position}.`)
  }
  return (indices) => targets(positions, indices)
}

/** Classes by example. @throws RangeError if a label is not a class. */
export function classTargets(where: string, { labels, classes }: ClassTargets, examples: number): Targets {
  requireLabels(where, labels, examples, classes.length)
  return (indices) => targets(labels, indices)
}
