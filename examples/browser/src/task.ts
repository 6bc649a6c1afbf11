import type { ClassDataset } from '@equivar/datasets'
import type { Module } from '@equivar/nn'
import type { Input, Random, Tensor, TensorValue } from '@equivar/tensor'

/** Examples, by name, as a Program is fed. */
export type Batch = Record<string, TensorValue>

/** A network, and its answer as an expression of its inputs. */
export interface Model {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  readonly target: Input
  logits(): Tensor
}

/** Something to learn. */
export interface Task {
  readonly title: string
  readonly description: string
  readonly classes: readonly string[]
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  data(): { readonly train: ClassDataset; readonly validation: ClassDataset; readonly test: ClassDataset }
  model(): Model
  /** A change of the input that must not change the answer. */
  symmetry(batch: Batch, random: Random): Batch
  /** Draws the example of that number in a batch, as paths within a square of 100 x 100. */
  draw(batch: Batch, index: number): string
}

/** Takes the entries of an axis in another order. */
export function reorder(value: TensorValue, axis: number, order: ArrayLike<number>): TensorValue {
  const { shape } = value
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1)
  const size = shape[axis] ?? 1
  const data = value.data.slice()
  for (let at = 0; at < data.length; at++) {
    const i = Math.floor(at / inner) % size
    data[at] = value.data[at + ((order[i] ?? 0) - i) * inner] as never
  }
  return { ...value, data }
}
