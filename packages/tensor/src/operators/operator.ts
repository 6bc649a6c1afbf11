import {
  type KernelContext,
  Node,
  type NumberArray,
  type Operator,
  type Tensor,
  type TensorType,
  type Trait,
} from '../expression/tensor.ts'
import type { InputsOf, NumbersOf, OperatorAttributes, OperatorName } from './signatures.ts'

/** Computes one operator in float64, slowly and obviously. */
export type Kernel<K extends OperatorName> = (
  inputs: NumbersOf<K>,
  context: KernelContext<OperatorAttributes[K]>,
) => NumberArray | readonly NumberArray[]

/** The entry of one operator: what everything else asks. Its derivative is in the table of derivatives. */
export interface OperatorOf<K extends OperatorName = OperatorName> extends Operator {
  readonly name: K
  infer(inputs: InputsOf<K>, attributes: OperatorAttributes[K], node?: Node): readonly TensorType[]
  reference(inputs: NumbersOf<K>, context: KernelContext<OperatorAttributes[K]>): NumberArray | readonly NumberArray[]
  /** For tests: an interval in which every float operand may lie where the operator is smooth. [-2, 2] if left out. */
  readonly domain?: readonly [low: number, high: number]
}

/** What an operator is made of. One input if `arity` is left out. */
export interface OperatorDefinition<K extends OperatorName> {
  readonly traits: readonly Trait[]
  readonly arity?: number | readonly [least: number, most: number]
  /** Type and shape of the results. */
  infer(inputs: InputsOf<K>, attributes: OperatorAttributes[K], node?: Node): readonly TensorType[]
  readonly reference: Kernel<K>
  readonly domain?: readonly [low: number, high: number]
}

/** An operator's entry. */
export function operator<K extends OperatorName>(name: K, { arity = 1, ...definition }: OperatorDefinition<K>): OperatorOf<K> {
  return { name, arity: typeof arity === 'number' ? [arity, arity] : arity, ...definition }
}

/** Applies an operator and returns its outputs. */
export function applyAll<K extends OperatorName>(
  entry: OperatorOf<K>,
  inputs: InputsOf<K> & readonly Tensor[],
  attributes: OperatorAttributes[K],
): readonly Tensor[] {
  return nodeOfOperator(entry, inputs, attributes).outputs
}

/** Applies an operator and returns its first output. */
export function apply<K extends OperatorName>(
  entry: OperatorOf<K>,
  inputs: InputsOf<K> & readonly Tensor[],
  attributes: OperatorAttributes[K],
): Tensor {
  return nodeOfOperator(entry, inputs, attributes).output
}

function nodeOfOperator<K extends OperatorName>(entry: OperatorOf<K>, inputs: readonly Tensor[], attributes: OperatorAttributes[K]): Node {
  return new Node(entry, inputs, attributes as Node['attributes'])
}

/** A function that applies an operator, and the entry of that operator. */
export type Applying<K extends OperatorName, F> = F & { readonly operator: OperatorOf<K> }

/** The function, with the entry of the operator that it applies. */
export const applying = <K extends OperatorName, F extends object>(entry: OperatorOf<K>, f: F): Applying<K, F> =>
  Object.assign(f, { operator: entry })
