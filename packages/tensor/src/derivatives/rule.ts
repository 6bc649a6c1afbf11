import type { Tensor } from '../expression/tensor.ts'
import type { InputsOf, OperatorAttributes, OperatorName } from '../operators/signatures.ts'

/** What a derivative rule is given. */
export interface DerivativeContext<K extends OperatorName> {
  readonly inputs: InputsOf<K>
  readonly attributes: OperatorAttributes[K]
  readonly outputs: readonly Tensor[]
  /** The first output. */
  readonly output: Tensor
  /** Gradient of output i; undefined if the loss does not depend on it. */
  readonly gradients: readonly (Tensor | undefined)[]
  /** The tensors whose gradients are asked for; what others get may as well go to what they are made from. */
  readonly asked: ReadonlySet<Tensor>
}

/** The gradient of one input; built only if it is asked for. Undefined where it is zero. */
export type InputGradient = (() => Tensor) | undefined

/**
 * The derivative of an operator: for each input the gradient as a function of the gradient of its (first) output.
 *
 * @param g - gradient of the first output; operators with several outputs read `gradients`, where each may be missing.
 */
export type Derivative<K extends OperatorName> = (context: DerivativeContext<K>, g: Tensor) => readonly InputGradient[]

/** Operators whose results do not change with their inputs, almost everywhere or at all. */
export type PiecewiseConstant =
  | 'Identity'
  | 'Floor'
  | 'Ceil'
  | 'Round'
  | 'Sign'
  | 'IsNaN'
  | 'IsInf'
  | 'Not'
  | 'And'
  | 'Or'
  | 'Xor'
  | 'Equal'
  | 'Less'
  | 'LessOrEqual'
  | 'Greater'
  | 'GreaterOrEqual'
