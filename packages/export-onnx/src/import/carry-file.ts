import type { UnknownField } from '@bufbuild/protobuf'
import { create } from '@bufbuild/protobuf'
import { type Dimension, type Input, Node, ownEntry, printShape, symbol, type Tensor } from '@equivar/tensor'
import { attributeOf } from '../attribute.ts'
import { type CarriedType, opaqueOperator, type Region } from '../carried.ts'
import { dataTypeCodes } from '../codes.ts'
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.ts'
import { asFormatError, OnnxFormatError, readModel } from '../inspect.ts'
import { bindingsOf } from './bindings.ts'
import { DOUBLE } from './data-types.ts'
import { DeclaredInputs } from './declared-inputs.ts'
import { DeclaredTypes } from './declared-types.ts'
import { givenSizes } from './given-sizes.ts'
import { externalBytes, type ReadExternal } from './values.ts'

/** Settings of carryOnnx. */
export interface CarryOptions {
  /** The file's name, for messages. */
  readonly where?: string
  /** Reads values that lie in a file beside the model. */
  readonly readExternal?: ReadExternal
}

/** A whole ONNX file that can be applied to expressions. */
export interface CarriedOnnx {
  /** Its inputs as it declares them; a size without a name is a symbol of its own. */
  readonly inputs: readonly Input[]
  readonly metadata: Readonly<Record<string, string>>
  /**
   * The file's outputs for those inputs, by name. Each call is one more copy of its nodes in the graph; all copies share their numbers.
   *
   * @throws TypeMismatchError or ShapeError if an input is not what the file declares.
   */
  apply(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>
}

/** The number of the field of a model that holds its functions, and of those of a graph that names in renamed nodes would not reach. */
const FUNCTIONS = 25
const SPARSE = 15
/** The number of the field of an attribute that holds a list of graphs. */
const GRAPHS = 11

const hasField = ({ $unknown = [] }: { $unknown?: UnknownField[] | undefined }, field: number): boolean =>
  $unknown.some(({ no }) => no === field)

/** @throws OnnxFormatError if a part of a graph cannot be given other names. */
function demandRenamed(graph: GraphProto, where: string): void {
  const refuse = (what: string): never => {
    throw new OnnxFormatError(`carryOnnx: expected ${where} without ${what}, received some. Export it again without them.`)
  }
  if (hasField(graph, SPARSE)) refuse('sparse initializers')
  for (const { attribute } of graph.node)
    for (const each of attribute) {
      if (hasField(each, GRAPHS)) refuse('lists of graphs in an attribute')
      if (each.g !== undefined) demandRenamed(each.g, where)
    }
}

/** Numbers with their bytes in the message, wherever they lay. */
function withBytes(proto: TensorProto, readExternal: ReadExternal | undefined): TensorProto {
  return proto.dataLocation === 1 ? { ...proto, dataLocation: 0, externalData: [], rawData: externalBytes(proto, readExternal) } : proto
}

/** The nodes, with the bytes of the numbers that are constants inside of them. */
const nodesWithBytes = (graph: GraphProto, readExternal: ReadExternal | undefined): NodeProto[] =>
  graph.node.map((node) => ({
    ...node,
    attribute: node.attribute.map((each) => ({
      ...each,
      t: each.t === undefined ? undefined : withBytes(each.t, readExternal),
      g:
        each.g === undefined
          ? undefined
          : {
              ...each.g,
              node: nodesWithBytes(each.g, readExternal),
              initializer: each.g.initializer.map((proto) => withBytes(proto, readExternal)),
            },
    })),
  }))

const isDouble = ({ type }: ValueInfoProto): boolean => type?.value.case === 'tensorType' && type.value.value.elemType === DOUBLE

/** What float32 stands for: double inputs are made of it, and double outputs become it. */
const asFloat = (name: string): string => `${name} as float32`

/** The node that makes numbers of one type of those of another. */
const castNode = (from: string, to: string, type: number): NodeProto =>
  create(NodeProtoSchema, { opType: 'Cast', input: [from], output: [to], attribute: [attributeOf('to', { int: type })] })

function regionOf(
  model: ModelProto,
  graph: GraphProto,
  { where = 'the model', readExternal }: CarryOptions,
  reads: readonly string[],
): Region {
  const doubles = new Set(graph.input.filter(isDouble).map(({ name }) => name))
  return {
    nodes: [
      ...reads.filter((name) => doubles.has(name)).map((name) => castNode(asFloat(name), name, DOUBLE)),
      ...nodesWithBytes(graph, readExternal),
      ...graph.output.filter(isDouble).map(({ name }) => castNode(name, asFloat(name), dataTypeCodes.float32)),
    ],
    constants: graph.initializer.map((proto) => withBytes(proto, readExternal)),
    reads: reads.map((name) => (doubles.has(name) ? asFloat(name) : name)),
    gives: graph.output.map((each) => (isDouble(each) ? asFloat(each.name) : each.name)),
    opsets: new Map(model.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version])),
    reason: 'The file is carried whole.',
    file: {
      where,
      irVersion: model.irVersion,
      functions: (model.$unknown ?? []).filter(({ no }) => no === FUNCTIONS),
    },
  }
}

/** The types that a file declares of its outputs; a size that only a run tells is a text. */
function outputTypes(graph: GraphProto, declared: DeclaredInputs, where: string): CarriedType[] {
  const types = new DeclaredTypes(create(GraphProtoSchema, { output: graph.output }), [], (name) => declared.size(name))
  return graph.output.map(({ name }) => {
    const type = types.typeOf(name, (place, hint) => declared.unnamed.told(place, hint))
    if (type !== undefined) return type
    throw new OnnxFormatError(
      `carryOnnx: expected ${where} to tell the shape of its output "${name}", and a type that Equivar has, received none. Write them into the file (onnx.shape_inference).`,
    )
  })
}

/**
 * Any ONNX file as one expression, whatever its operators, domains and opset: Equivar reads what it declares of its inputs and outputs, and nothing else. Every
 * file that is exported with it keeps its opset; what is around it is written in that opset too. Inputs and outputs of type double are float32 around it. Only ONNX Runtime runs it; there is no derivative through it.
 *
 * @throws OnnxFormatError if the file is damaged, an input or output has a type that Equivar lacks or no known rank, or a part cannot be moved to another
 *   graph: sparse initializers.
 * @example const model = carryOnnx(await readFile('model.onnx')); const { y } = model.apply({ x: flip(x, 3) })
 */
export function carryOnnx(bytes: Uint8Array, options: CarryOptions = {}): CarriedOnnx {
  const { where = 'the model' } = options
  try {
    return carried(readModel(bytes, where), options, where)
  } catch (cause) {
    throw asFormatError(cause, where)
  }
}

function carried(model: ModelProto, options: CarryOptions, where: string): CarriedOnnx {
  const graph = model.graph as GraphProto
  demandRenamed(graph, where)
  const { 'equivar.binds': binds = '{}', ...metadata } = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
  const stored = new Set(graph.initializer.map(({ name }) => name))
  const declared = new DeclaredInputs(
    graph.input.filter(({ name }) => !stored.has(name)),
    bindingsOf(binds),
  )
  const inputs = declared.inputs()
  const names = inputs.map(({ name }) => name)
  const types = outputTypes(graph, declared, where)
  const region = regionOf(model, graph, options, names)
  const told = [...new Set(types.flatMap(({ shape }) => shape.filter((d) => typeof d === 'string')))]
  // Sizes that a run tells have the same names wherever the shapes of the inputs are the same.
  const shapes = new Map<string, number>()
  let applications = 0
  return {
    inputs,
    metadata,
    apply: (given) => {
      const tensors = inputs.map((each) => ownEntry(given, each.name) ?? each)
      const key = tensors.map(({ shape }) => printShape(shape)).join()
      const number = shapes.get(key) ?? shapes.size
      shapes.set(key, number)
      const names = new Map(told.map((name) => [name, number === 0 ? name : `${name}_${number}`]))
      const operator = opaqueOperator(region, (actual, node) => {
        const sizes = givenSizes(where, inputs, actual)
        const sizeOf = (d: CarriedType['shape'][number]): Dimension =>
          typeof d === 'string' ? symbol(names.get(d) as string, node) : sizes(d)
        return types.map(({ dtype, shape }) => ({ dtype, shape: shape.map(sizeOf) }))
      })
      const { outputs } = new Node(operator, tensors, { region, told: [...names.values()], application: applications++ })
      return Object.fromEntries(graph.output.map(({ name }, i) => [name, outputs[i] as Tensor]))
    },
  }
}
