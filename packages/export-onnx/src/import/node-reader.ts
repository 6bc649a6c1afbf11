import { type DataType, type Dimension, printShape, type Tensor } from '@equivar/tensor'
import { attributeCodes } from '../codes.ts'
import type { AttributeProto, GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { attributeText, OnnxFormatError } from '../inspect.ts'
import { importedType, READABLE_TYPES, typeName } from './data-types.ts'
import { UnreadError } from './hidden.ts'
import type { Scope } from './scope.ts'
import { asTensor, dataValue, readTensor, type Value } from './values.ts'

/** One node of an ONNX graph with its inputs, read in the ways operators need. */
export class NodeReader {
  readonly node: NodeProto
  readonly scope: Scope
  readonly inputs: readonly (Value | undefined)[]
  readonly #attributes: ReadonlyMap<string, AttributeProto>

  constructor(node: NodeProto, inputs: readonly (Value | undefined)[], scope: Scope) {
    this.node = node
    this.inputs = inputs
    this.scope = scope
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

  /** Says that ONNX allows something that Equivar does not have: the node is carried as it is, or refused. */
  lacks(expected: string, received: string): never {
    throw new UnreadError(`${this.where}: expected ${expected}, received ${received}.`)
  }

  /** The name of output i. */
  output(i: number): string {
    return this.node.output[i] ?? ''
  }

  value(i: number): Value | undefined {
    return this.inputs[i]
  }

  has(i: number): boolean {
    return this.inputs[i] !== undefined
  }

  tensor(i: number): Tensor {
    const value = this.inputs[i]
    return value === undefined ? this.refuse(`input ${i}`, 'none') : asTensor(value)
  }

  /** All inputs; one at least. */
  tensors(): [Tensor, ...Tensor[]] {
    const [, ...others] = this.inputs
    return [this.tensor(0), ...others.map((_, i) => this.tensor(i + 1))]
  }

  /** The sizes that input i holds; those that are computed from numbers are known when the Program runs. */
  sizes(i: number): readonly Dimension[] {
    const { sizes, tensor } = this.inputs[i] ?? {}
    if (sizes !== undefined) return sizes
    if (tensor !== undefined) return this.asSizes(tensor, `input ${i}`)
    return this.refuse(`input ${i} to be known, or computed from shapes`, 'numbers that only a run tells')
  }

  /** Numbers that are computed for this node as sizes. @param what - which they are, for messages. */
  asSizes(x: Tensor, what: string): readonly Dimension[] {
    const found = this.scope.sizesOf(x, `${what} of ${this.where.replace('importOnnx: ', '')}`)
    if (found !== undefined) return found
    const isOpen = x.rank === 1 && typeof x.shape[0] !== 'number'
    return this[isOpen ? 'lacks' : 'refuse'](`${what} to be known, or computed from shapes`, 'numbers that only a run tells')
  }

  /** The one size that input i holds. */
  size(i: number): Dimension {
    const sizes = this.sizes(i)
    const [size] = sizes
    return size === undefined || sizes.length > 1 ? this.refuse(`one number as input ${i}`, printShape(sizes)) : size
  }

  integers(i: number): number[] {
    const sizes = this.sizes(i)
    return sizes.map((d) => (typeof d === 'number' ? d : this.lacks(`input ${i} of known integers`, printShape(sizes))))
  }

  /** A number that is part of the file; `otherwise` if the input is left out. */
  number(i: number, otherwise: number): number {
    const value = this.inputs[i]
    if (value === undefined) return otherwise
    if (value.data === undefined) return this.lacks(`input ${i} to be part of the file`, 'a computed one')
    const { length, 0: number } = value.data.data
    return length === 1 ? Number(number) : this.refuse(`one number as input ${i}`, `${length}`)
  }

  get attributeNames(): string[] {
    return [...this.#attributes.keys()]
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  #attribute(name: string, type: keyof typeof attributeCodes): AttributeProto | undefined {
    const found = this.#attributes.get(name)
    if (found === undefined || found.type === attributeCodes[type]) return found
    const types: readonly string[] = Object.keys(attributeCodes)
    const codes: readonly number[] = Object.values(attributeCodes)
    return this.refuse(`attribute ${name} of type ${type}`, types[codes.indexOf(found.type)] ?? `type ${found.type}`)
  }

  int(name: string, otherwise: number): number {
    const attribute = this.#attribute(name, 'int')
    return attribute === undefined ? otherwise : Number(attribute.i)
  }

  /** An integer of the file that means yes or no. */
  flag(name: string, otherwise: boolean): boolean {
    return this.int(name, otherwise ? 1 : 0) !== 0
  }

  ints(name: string, otherwise: readonly number[] = []): number[] {
    return this.#attribute(name, 'ints')?.ints.map(Number) ?? [...otherwise]
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, 'float')?.f ?? otherwise
  }

  floats(name: string): number[] {
    return this.#attribute(name, 'floats')?.floats ?? []
  }

  string(name: string, otherwise: string): string {
    const attribute = this.#attribute(name, 'string')
    return attribute === undefined ? otherwise : attributeText(attribute.s)
  }

  strings(name: string, otherwise: readonly string[]): string[] {
    return this.#attribute(name, 'strings')?.strings.map(attributeText) ?? [...otherwise]
  }

  /** The data type that an attribute names by its number. */
  dataType(name: string, otherwise: DataType): DataType {
    if (!this.hasAttribute(name)) return otherwise
    const code = this.int(name, 0)
    return importedType(code) ?? this.lacks(`${name} ${READABLE_TYPES}`, typeName(code))
  }

  /** Numbers that an attribute holds. */
  tensorAttribute(name: string): Value | undefined {
    const proto = this.#attribute(name, 'tensor')?.t
    return proto === undefined ? undefined : dataValue(readTensor(proto, this.scope.readExternal))
  }

  graph(name: string): GraphProto {
    return this.#attribute(name, 'graph')?.g ?? this.refuse(`a graph "${name}"`, 'none')
  }
}
