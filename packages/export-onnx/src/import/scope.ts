import type { Dimension, DimensionLike, Input, Tensor } from '@equivar/tensor'
import type { GraphProto } from '../generated/onnx_pb.ts'
import type { ReadExternal, Value } from './values.ts'

/** What a node sees of the graph that holds it. */
export interface Scope {
  readonly readExternal: ReadExternal | undefined
  /** A size that only a run tells, as a name of its own or as what it must be. @param place - what it is the size of, for messages. */
  toldSize(place: string, hint: string): DimensionLike
  /** The numbers of an int64 scalar or list of known length as sizes; undefined for any other tensor. */
  sizesOf(x: Tensor, place: string): readonly Dimension[] | undefined
  /** Reads a graph without inputs in place of the node that holds it. @returns its outputs. */
  inlined(graph: GraphProto): Value[]
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
