import { create, fromBinary, toBinary, type UnknownField } from '@bufbuild/protobuf'
import type { Attributes, DataType, Dimension, DimensionLike, Node, Operator, Tensor, TensorType } from '@equivar/tensor'
import { dimension, FeedError, symbol } from '@equivar/tensor'
import { type NodeProto, NodeProtoSchema, type TensorProto } from './generated/onnx_pb.ts'

/** Nodes of a file that Equivar cannot read, as they stand, in an order in which they can be computed. */
export interface Region {
  readonly nodes: readonly NodeProto[]
  /** Numbers of types that Equivar lacks. */
  readonly constants: readonly TensorProto[]
  /** The names, in the file, of what it reads and of what it gives. */
  readonly reads: readonly string[]
  readonly gives: readonly string[]
  /** Versions of the domains of its operators. */
  readonly opsets: ReadonlyMap<string, bigint>
  /** Why it was not read: the message that names the node. */
  readonly reason: string
  /** What else goes along where the region is a whole file. */
  readonly file?: CarriedFile
}

/** What a whole file demands of the file that it is carried to. */
export interface CarriedFile {
  /** Its name, for messages. */
  readonly where: string
  readonly irVersion: bigint
  /** Its model-local functions, as they stand in the file. */
  readonly functions: readonly UnknownField[]
}

/** Type and shape of a result of a region; a size that only a run tells is a name. */
export interface CarriedType {
  readonly dtype: DataType
  readonly shape: readonly DimensionLike[]
}

/** What a carried node is told. */
interface CarriedAttributes extends Attributes {
  readonly types: readonly CarriedType[]
  /** The names of the sizes that it tells. */
  readonly told: readonly string[]
  /** Makes carried nodes differ that are not the same ones in the file. */
  readonly region: Region
}

/** An operator that is carried from one file to the next as it is: Equivar knows the types of its results and nothing else. */
export interface CarriedOperator extends Operator {
  readonly region: Region
}

/** Whether a node of it is carried. */
export const isCarried = (operator: Operator): operator is CarriedOperator => 'region' in operator

const operatorOf = ({ domain, opType }: NodeProto): string => (domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`)

/** The operator of a region whose results have the types that the node is told. */
export const carriedOperator = (region: Region): CarriedOperator =>
  opaqueOperator(region, (_, node, attributes) => {
    const { types, told } = attributes as CarriedAttributes
    const own = new Set<unknown>(told)
    const sizeOf = (d: DimensionLike): Dimension => (typeof d === 'string' && own.has(d) ? symbol(d, node) : dimension(d))
    return types.map(({ dtype, shape }) => ({ dtype, shape: shape.map(sizeOf) }))
  })

/** The operator of a region. @param infer - the types of what it gives. */
export function opaqueOperator(
  region: Region,
  infer: (inputs: readonly Tensor[], node: Node | undefined, attributes: Attributes) => TensorType[],
): CarriedOperator {
  const names = region.file?.where ?? [...new Set(region.nodes.map(operatorOf))].join(', ')
  return {
    name: `carried ${names}`,
    traits: ['telling', 'opaque'],
    arity: [0, Number.POSITIVE_INFINITY],
    region,
    infer: (inputs, attributes, node) => infer(inputs, node, attributes),
    reference: () => {
      throw new FeedError(
        `evaluate: expected operators that Equivar has, received ${names}, which is carried from the file as it is: only ONNX Runtime runs it. (${region.reason})`,
      )
    },
  }
}

/**
 * A copy of a node with other names for what it reads and gives, in the graphs inside of it too.
 *
 * @param fresh - makes the names of what only the graphs inside of it know, so that they clash with nothing around them.
 */
export function renamedNode(node: NodeProto, names: ReadonlyMap<string, string>, fresh: () => string): NodeProto {
  const copy = fromBinary(NodeProtoSchema, toBinary(NodeProtoSchema, create(NodeProtoSchema, node)))
  renameAll(copy, names, fresh)
  return copy
}

function renameAll(node: NodeProto, names: ReadonlyMap<string, string>, fresh: () => string): void {
  const renamed = (name: string): string => names.get(name) ?? name
  node.input = node.input.map(renamed)
  node.output = node.output.map(renamed)
  for (const { g } of node.attribute) {
    if (g === undefined) continue
    const inner = new Map(names)
    const made = g.node.flatMap(({ output }) => output).filter((name) => name !== '')
    for (const name of [...g.input, ...g.initializer].map((each) => each.name).concat(made)) inner.set(name, fresh())
    for (const each of [...g.input, ...g.initializer, ...g.output, ...g.valueInfo]) each.name = inner.get(each.name) ?? each.name
    for (const each of g.node) renameAll(each, inner, fresh)
  }
}

/** Gives values other names, in the nodes and in the graphs inside of them. */
export function rename(nodes: readonly NodeProto[], names: ReadonlyMap<string, string>): void {
  const renamed = (name: string): string => names.get(name) ?? name
  for (const node of nodes) {
    node.input = node.input.map(renamed)
    node.output = node.output.map(renamed)
    for (const { g } of node.attribute) {
      if (g === undefined) continue
      rename(g.node, names)
      for (const result of g.output) result.name = renamed(result.name)
    }
  }
}
