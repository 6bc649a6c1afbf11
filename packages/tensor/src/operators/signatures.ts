import type { Dimension, DimensionLike } from '../expression/dimension.ts'
import type { Node, NumberArray, Tensor } from '../expression/tensor.ts'
import type { DataType, TypedArray } from '../expression/value.ts'
import type { Program } from '../program/program.ts'

/** No attributes. */
export type NoAttributes = Readonly<Record<string, never>>

/** What an operator takes: its inputs, and what it is told beside them. */
export interface Signature<Inputs extends readonly (Tensor | undefined)[], A = NoAttributes> {
  readonly inputs: Inputs
  readonly attributes: A
}

type Generator<A> = Signature<readonly [], A>
type Unary<A = NoAttributes> = Signature<readonly [x: Tensor], A>
type Binary<A = NoAttributes> = Signature<readonly [a: Tensor, b: Tensor], A>
type Many<A = NoAttributes> = Signature<readonly [first: Tensor, ...rest: Tensor[]], A>

/** Axes that a reduction sums over, in increasing order. */
export interface ReduceAttributes {
  readonly axes: readonly number[]
  readonly keepDims: boolean
}

/** Windows of a convolution or pooling, one entry a spatial axis; pads are [before..., after...]. */
export interface WindowAttributes {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly pads: readonly number[]
  readonly dilations: readonly number[]
}

/** Windows of a convolution whose channels are taken in groups. */
export interface ConvAttributes extends WindowAttributes {
  readonly groups: number
}

/**
 * What a loop runs. Its inputs are the first values of the states, then what is divided, then what every iteration reads; those of the body are the
 * iteration and the same three.
 */
export interface LoopAttributes {
  readonly body: Program
  /** How many rows there are to go through. */
  readonly count: Dimension
  /** Rows of one iteration; the last has the rest. An ordinary loop has rows of nothing, one an iteration. */
  readonly size: Dimension
  readonly states: number
  /** How many inputs have `count` rows along axis 0, of which an iteration is given its own. */
  readonly divided: number
}

/** How scattered values meet what is there. */
export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min'

/**
 * Every operator, its inputs and its attributes. The names are ONNX's; `Input`, `Constant` and `Dimension` are graph inputs, initializers and values
 * computed from input shapes there, `AsSizes` hands its input on, and the composite ones are written with others before a Program runs. A backend holds one
 * kernel for each of the rest, and the type checker says which is missing.
 */
export interface Signatures {
  Input: Generator<NoAttributes>
  Constant: Generator<{ readonly data: TypedArray; readonly shape: readonly number[]; readonly dtype: DataType }>
  /** The value of a symbolic dimension, an int64 scalar. */
  Dimension: Generator<{ readonly dimension: Dimension }>
  Identity: Unary

  Neg: Unary
  Abs: Unary
  Exp: Unary
  Log: Unary
  Sqrt: Unary
  Reciprocal: Unary
  Sin: Unary
  Cos: Unary
  Tan: Unary
  Asin: Unary
  Acos: Unary
  Atan: Unary
  Sinh: Unary
  Cosh: Unary
  Asinh: Unary
  Acosh: Unary
  Atanh: Unary
  Tanh: Unary
  Sigmoid: Unary
  Softplus: Unary
  Softsign: Unary
  Relu: Unary
  LeakyRelu: Unary<{ readonly alpha: number }>
  Elu: Unary<{ readonly alpha: number }>
  Selu: Unary
  HardSigmoid: Unary<{ readonly alpha: number; readonly beta: number }>
  Clip: Unary<{ readonly min: number; readonly max: number }>
  Erf: Unary
  Floor: Unary
  Ceil: Unary
  Round: Unary
  Sign: Unary
  IsNaN: Unary
  IsInf: Unary
  Not: Unary
  Cast: Unary<{ readonly to: DataType }>

  Add: Binary
  Sub: Binary
  Mul: Binary
  Div: Binary
  Mod: Binary<{ readonly truncated: boolean }>
  Pow: Binary
  Min: Binary
  Max: Binary
  And: Binary
  Or: Binary
  Xor: Binary
  Equal: Binary
  Less: Binary
  LessOrEqual: Binary
  Greater: Binary
  GreaterOrEqual: Binary
  Where: Signature<readonly [condition: Tensor, a: Tensor, b: Tensor]>

  ReduceSum: Unary<ReduceAttributes>
  ReduceMean: Unary<ReduceAttributes>
  ReduceMax: Unary<ReduceAttributes>
  ReduceMin: Unary<ReduceAttributes>
  ReduceProd: Unary<ReduceAttributes>
  ReduceLogSumExp: Unary<ReduceAttributes>
  ArgMax: Unary<{ readonly axis: number; readonly keepDims: boolean }>
  ArgMin: Unary<{ readonly axis: number; readonly keepDims: boolean }>
  CumSum: Unary<{ readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }>
  Softmax: Unary<{ readonly axis: number }>
  LogSoftmax: Unary<{ readonly axis: number }>
  TopK: Unary<{ readonly k: Dimension; readonly axis: number; readonly largest: boolean }>

  MatMul: Binary
  Einsum: Many<{ readonly equation: string }>

  Reshape: Unary<{ readonly shape: readonly Dimension[] }>
  Squeeze: Unary<{ readonly axes: readonly number[] }>
  Unsqueeze: Unary<{ readonly axes: readonly number[] }>
  Transpose: Unary<{ readonly permutation: readonly number[] }>
  Expand: Unary<{ readonly shape: readonly Dimension[] }>
  Concat: Many<{ readonly axis: number }>
  /** One entry a sliced axis, from start to before end, within bounds; the step is positive, or -1 for the whole axis reversed (start 0, end its size). */
  Slice: Unary<{
    readonly axes: readonly number[]
    readonly starts: readonly Dimension[]
    readonly ends: readonly Dimension[]
    readonly steps: readonly number[]
  }>
  Split: Unary<{ readonly axis: number; readonly sizes: readonly Dimension[] }>
  /** Pads with one number; pads are [before of every axis..., after of every axis...]. */
  Pad: Unary<{ readonly pads: readonly Dimension[]; readonly value: number }>
  Tile: Unary<{ readonly repeats: readonly Dimension[] }>
  Trilu: Unary<{ readonly upper: boolean; readonly k: number }>
  Range: Generator<{ readonly length: Dimension }>
  EyeLike: Generator<{ readonly rows: Dimension; readonly columns: Dimension; readonly k: number; readonly dtype: DataType }>

  Gather: Signature<readonly [x: Tensor, indices: Tensor], { readonly axis: number }>
  GatherElements: Signature<readonly [x: Tensor, indices: Tensor], { readonly axis: number }>
  GatherND: Signature<readonly [x: Tensor, indices: Tensor]>
  ScatterElements: Signature<
    readonly [data: Tensor, indices: Tensor, updates: Tensor],
    { readonly axis: number; readonly reduction: ScatterReduction }
  >
  ScatterND: Signature<readonly [data: Tensor, indices: Tensor, updates: Tensor], { readonly reduction: ScatterReduction }>
  /** Where the elements are that are not 0; `count` of them: a name is a size of its own. */
  NonZero: Unary<{ readonly count: DimensionLike }>
  /** The same numbers, which are sizes. */
  AsSizes: Unary<{ readonly values: readonly DimensionLike[] }>
  OneHot: Signature<readonly [indices: Tensor], { readonly depth: Dimension; readonly axis: number; readonly dtype: DataType }>

  Conv: Signature<readonly [x: Tensor, weight: Tensor, bias?: Tensor], ConvAttributes>
  ConvTranspose: Signature<readonly [x: Tensor, weight: Tensor], ConvAttributes & { readonly outputPadding: readonly number[] }>
  MaxPool: Unary<WindowAttributes>
  /** Padded zeros count. */
  AveragePool: Unary<WindowAttributes>
  /** What reaches the signal of a convolution from the gradient of its result; `spatial` are the signal's sizes. */
  ConvInputGradient: Signature<readonly [weight: Tensor, gradient: Tensor], ConvAttributes & { readonly spatial: readonly Dimension[] }>
  /** What reaches the weight of a convolution of x from the gradient of its result. */
  ConvWeightGradient: Signature<readonly [x: Tensor, gradient: Tensor], ConvAttributes>
  /** What reaches x from the gradient of y = MaxPool(x): elements of a window that tie share it equally. */
  MaxPoolGradient: Signature<readonly [x: Tensor, y: Tensor, gradient: Tensor], WindowAttributes>

  Loop: Signature<readonly Tensor[], LoopAttributes>
}

/** The name of an operator. */
export type OperatorName = keyof Signatures

/** The attributes of every operator. */
export type OperatorAttributes = { readonly [K in OperatorName]: Signatures[K]['attributes'] }

/** The operators that are none of ONNX's: targets write them with others. */
export type CompositeName = 'ConvInputGradient' | 'ConvWeightGradient' | 'MaxPoolGradient'

/** The inputs of an operator. */
export type InputsOf<K extends OperatorName> = Signatures[K]['inputs']

/** The same list with something else for each tensor. */
export type ForEach<Inputs extends readonly (Tensor | undefined)[], T> = { readonly [P in keyof Inputs]: T }

/** The reference's numbers for each input of an operator. */
export type NumbersOf<K extends OperatorName> = ForEach<InputsOf<K>, NumberArray> & readonly NumberArray[]

/** A node of that operator. */
export interface NodeOf<K extends OperatorName> extends Node {
  readonly operator: Node['operator'] & { readonly name: K }
  readonly inputs: InputsOf<K> & readonly Tensor[]
  readonly attributes: OperatorAttributes[K] & Node['attributes']
}

/** Whether the node applies that operator, so that its inputs and attributes are known. */
export function isNode<K extends OperatorName>(node: Node, name: K): node is NodeOf<K> {
  return node.operator.name === name
}

/** The node that makes the tensor, if it applies that operator. */
export function nodeOf<K extends OperatorName>({ node }: Tensor, name: K): NodeOf<K> | undefined {
  return isNode(node, name) ? node : undefined
}

/** The name of a node's operator, which is one of these. */
export const operatorName = (node: Node): OperatorName => node.operator.name as OperatorName
