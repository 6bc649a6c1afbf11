import type { Attributes, Operator } from '@equivar/tensor'
import type { Attribute } from './attribute.ts'

/**
 * An operator that only one runtime has, outside of ONNX's standard. A target of that runtime may use it; files for any runtime never hold one.
 *
 * Its `name` differs from those of ONNX's operators, which passes look for.
 */
export interface ForeignOperator extends Operator {
  /** What the file calls it: a type within a domain, whose version is 1. */
  readonly written: { readonly domain: string; readonly type: string }
  /** The attributes of its node. */
  nodeAttributes(attributes: Attributes): Readonly<Record<string, Attribute>>
}

/** Whether it is none of ONNX's. */
export const isForeign = (operator: Operator): operator is ForeignOperator => 'written' in operator
