import { Node, type Tensor } from '@equivar/tensor'
import { type CarriedType, carriedOperator, type Region } from '../carried.ts'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import type { HiddenValue } from './hidden.ts'
import type { Value } from './values.ts'

/** Names that the graphs inside of a node read from around it. */
export function namesFromAround(node: NodeProto): string[] {
  return node.attribute.flatMap(({ g }) => (g === undefined ? [] : freeNames(g)))
}

function freeNames(graph: GraphProto): string[] {
  const own = new Set([...[...graph.input, ...graph.initializer].map(({ name }) => name), ...graph.node.flatMap(({ output }) => output)])
  const read = [...graph.node.flatMap((node) => [...node.input, ...namesFromAround(node)]), ...graph.output.map(({ name }) => name)]
  return [...new Set(read.filter((name) => name !== '' && !own.has(name)))]
}

/** What a node that is carried needs. */
export interface CarriedNode {
  readonly node: NodeProto
  /** What it reads, by the names of the file: as tensors, or hidden. */
  readonly reads: ReadonlyMap<string, { readonly tensor: Tensor } | { readonly hidden: HiddenValue }>
  /** The types that the file tells of its results; undefined where it tells none that Equivar has. */
  readonly types: readonly (CarriedType | undefined)[]
  /** The names of sizes in those types that only a run tells. */
  readonly told: readonly string[]
  readonly opsets: ReadonlyMap<string, bigint>
  readonly reason: string
}

/** All that a node needs, with what is hidden before it. */
function regionBefore({ node, reads, reason }: CarriedNode): HiddenValue {
  const all = [...reads].map(([name, value]) =>
    'hidden' in value ? value.hidden : { nodes: [], constants: [], reads: new Map([[name, value.tensor]]), reason },
  )
  return {
    nodes: [...new Set([...all.flatMap(({ nodes }) => nodes), node])],
    constants: [...new Set(all.flatMap(({ constants }) => constants))],
    reads: new Map(all.flatMap((each) => [...each.reads])),
    reason: all.find(({ nodes }) => nodes.length > 0)?.reason ?? reason,
  }
}

/** What a node gives that is carried as it is: tensors where the file tells their types, and values that stay hidden. */
export function carry(given: CarriedNode): Value[] {
  const { node, types, told, opsets } = given
  const before = regionBefore(given)
  const known = types.flatMap((type, i) => (type === undefined || node.output[i] === '' ? [] : [{ type, name: node.output[i] as string }]))
  if (known.length === 0) return types.map(() => ({ hidden: before }))
  const domains = new Set(before.nodes.map(({ domain }) => (domain === 'ai.onnx' ? '' : domain)))
  const region: Region = {
    nodes: before.nodes,
    constants: before.constants,
    reads: [...before.reads.keys()],
    gives: known.map(({ name }) => name),
    opsets: new Map([...opsets].filter(([domain]) => domains.has(domain))),
    reason: before.reason,
  }
  const made = new Node(carriedOperator(region), [...before.reads.values()], { types: known.map(({ type }) => type), told, region })
  let next = 0
  return types.map((type, i) =>
    type === undefined || node.output[i] === '' ? { hidden: before } : { tensor: made.outputs[next++] as Tensor },
  )
}
