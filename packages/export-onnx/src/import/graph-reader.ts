import { type Dimension, type DimensionLike, type Input, input, ShapeError, type Tensor } from '@equivar/tensor'
import type { CarriedType } from '../carried.ts'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { asFormatError, OnnxFormatError } from '../inspect.ts'
import { carry, namesFromAround } from './carry.ts'
import { computedSizes } from './computed-sizes.ts'
import type { DeclaredTypes } from './declared-types.ts'
import { equalSizes } from './equal-sizes.ts'
import { UnreadError } from './hidden.ts'
import { NodeReader } from './node-reader.ts'
import { buildNode } from './operators.ts'
import type { InnerScope } from './scope.ts'
import { describeClash, type UnnamedSizes } from './unnamed-sizes.ts'
import { asTensor, type ReadExternal, storedValue, type Value } from './values.ts'

/** Operators of which ONNX has more outputs than Equivar. */
const withMoreOutputs: ReadonlySet<string> = new Set(['MaxPool', 'BatchNormalization'])

/** What the graphs of one file share. */
export interface FileContext {
  readonly readExternal: ReadExternal | undefined
  readonly unnamed: UnnamedSizes
  /** What the file tells of the types of its values. */
  readonly types: DeclaredTypes
  /** Whether what cannot be read is carried as it is. */
  readonly carries: boolean
  /** Called for each node that is read. */
  readonly onNode: () => void
}

/** A graph that is being read; the body of a loop sees the graph around it. */
export class GraphReader implements InnerScope {
  readonly captured: Map<string, { readonly inside: Input; readonly outside: Tensor }> = new Map()
  readonly #values = new Map<string, Value>()
  readonly #file: FileContext
  readonly #outer: GraphReader | undefined
  readonly #isInlined: boolean
  readonly #sizes: Map<Tensor, readonly Dimension[] | undefined>

  /** @param isInlined - its values are those of the graph around it, not what a body captures. */
  constructor(file: FileContext, outer?: GraphReader, isInlined: boolean = false) {
    this.#file = file
    this.#outer = outer
    this.#isInlined = isInlined
    this.#sizes = isInlined && outer !== undefined ? outer.#sizes : new Map()
  }

  get readExternal(): ReadExternal | undefined {
    return this.#file.readExternal
  }

  inner(): GraphReader {
    return new GraphReader(this.#file, this)
  }

  inlined(graph: GraphProto): Value[] {
    const reader = new GraphReader(this.#file, this, true)
    reader.read(graph)
    return graph.output.map(({ name }) => reader.value(name))
  }

  toldSize(place: string, hint: string): DimensionLike {
    return this.#file.unnamed.told(place, hint)
  }

  sizesOf(x: Tensor, place: string): readonly Dimension[] | undefined {
    if (!this.#sizes.has(x)) {
      let count = 0
      this.#sizes.set(
        x,
        computedSizes(x, () => this.toldSize(`number ${count} of ${place}`, `${place.replace(/^input \d+ of node /, '')}_${count++}`)),
      )
    }
    return this.#sizes.get(x)
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value)
  }

  /** A value of this graph; undefined if there is none of that name. */
  find(name: string): Value | undefined {
    return this.#values.get(name)
  }

  value(name: string): Value {
    const own = this.#values.get(name)
    if (own !== undefined) return own
    if (this.#outer === undefined)
      throw new OnnxFormatError(`importOnnx: "${name}" is read before anything computes it. The file is damaged.`)
    const found = this.#outer.value(name)
    return this.#isInlined ? found : this.#capture(name, found)
  }

  #capture(name: string, found: Value): Value {
    if (found.tensor === undefined) return found
    const inside = input(`captured ${this.captured.size}`, found.tensor.dtype, found.tensor.shape)
    this.captured.set(name, { inside, outside: found.tensor })
    const value = { ...found, tensor: inside }
    this.set(name, value)
    return value
  }

  read(graph: GraphProto): void {
    for (const proto of graph.initializer)
      if (!this.#values.has(proto.name)) this.set(proto.name, storedValue(proto, this.readExternal, this.#file.carries))
    for (const node of graph.node) this.#readNode(node)
  }

  #readNode(node: NodeProto): void {
    this.#file.onNode()
    const inputs = node.input.map((name) => (name === '' ? undefined : this.value(name)))
    const reader = new NodeReader(node, inputs, this)
    const hidden = inputs.find((value) => value?.hidden !== undefined)?.hidden
    const results = hidden === undefined ? this.#understood(reader) : this.#carried(node, inputs, hidden.reason)
    node.output.forEach((name, i) => {
      if (name !== '') this.set(name, results[i] as Value)
    })
  }

  /** What a node gives that is carried as it is. */
  #carried(node: NodeProto, inputs: readonly (Value | undefined)[], reason: string): readonly Value[] {
    const around = namesFromAround(node)
    const names = [...node.input, ...around]
    const values = [...inputs, ...around.map((name) => this.value(name))]
    const reads = values.flatMap(
      (value, i): [string, Parameters<typeof carry>[0]['reads'] extends ReadonlyMap<string, infer V> ? V : never][] => {
        if (value === undefined) return []
        return [[names[i] as string, value.hidden === undefined ? { tensor: asTensor(value) } : { hidden: value.hidden }]]
      },
    )
    const told: string[] = []
    const types = node.output.map((name): CarriedType | undefined =>
      this.#file.types.typeOf(name, (place, hint) => {
        const size = this.toldSize(place, hint)
        if (typeof size === 'string') told.push(size)
        return size
      }),
    )
    return carry({ node, reads: new Map(reads), types, told: [...new Set(told)], opsets: this.#file.types.opsets, reason })
  }

  /** What a node gives; where `tensor` refuses its shapes or types, the error names the node. */
  #understood(reader: NodeReader): readonly Value[] {
    try {
      const results = buildNode(reader)
      const { length } = reader.node.output
      const { opType } = reader.node
      if (results.length < length) reader[withMoreOutputs.has(opType) ? 'lacks' : 'refuse'](`${results.length} outputs`, `${length}`)
      return results
    } catch (cause) {
      if (cause instanceof UnreadError && this.#file.carries) return this.#carried(reader.node, reader.inputs, cause.message)
      if (!(cause instanceof ShapeError)) throw asFormatError(cause, reader.where)
      const pairs = equalSizes(reader)
      this.#file.unnamed.equate(pairs, reader.where)
      throw asFormatError(cause, reader.where, describeClash(pairs, this.#file.unnamed))
    }
  }
}
