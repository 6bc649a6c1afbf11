import type { Input, Tensor } from '@equivar/tensor'
import type { GraphProto } from '../generated/onnx_pb.ts'
import type { ReadExternal, Value } from './values.ts'

/** What a node sees of the graph that holds it. */
export interface Scope {
  readonly readExternal: ReadExternal | undefined
  /** A new graph inside this one: the body of a loop. */
  inner(): InnerScope
}

/** A graph within another. */
export interface InnerScope extends Scope {
  /** What it takes from outside: for each tensor there, the input that stands for it here. */
  readonly captured: ReadonlyMap<string, { readonly inside: Input; readonly outside: Tensor }>
  set(name: string, value: Value): void
  value(name: string): Value
  /** Reads initializers and nodes. */
  read(graph: GraphProto): void
}
