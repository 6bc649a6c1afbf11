import type { Tensor } from '@equivar/tensor'
import type { NodeReader } from './node-reader.ts'
import type { Value } from './values.ts'

/** What a node gives: expressions, or numbers and sizes that are known. */
export type Built = Tensor | Value | readonly Tensor[]

/** Builds what a node computes from public functions of `tensor`. */
export type Builder = (node: NodeReader) => Built

/** Builders by the names of ONNX's operators. */
export type Builders = Readonly<Record<string, Builder>>

/** An operator of one tensor, whatever its attributes say. */
export const unary =
  (f: (x: Tensor) => Tensor): Builder =>
  (node) =>
    f(node.tensor(0))
