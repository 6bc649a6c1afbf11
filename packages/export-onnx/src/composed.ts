import type { Attributes, Operator } from '@equivar/tensor'
import type { GraphBuilder } from './graph-builder.ts'

/** An operator of one target that is written with several of ONNX's. Its `name` differs from theirs. */
export interface ComposedOperator extends Operator {
  /** Writes it and returns the name of its output. */
  write(graph: GraphBuilder, inputs: readonly string[], attributes: Attributes): string
}

/** Whether it writes itself. */
export const isComposed = (operator: Operator): operator is ComposedOperator => 'write' in operator
