import type { Tensor } from '@equivar/tensor'

/** Expressions by name: the inputs or the outputs of a model. */
export type Tensors = Readonly<Record<string, Tensor>>

/** A model: a function from expressions to expressions. */
export type Call = (inputs: Tensors) => Tensors
