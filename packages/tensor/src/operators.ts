import type { Dimension } from './dimension.ts'
import type { Program } from './program.ts'
import type { DataType, TypedArray } from './value.ts'

/** No attributes. */
export type None = Readonly<Record<never, never>>

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

/** How scattered values meet what is there. */
export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min'

/**
 * Every operator and its attributes. The names are ONNX's; `Input`, `Constant` and `Dimension` are graph inputs, initializers and
 * values computed from input shapes there. A backend holds one kernel for each of these, and the type checker says which is missing.
 */
export interface OperatorAttributes {
  Input: None
  Constant: { readonly data: TypedArray; readonly shape: readonly number[]; readonly dtype: DataType }
  /** The value of a symbolic dimension, an int64 scalar. */
  Dimension: { readonly dimension: Dimension }
  Identity: None

  Neg: None
  Abs: None
  Exp: None
  Log: None
  Sqrt: None
  Reciprocal: None
  Sin: None
  Cos: None
  Tan: None
  Asin: None
  Acos: None
  Atan: None
  Sinh: None
  Cosh: None
  Asinh: None
  Acosh: None
  Atanh: None
  Tanh: None
  Sigmoid: None
  Softplus: None
  Softsign: None
  Relu: None
  LeakyRelu: { readonly alpha: number }
  Elu: { readonly alpha: number }
  Selu: None
  HardSigmoid: { readonly alpha: number; readonly beta: number }
  Clip: { readonly min: number; readonly max: number }
  Erf: None
  Floor: None
  Ceil: None
  Round: None
  Sign: None
  IsNaN: None
  IsInf: None
  Not: None
  Cast: { readonly to: DataType }

  Add: None
  Sub: None
  Mul: None
  Div: None
  Mod: { readonly truncated: boolean }
  Pow: None
  Min: None
  Max: None
  And: None
  Or: None
  Xor: None
  Equal: None
  Less: None
  LessOrEqual: None
  Greater: None
  GreaterOrEqual: None
  Where: None

  ReduceSum: ReduceAttributes
  ReduceMean: ReduceAttributes
  ReduceMax: ReduceAttributes
  ReduceMin: ReduceAttributes
  ReduceProd: ReduceAttributes
  ReduceLogSumExp: ReduceAttributes
  ArgMax: { readonly axis: number; readonly keepDims: boolean }
  ArgMin: { readonly axis: number; readonly keepDims: boolean }
  CumSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }
  Softmax: { readonly axis: number }
  LogSoftmax: { readonly axis: number }

  MatMul: None
  Einsum: { readonly equation: string }

  Reshape: { readonly shape: readonly Dimension[] }
  Squeeze: { readonly axes: readonly number[] }
  Unsqueeze: { readonly axes: readonly number[] }
  Transpose: { readonly permutation: readonly number[] }
  Expand: { readonly shape: readonly Dimension[] }
  Concat: { readonly axis: number }
  /** One entry a sliced axis, from start to before end, within bounds; the step is positive, or -1 for the whole axis reversed (start 0, end its size). */
  Slice: {
    readonly axes: readonly number[]
    readonly starts: readonly Dimension[]
    readonly ends: readonly Dimension[]
    readonly steps: readonly number[]
  }
  Split: { readonly axis: number; readonly sizes: readonly Dimension[] }
  /** Pads with one number; pads are [before of every axis..., after of every axis...]. */
  Pad: { readonly pads: readonly Dimension[]; readonly value: number }
  Tile: { readonly repeats: readonly Dimension[] }
  Trilu: { readonly upper: boolean; readonly k: number }

  Gather: { readonly axis: number }
  GatherElements: { readonly axis: number }
  GatherND: None
  ScatterElements: { readonly axis: number; readonly reduction: ScatterReduction }
  ScatterND: { readonly reduction: ScatterReduction }
  Range: { readonly length: Dimension }
  EyeLike: { readonly rows: Dimension; readonly columns: Dimension; readonly k: number; readonly dtype: DataType }
  OneHot: { readonly depth: Dimension; readonly axis: number; readonly dtype: DataType }
  TopK: { readonly k: Dimension; readonly axis: number; readonly largest: boolean }

  Conv: WindowAttributes & { readonly groups: number }
  ConvTranspose: WindowAttributes & { readonly groups: number; readonly outputPadding: readonly number[] }
  MaxPool: WindowAttributes
  /** Padded zeros count. */
  AveragePool: WindowAttributes

  Loop: { readonly body: Program; readonly count: Dimension; readonly states: number }
}

/** The name of an operator. */
export type OperatorName = keyof OperatorAttributes
