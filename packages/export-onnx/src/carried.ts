import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Attributes, DataType, Dimension, DimensionLike, Operator, TensorType } from '@equivar/tensor'
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

/** The operator of a region. */
export function carriedOperator(region: Region): CarriedOperator {
  const names = [...new Set(region.nodes.map(operatorOf))].join(', ')
  return {
    name: `carried ${names}`,
    traits: ['telling', 'opaque'],
    arity: [0, Number.POSITIVE_INFINITY],
    region,
    infer: (_, attributes, node): TensorType[] => {
      const { types, told } = attributes as CarriedAttributes
      const own = new Set<unknown>(told)
      const sizeOf = (d: DimensionLike): Dimension => (typeof d === 'string' && own.has(d) ? symbol(d, node) : dimension(d))
      return types.map(({ dtype, shape }) => ({ dtype, shape: shape.map(sizeOf) }))
    },
    reference: () => {
      throw new FeedError(
        `evaluate: expected operators that Equivar has, received ${names}, which is carried from the file as it is: only ONNX Runtime runs it. (${region.reason})`,
      )
    },
  }
}

/** A copy of a node with other names for what it reads and gives, in the graphs inside of it too. */
export function renamedNode(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const copy = fromBinary(NodeProtoSchema, toBinary(NodeProtoSchema, create(NodeProtoSchema, node)))
  rename([copy], names)
  return copy
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
