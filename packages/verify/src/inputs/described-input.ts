import type { DataType } from '@equivar/tensor'

/** An input of a model, as its file describes it. */
export interface DescribedInput {
  readonly name: string
  /** undefined if Equivar has no such type. */
  readonly dtype: DataType | undefined
}

/** The numbers that an input takes, both ends included. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The shapes of inputs, by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>
