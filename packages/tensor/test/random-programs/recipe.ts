import type { Tensor } from '@equivar/tensor'
import type { Writer } from './writer.ts'

/** Writes one more expression; throws what the operator throws where what is there does not fit. */
export type Recipe = (w: Writer) => Tensor | readonly Tensor[]

/** Recipes by name. */
export type Recipes = Readonly<Record<string, Recipe>>
