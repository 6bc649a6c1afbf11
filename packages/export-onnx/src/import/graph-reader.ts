import { type Input, input, ShapeError, type Tensor } from '@equivar/tensor'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { asFormatError, OnnxFormatError } from '../inspect.ts'
import { equalSizes } from './equal-sizes.ts'
import { NodeReader } from './node-reader.ts'
import { buildNode } from './operators.ts'
import type { InnerScope } from './scope.ts'
import { describeClash, type UnnamedSizes } from './unnamed-sizes.ts'
import { dataValue, type ReadExternal, readTensor, type Value } from './values.ts'

/** What the graphs of one file share. */
export interface FileContext {
  readonly readExternal: ReadExternal | undefined
  readonly unnamed: UnnamedSizes
  /** Called for each node that is read. */
  readonly onNode: () => void
}

/** A graph that is being read; the body of a loop sees the graph around it. */
export class GraphReader implements InnerScope {
  readonly captured: Map<string, { readonly inside: Input; readonly outside: Tensor }> = new Map()
  readonly #values = new Map<string, Value>()
  readonly #file: FileContext
  readonly #outer: GraphReader | undefined

  constructor(file: FileContext, outer?: GraphReader) {
    this.#file = file
    this.#outer = outer
  }

  get readExternal(): ReadExternal | undefined {
    return this.#file.readExternal
  }

  inner(): GraphReader {
    return new GraphReader(this.#file, this)
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value)
  }

  value(name: string): Value {
    const own = this.#values.get(name)
    if (own !== undefined) return own
    if (this.#outer === undefined)
      throw new OnnxFormatError(`importOnnx: "${name}" is read before anything computes it. The file is damaged.`)
    return this.#capture(name, this.#outer.value(name))
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
      if (!this.#values.has(proto.name)) this.set(proto.name, dataValue(readTensor(proto, this.readExternal)))
    for (const node of graph.node) this.#readNode(node)
  }

  #readNode(node: NodeProto): void {
    this.#file.onNode()
    const inputs = node.input.map((name) => (name === '' ? undefined : this.value(name)))
    const reader = new NodeReader(node, inputs, this)
    const results = this.#understood(reader)
    node.output.forEach((name, i) => {
      if (name !== '') this.set(name, results[i] ?? reader.refuse(`${results.length} outputs`, `${node.output.length}`))
    })
  }

  /** What a node gives; where `tensor` refuses its shapes or types, the error names the node. */
  #understood(reader: NodeReader): readonly Value[] {
    try {
      return buildNode(reader)
    } catch (cause) {
      if (!(cause instanceof ShapeError)) throw asFormatError(cause, reader.where)
      const pairs = equalSizes(reader)
      this.#file.unnamed.equate(pairs, reader.where)
      throw asFormatError(cause, reader.where, describeClash(pairs, this.#file.unnamed))
    }
  }
}
