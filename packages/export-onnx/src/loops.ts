import { create } from '@bufbuild/protobuf'
import type { TensorType } from '@equivar/tensor'
import { type GraphProto, GraphProtoSchema, type ValueInfoProto } from './generated/onnx_pb.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { valueInfo } from './value-info.ts'

/** What the body of a loop takes and gives beside its nodes. */
interface BodyEnds {
  /** The name of the iteration. */
  readonly iteration: string
  readonly states: readonly ValueInfoProto[]
  readonly results: readonly ValueInfoProto[]
}

/** The body of a loop that always goes on, of the nodes that a builder has so far. */
export function loopBody(inner: GraphBuilder, { iteration, states, results }: BodyEnds): GraphProto {
  const condition = inner.fresh('condition')
  const onward = inner.emit('Identity', [condition])
  return create(GraphProtoSchema, {
    name: inner.fresh('body'),
    node: inner.nodes,
    input: [valueInfo(iteration, 'int64', []), valueInfo(condition, 'bool', []), ...states],
    output: [valueInfo(onward, 'bool', []), ...results],
    valueInfo: inner.shapes,
  })
}

/**
 * Writes a loop that records one value in each iteration, and returns the name of all of them, stacked along a new first axis.
 *
 * @param trip - the name of how many iterations there are, an int64 scalar.
 * @param recorded - what the value of one iteration is like.
 * @param body - writes one iteration and returns the name of its value; it is given the name of the iteration, an int64 scalar.
 */
export function recordLoop(
  graph: GraphBuilder,
  trip: string,
  { dtype, shape }: TensorType,
  body: (inner: GraphBuilder, iteration: string) => string,
): string {
  const inner = graph.subgraph()
  const iteration = inner.fresh('iteration')
  const results = [valueInfo(body(inner, iteration), dtype, shape)]
  const output = graph.fresh('loop')
  const attributes = { body: { graph: loopBody(inner, { iteration, states: [], results }) } }
  graph.emitAll('Loop', [trip, graph.scalar('bool', 1)], attributes, [output])
  return output
}
