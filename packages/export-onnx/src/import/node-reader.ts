import type { Dimension, Tensor } from '@equivar/tensor'
import type { AttributeProto, GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { OnnxFormatError } from '../inspect.ts'
import { asTensor, type Value } from './values.ts'

/** One node of an ONNX graph with its inputs, read in the ways operators need. */
export class NodeReader {
  readonly node: NodeProto
  readonly opset: number
  readonly #inputs: readonly (Value | undefined)[]
  readonly #attributes: ReadonlyMap<string, AttributeProto>

  constructor(node: NodeProto, inputs: readonly (Value | undefined)[], opset: number) {
    this.node = node
    this.opset = opset
    this.#inputs = inputs
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]))
  }

  /** The node, for messages. */
  get where(): string {
    return `importOnnx: node${this.node.name === '' ? '' : ` "${this.node.name}"`} ${this.node.opType}`
  }

  /** Refuses what Equivar does not have. */
  refuse(expected: string, received: string): never {
    throw new OnnxFormatError(`${this.where}: expected ${expected}, received ${received}.`)
  }

  get count(): number {
    return this.#inputs.length
  }

  value(i: number): Value | undefined {
    return this.#inputs[i]
  }

  has(i: number): boolean {
    return this.#inputs[i] !== undefined
  }

  tensor(i: number): Tensor {
    const value = this.#inputs[i]
    return value === undefined ? this.refuse(`input ${i}`, 'none') : asTensor(value)
  }

  tensors(): Tensor[] {
    return this.#inputs.map((_, i) => this.tensor(i))
  }

  sizes(i: number): readonly Dimension[] {
    return this.#inputs[i]?.sizes ?? this.refuse(`input ${i} to be known, or computed from shapes`, 'numbers that only a run tells')
  }

  integers(i: number): number[] {
    const sizes = this.sizes(i)
    return sizes.every((d) => typeof d === 'number')
      ? [...(sizes as number[])]
      : this.refuse(`input ${i} of known integers`, `[${sizes.join(', ')}]`)
  }

  /** A number that is part of the file; `otherwise` if the input is left out. */
  number(i: number, otherwise: number): number {
    const value = this.#inputs[i]
    if (value === undefined) return otherwise
    if (value.data === undefined) return this.refuse(`input ${i} to be part of the file`, 'a computed one')
    return Number(value.data.data[0])
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  int(name: string, otherwise: number): number {
    const attribute = this.#attributes.get(name)
    return attribute === undefined ? otherwise : Number(attribute.i)
  }

  ints(name: string, otherwise: readonly number[] = []): number[] {
    const attribute = this.#attributes.get(name)
    return attribute === undefined ? [...otherwise] : attribute.ints.map(Number)
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.f ?? otherwise
  }

  string(name: string, otherwise: string): string {
    const attribute = this.#attributes.get(name)
    return attribute === undefined ? otherwise : String.fromCharCode(...attribute.s)
  }

  attribute(name: string): AttributeProto | undefined {
    return this.#attributes.get(name)
  }

  graph(name: string): GraphProto {
    return this.#attributes.get(name)?.g ?? this.refuse(`a graph "${name}"`, 'none')
  }
}
