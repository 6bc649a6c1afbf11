import { create } from '@bufbuild/protobuf'
import {
  type Attributes,
  type DataType,
  type Dimension,
  elementCount,
  type Node,
  type Program,
  type Tensor,
  type TypedArray,
} from '@equivar/tensor'
import { type Attribute, attributeOf } from './attribute.ts'
import { type Region, renamedNode } from './carried.ts'
import { byteCodes, dataTypeCodes } from './codes.ts'
import type { ForeignOperator } from './foreign.ts'
import { type NodeProto, NodeProtoSchema, type TensorProto, type ValueInfoProto } from './generated/onnx_pb.ts'
import { inOpset, writtenOpset } from './opsets.ts'
import { type ExternalData, rawBytes, storedTensor } from './stored-tensor.ts'
import { valueInfo } from './value-info.ts'
import { WrittenSizes } from './written-sizes.ts'

/** Shared by a graph and its subgraphs: names and initializers are unique over all of them. */
interface Shared {
  count: number
  readonly initializers: TensorProto[]
  readonly constants: Map<string, string>
  readonly external: ExternalData | undefined
  /** Versions of the domains of operators, where they are not those of every file. */
  readonly domains: Map<string, bigint>
  /** The version of the standard domain in which nodes are written. */
  readonly opset: number
  /** Numbers of small constants, which nodes of older versions hold in attributes. */
  readonly numbers: Map<string, readonly number[]>
  /** Names of numbers that carried regions hold: a region that is written twice has them once. */
  readonly carried: Map<TensorProto, string>
  /** Names of the Program's inputs and outputs. */
  readonly taken: ReadonlySet<string>
}

const sharedOf = (program: Program, external: ExternalData | undefined): Shared => ({
  count: 0,
  initializers: [],
  constants: new Map(),
  external,
  domains: new Map(),
  opset: writtenOpset(program),
  numbers: new Map(),
  carried: new Map(),
  taken: new Set([...program.inputs, ...program.outputs].map(({ name }) => name)),
})

/** Settings of a graph. */
export interface BuilderOptions {
  /** The graph around this one. */
  readonly outer?: GraphBuilder
  /** Sizes that only this graph knows, by the shapes of its own inputs. */
  readonly symbols?: readonly string[]
  readonly external?: ExternalData | undefined
  /** Whether the types and shapes of all values are kept. */
  readonly shapes?: boolean | undefined
}

/** Builds one ONNX graph; subgraphs see the names of the graph around them. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = []
  readonly #program: Program
  readonly #shared: Shared
  readonly #sizes: WrittenSizes
  readonly #names: Map<Tensor, string> = new Map()
  readonly #shapes: Map<string, ValueInfoProto> | undefined

  constructor(program: Program, { outer, symbols = [], external, shapes = false }: BuilderOptions = {}) {
    this.#program = program
    this.#sizes = new WrittenSizes(this, program, symbols, outer === undefined ? undefined : outer.#sizes)
    this.#shapes = shapes ? new Map() : undefined
    this.#shared = outer === undefined ? sharedOf(program, external) : outer.#shared
  }

  get initializers(): readonly TensorProto[] {
    return this.#shared.initializers
  }

  /** Versions of the domains of operators outside of the standard, and of the standard one if a node needs it; of this graph and all that belong to it. */
  get domains(): ReadonlyMap<string, bigint> {
    return this.#shared.domains
  }

  /** A builder of a subgraph of this one. @param body - what it computes, if that is a Program with inputs of its own. @param symbols - sizes that only it knows. */
  subgraph(body: Program = this.#program, symbols: readonly string[] = []): GraphBuilder {
    return new GraphBuilder(body, { outer: this, symbols, shapes: this.#shapes !== undefined })
  }

  /** A name that nothing else has. */
  fresh(hint: string): string {
    for (;;) {
      const name = `${hint}#${this.#shared.count++}`
      if (!this.#shared.taken.has(name)) return name
    }
  }

  /** The version of the standard domain in which nodes are written: 18, or that of an older file which the Program carries whole. */
  get opset(): number {
    return this.#shared.opset
  }

  /** The numbers of a small constant; undefined for anything else. */
  numbersOf(name: string): readonly number[] | undefined {
    return this.#shared.numbers.get(name)
  }

  name(x: Tensor): string {
    const known = this.#names.get(x)
    if (known === undefined) throw new Error(`exportOnnx: ${String(x)} was used before it was computed; this is a defect of export-onnx.`)
    return known
  }

  setName(x: Tensor, name: string): void {
    this.#names.set(x, name)
    const { name: operator } = x.node.operator
    if (operator !== 'Input' && operator !== 'Constant') this.#shapes?.set(name, valueInfo(name, x.dtype, x.shape))
  }

  /** The types and shapes of the values named so far, if they are kept; inputs and initializers tell their own. */
  get shapes(): ValueInfoProto[] {
    return [...(this.#shapes?.values() ?? [])]
  }

  /** Takes note of the sizes that a node tells when it runs: of its results, or the numbers themselves. */
  tell(node: Node): void {
    this.#sizes.tell(node)
  }

  /** Adds a node and returns the names of its outputs. */
  emitAll(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
    name: string = operator,
  ): void {
    const form = inOpset(this, { operator, inputs, attributes })
    this.nodes.push(
      create(NodeProtoSchema, {
        name: this.fresh(name),
        opType: operator,
        input: [...form.inputs],
        output: [...outputs],
        attribute: Object.entries(form.attributes).map(([name, value]) => attributeOf(name, value)),
      }),
    )
  }

  /** Adds a node with one output and returns its name. */
  emit(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.fresh(operator.toLowerCase())
    this.emitAll(operator, inputs, attributes, [output])
    return output
  }

  /** Adds a node of an operator outside of the standard, with one output, and returns its name. */
  emitForeign({ written: { domain, type }, nodeAttributes }: ForeignOperator, inputs: readonly string[], attributes: Attributes): string {
    const output = this.emit(type, inputs, nodeAttributes(attributes))
    ;(this.nodes.at(-1) as NodeProto).domain = domain
    this.#shared.domains.set(domain, 1n)
    return output
  }

  /** Adds nodes of another file as they are, under new names, and returns the names of what they give. */
  emitRegion({ nodes, constants, reads, gives, opsets }: Region, inputs: readonly string[]): string[] {
    const names = new Map(reads.map((name, i) => [name, inputs[i] as string]))
    const fresh = (): string => this.fresh('carried')
    for (const proto of constants) names.set(proto.name, this.#carriedConstant(proto))
    for (const name of nodes.flatMap(({ output }) => output)) if (name !== '') names.set(name, fresh())
    for (const node of nodes) this.nodes.push({ ...renamedNode(node, names, fresh), name: this.fresh(node.opType) })
    for (const [domain, version] of opsets) {
      const known = this.#shared.domains.get(domain) ?? 0n
      if (version > known) this.#shared.domains.set(domain, version)
    }
    return gives.map((name) => names.get(name) as string)
  }

  /** The name of numbers of another file, which are written once. */
  #carriedConstant(proto: TensorProto): string {
    const known = this.#shared.carried.get(proto)
    if (known !== undefined) return known
    const name = this.fresh('carried')
    this.#shared.carried.set(proto, name)
    const { external } = this.#shared
    if (external !== undefined && proto.rawData.length >= external.threshold)
      this.#addRaw(name, proto.dataType, proto.dims.map(Number), proto.rawData)
    else this.#shared.initializers.push({ ...proto, name })
    return name
  }

  /** Adds an initializer under that name. */
  addInitializer(name: string, dtype: DataType, shape: readonly number[], data: TypedArray): void {
    this.#addRaw(name, dataTypeCodes[dtype], shape, rawBytes(data, dtype))
  }

  /** The name of a constant of bytes, signed or not. */
  bytes(type: keyof typeof byteCodes, shape: readonly number[], data: Int8Array | Uint8Array): string {
    const name = this.fresh('bytes')
    this.#addRaw(name, byteCodes[type], shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    return name
  }

  #addRaw(name: string, dataType: number, shape: readonly number[], bytes: Uint8Array): void {
    this.#shared.initializers.push(storedTensor({ name, dataType, shape, bytes }, this.#shared.external))
  }

  /** The name of a constant; equal small constants are one. */
  constant(dtype: DataType, shape: readonly number[], data: TypedArray): string {
    const key =
      elementCount(shape) <= 64
        ? `${dtype}[${shape.join()}]${Array.from(data as Float64Array, (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`
        : undefined
    const known = key === undefined ? undefined : this.#shared.constants.get(key)
    if (known !== undefined) return known
    const name = this.fresh('constant')
    this.addInitializer(name, dtype, shape, data)
    if (key !== undefined) {
      this.#shared.constants.set(key, name)
      this.#shared.numbers.set(name, Array.from(data as Float64Array, Number))
    }
    return name
  }

  /** int64 [length]. */
  integers(values: readonly number[]): string {
    return this.constant('int64', [values.length], Float64Array.from(values))
  }

  /** A number of that type, as a scalar. */
  scalar(dtype: DataType, value: number): string {
    return this.constant(dtype, [], Float64Array.of(value))
  }

  /** The value of a dimension, int64 [1]. */
  dimension(d: Dimension): string {
    return this.#sizes.of(d)
  }

  /** Several dimensions as one int64 vector. */
  dimensions(sizes: readonly Dimension[]): string {
    if (sizes.every((d) => typeof d === 'number')) return this.integers(sizes as number[])
    return sizes.length === 1
      ? this.dimension(sizes[0] as Dimension)
      : this.emit(
          'Concat',
          sizes.map((d) => this.dimension(d)),
          { axis: { int: 0 } },
        )
  }
}
