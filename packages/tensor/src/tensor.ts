import { type Dimension, type DimensionLike, dimension, printShape } from './dimension.ts'
import { ShapeError } from './errors.ts'
import type { OperatorAttributes, OperatorName } from './operators.ts'
import type { DataType } from './value.ts'

/** Type and shape of one output of an operator. */
export interface TensorType {
  readonly dtype: DataType
  readonly shape: readonly Dimension[]
}

/** What an operator is: its name, its shape rule and its derivative. No numbers are computed here. */
export interface Operator<K extends OperatorName = OperatorName> {
  readonly name: K
  /** Types of the outputs; throws ShapeError or TypeMismatchError where the inputs do not fit. */
  infer(inputs: readonly Tensor[], attributes: OperatorAttributes[K]): readonly TensorType[]
  /**
   * For each input the gradient as a function of the gradients of the outputs, or undefined where it is zero.
   * The functions are called only for inputs whose gradient is asked for. Absent if the operator is piecewise constant.
   */
  derivative?(context: DerivativeContext<K>): readonly ((() => Tensor) | undefined)[]
}

/** What a derivative rule is given. */
export interface DerivativeContext<K extends OperatorName = OperatorName> {
  readonly inputs: readonly Tensor[]
  readonly attributes: OperatorAttributes[K]
  readonly outputs: readonly Tensor[]
  /** Gradient of output i; undefined if the loss does not depend on it. */
  readonly gradients: readonly (Tensor | undefined)[]
}

/** One application of an operator. */
export class Node<K extends OperatorName = OperatorName> {
  readonly operator: Operator<K>
  readonly inputs: readonly Tensor[]
  readonly attributes: OperatorAttributes[K]
  readonly outputs: readonly Tensor[]

  constructor(operator: Operator<K>, inputs: readonly Tensor[], attributes: OperatorAttributes[K]) {
    this.operator = operator
    this.inputs = inputs
    this.attributes = attributes
    this.outputs = operator.infer(inputs, attributes).map((type, index) => new Tensor(this as unknown as Node, index, type))
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

  toString(): string {
    return `${this.node.operator.name} ${this.dtype} ${printShape(this.shape)}`
  }
}

const inputOperator: Operator<'Input'> = { name: 'Input', infer: () => [] }

function leafNode(tensor: Tensor): Node {
  const node = new Node(inputOperator, [], {} as OperatorAttributes['Input'])
  ;(node.outputs as Tensor[]).push(tensor)
  return node as unknown as Node
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

  constructor(name: string, dtype: DataType, shape: readonly DimensionLike[], binds?: string) {
    super(undefined, 0, { dtype, shape: shape.map(dimension) })
    this.name = name
    this.binds = binds
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
 * @param options - `binds`: this int64 scalar's value is the size of that name, where no other input's shape tells it.
 * @example const x = input('x', 'float32', ['batch', 'n', 3])
 */
export function input(name: string, dtype: DataType, shape: readonly DimensionLike[], options: { binds?: string } = {}): Input {
  return new Input(name, dtype, shape, options.binds)
}

/** Applies an operator and returns its outputs. */
export function applyAll<K extends OperatorName>(
  operator: Operator<K>,
  inputs: readonly Tensor[],
  attributes: OperatorAttributes[K],
): readonly Tensor[] {
  return new Node(operator, inputs, attributes).outputs
}

/** Applies an operator and returns its first output. */
export function apply<K extends OperatorName>(operator: Operator<K>, inputs: readonly Tensor[], attributes: OperatorAttributes[K]): Tensor {
  return applyAll(operator, inputs, attributes)[0] as Tensor
}
