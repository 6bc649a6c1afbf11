import { type Binding, type Dimension, type DimensionLike, dimension, printShape } from './dimension.ts'
import { ShapeError } from './errors.ts'
import type { DataType } from './value.ts'

/** Type and shape of one output of an operator. */
export interface TensorType {
  readonly dtype: DataType
  readonly shape: readonly Dimension[]
}

/** Numbers of the reference: float64 whatever the type; integers are exact below 2^53; bool is 0 or 1. */
export interface NumberArray {
  readonly dtype: DataType
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** What an operator is told beside its inputs. */
export type Attributes = object

/** What a reference is given beside its inputs. */
export interface KernelContext<A = Attributes> {
  readonly attributes: A
  readonly outputs: readonly TensorType[]
  readonly binding: Binding
}

/**
 * What passes, backends and tests may rely on.
 *
 * - `plain`: an operator of ONNX with the same inputs and without attributes.
 * - `pointwise`: an element of the result depends on the operands' elements at its place only, after broadcasting.
 * - `rearranging`: every element of the result is an element of an operand, or a number that is known.
 * - `reducing`: the axes that the attribute `axes` names go, or stay with size 1 (`keepDims`).
 * - `axiswise`: what is done is done along axes that the attributes name, wherever these lie.
 * - `indexing`: an input holds positions.
 * - `contracting`: sums of products.
 * - `windowed`: a window slides over the spatial axes of [batch, channels, ...spatial].
 * - `generating`: has no inputs.
 * - `control`: holds a Program.
 * - `opaque`: computed by one runtime only; nothing is known of it but the types of its results.
 * - `telling`: sizes of its results are known only when it runs.
 * - `composite`: none of ONNX's; every target replaces it by operators that are.
 */
export type Trait =
  | 'plain'
  | 'pointwise'
  | 'rearranging'
  | 'reducing'
  | 'axiswise'
  | 'indexing'
  | 'contracting'
  | 'windowed'
  | 'generating'
  | 'control'
  | 'telling'
  | 'opaque'
  | 'composite'

/** What an operator is: its name, its traits, its shape rule and its slow, obvious reference. */
export interface Operator {
  readonly name: string
  readonly traits: readonly Trait[]
  /** The least and the largest number of inputs. */
  readonly arity: readonly [least: number, most: number]
  /** Types of the outputs; throws ShapeError or TypeMismatchError where the inputs do not fit. `node` is the one whose outputs they are. */
  infer(inputs: readonly Tensor[], attributes: Attributes, node?: Node): readonly TensorType[]
  /** Computes it in float64. */
  reference(inputs: readonly NumberArray[], context: KernelContext): NumberArray | readonly NumberArray[]
}

/** One application of an operator. */
export class Node {
  readonly operator: Operator
  readonly inputs: readonly Tensor[]
  readonly attributes: Attributes
  readonly outputs: readonly Tensor[]

  constructor(operator: Operator, inputs: readonly Tensor[], attributes: Attributes) {
    this.operator = operator
    this.inputs = inputs
    this.attributes = attributes
    this.outputs = operator.infer(inputs, attributes, this).map((type, index) => new Tensor(this, index, type))
  }

  /** Whether its operator has that trait. */
  has(trait: Trait): boolean {
    return this.operator.traits.includes(trait)
  }

  /** The first output. */
  get output(): Tensor {
    return this.outputs[0] as Tensor
  }
}

/**
 * An immutable expression: output `index` of `node`. It holds no numbers, except in constants.
 */
export class Tensor {
  readonly node: Node
  readonly index: number
  readonly dtype: DataType
  readonly shape: readonly Dimension[]

  constructor(node: Node | undefined, index: number, type: TensorType) {
    this.node = node ?? leafNode(this)
    this.index = index
    this.dtype = type.dtype
    this.shape = type.shape
  }

  get rank(): number {
    return this.shape.length
  }

  /**
   * The size of an axis; negative ones count from the last.
   *
   * @throws ShapeError if there is no such axis.
   */
  size(axis: number): Dimension {
    const size = this.shape.at(axis)
    if (size === undefined) throw new ShapeError('size', `an axis of ${printShape(this.shape)}`, `${axis}`)
    return size
  }

  toString(): string {
    return `${this.node.operator.name} ${this.dtype} ${printShape(this.shape)}`
  }
}

/** The operator of leaves: what it stands for is fed when a Program runs. */
export const inputOperator: Operator = {
  name: 'Input',
  traits: ['generating'],
  arity: [0, 0],
  infer: () => [],
  reference: () => [],
}

function leafNode(tensor: Tensor): Node {
  const node = new Node(inputOperator, [], {})
  ;(node.outputs as Tensor[]).push(tensor)
  return node
}

/**
 * A leaf: a value that a Program is given when it runs. Two inputs are different even if they look alike.
 *
 * A subclass may carry more (a Parameter carries its initializer); a Program names leaves by its `inputs`.
 */
export class Input extends Tensor {
  readonly name: string
  /** If set, the value of this int64 scalar is the size of that name. */
  readonly binds: string | undefined
  /** What a file calls sizes that it pins to a number, by axis: for messages. */
  readonly pinned: Readonly<Record<number, string>>

  constructor(
    name: string,
    dtype: DataType,
    shape: readonly DimensionLike[],
    { binds, pinned = {} }: { readonly binds?: string | undefined; readonly pinned?: Readonly<Record<number, string>> } = {},
  ) {
    super(undefined, 0, { dtype, shape: shape.map(dimension) })
    this.name = name
    this.binds = binds
    this.pinned = pinned
    if (binds !== undefined && (dtype !== 'int64' || shape.length !== 0)) {
      throw new ShapeError(`input ${name}`, 'an int64 scalar, because its value is a size', `${dtype} ${printShape(this.shape)}`)
    }
  }
}

/**
 * A named input.
 *
 * @param name - how a Program's feeds call it.
 * @param shape - numbers, names of symbols (`'batch'`), or dimensions.
 * @param options - `binds`: this int64 scalar's value is the size of that name, where no other input's shape tells it. `pinned`: what a file calls sizes that
 *   are numbers here, by axis; a message about such a size names it.
 * @example const x = input('x', 'float32', ['batch', 'n', 3])
 */
export function input(
  name: string,
  dtype: DataType,
  shape: readonly DimensionLike[],
  options: { readonly binds?: string; readonly pinned?: Readonly<Record<number, string>> } = {},
): Input {
  return new Input(name, dtype, shape, options)
}
