import type { ClassDataset } from '@equivar/datasets'
import type { Module } from '@equivar/nn'
import type { Input, Tensor, TensorValue } from '@equivar/tensor'
import { actionSymmetry, parseAction, type Symmetry } from '@equivar/verify'

/** The two networks that learn side by side. */
export const sides = ['symmetric', 'plain'] as const
export type Side = (typeof sides)[number]

/** A network, and its answer as an expression of its input. */
export interface Model {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  logits(): Tensor
}

/** The examples of a task. */
export interface Examples {
  readonly train: ClassDataset
  readonly validation: ClassDataset
  readonly test: ClassDataset
}

/** Something to learn: the class of one tensor. */
export interface Task {
  readonly title: string
  /** What is to be found out, as a question. */
  readonly question: string
  readonly classes: readonly string[]
  /** The name of the input, as exported models of this kind call it. */
  readonly input: string
  /** The shape of an example. */
  readonly shape: readonly number[]
  /** What leaves the class as it is: an action on the input, in the words of parseAction. */
  readonly action: string
  /** The same as a visitor says it: "the input is …". */
  readonly moved: string
  /** What the symmetric network is. */
  readonly network: string
  readonly batchSize: number
  readonly learningRate: number
  /** @param count - training examples. */
  data(count: number): Examples
  symmetric(): Model
  /** Draws the example of that number in a batch, within a square of 100 x 100, as markup of SVG. */
  draw(batch: TensorValue, index: number): string
}

/** Examples that are kept from training: to see how far a network is, and to be shown. */
export const KEPT = { validation: 200, test: 12 } as const

/** The numbers of one example of a batch. */
export function exampleAt({ shape, data }: TensorValue, index: number): Float32Array {
  const size = shape.slice(1).reduce((product, each) => product * each, 1)
  return (data as Float32Array).subarray(index * size, (index + 1) * size)
}

/** The symmetry that leaves the classes of a task as they are. */
export const symmetryOf = ({ input, action }: Task): Symmetry =>
  actionSymmetry({ inputs: { [input]: parseAction(action) } }, { samples: 2 })
