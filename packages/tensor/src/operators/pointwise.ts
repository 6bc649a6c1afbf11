import { map, zip } from '../evaluate/array.ts'
import { broadcastShapes } from '../expression/axes.ts'
import { TypeMismatchError } from '../expression/errors.ts'
import { Node, type Tensor, type Trait } from '../expression/tensor.ts'
import { type DataType, isFloat, isInteger } from '../expression/value.ts'
import { asTensor, commonType, type TensorLike } from './constant.ts'
import { type Applying, applying, type OperatorOf, operator } from './operator.ts'
import type { NoAttributes, OperatorAttributes, OperatorName, Signatures } from './signatures.ts'

/** How kernels write what is true. */
export const bit = (truth: boolean): number => (truth ? 1 : 0)

/** A set of types, and how a message calls tensors of them. */
export interface Accepted {
  readonly fits: (dtype: DataType) => boolean
  readonly words: string
}

/** Floating-point types. */
const floats: Accepted = { fits: isFloat, words: 'floating-point' }
/** Everything but bool. */
export const numbers: Accepted = { fits: (dtype) => dtype !== 'bool', words: 'numeric' }
/** bool. */
export const bools: Accepted = { fits: (dtype) => dtype === 'bool', words: 'bool' }
/** All types. */
export const anything: Accepted = { fits: () => true, words: 'any' }

/** @throws TypeMismatchError if the tensor is of another type. */
export function demandType(where: string, { dtype }: Tensor, { fits, words }: Accepted, noun: string): void {
  if (!fits(dtype))
    throw new TypeMismatchError(where, `${noun === 'tensors' ? '' : 'a '}${words} ${noun}`, dtype, 'Use cast(x, ...) if that is meant.')
}

/** @throws TypeMismatchError if the two are of different types. */
export function demandSameType(where: string, a: Tensor, b: Tensor, noun = 'tensors'): void {
  if (a.dtype !== b.dtype) throw new TypeMismatchError(where, `two ${noun} of one type`, `${a.dtype} and ${b.dtype}`, 'Use cast(x, ...).')
}

type Named<A, Inputs> = { [K in OperatorName]: Signatures[K] extends { inputs: Inputs; attributes: A } ? K : never }[OperatorName]
/** Names of operators of one operand. */
export type UnaryName = Named<NoAttributes, readonly [Tensor]>
/** Names of elementwise operators of two operands. */
export type BinaryName = Exclude<Named<NoAttributes, readonly [Tensor, Tensor]>, 'MatMul' | 'GatherND'>

interface PointwiseOptions {
  readonly accepts?: Accepted
  /** The type of the result, if it is not the operands'. */
  readonly result?: DataType
  readonly domain?: readonly [low: number, high: number]
  /** What the operator is beside pointwise. */
  readonly traits?: readonly Trait[]
}

/** Names of elementwise operators of one operand that may have attributes. */
export type OneOperand = UnaryName | 'LeakyRelu' | 'Elu' | 'HardSigmoid' | 'Clip'
type TwoOperands = BinaryName | 'Mod'

/** An operator of one operand with attributes. */
export function unaryEntry<K extends OneOperand>(
  name: K,
  reference: (x: number, attributes: OperatorAttributes[K]) => number,
  { accepts = floats, result, traits = [], ...rest }: PointwiseOptions = {},
): OperatorOf<K> {
  const entry = operator<OneOperand>(name, {
    traits: ['pointwise', ...traits],
    infer: ([x]) => {
      demandType(name, x, accepts, 'tensor')
      return [{ dtype: result ?? x.dtype, shape: x.shape }]
    },
    reference: ([x], { attributes }) => map(x, (value) => reference(value, attributes as OperatorAttributes[K]), result),
    ...rest,
  })
  return entry as OperatorOf as OperatorOf<K>
}

/** A function of one tensor, and the entry of its operator. */
export type UnaryFunction<K extends OperatorName> = Applying<K, (x: Tensor) => Tensor>

/** An operator of one operand, elementwise. @param reference - what it does to one number. */
export function unary<K extends UnaryName>(name: K, reference: (x: number) => number, options: PointwiseOptions = {}): UnaryFunction<K> {
  const entry = unaryEntry(name, reference, { ...options, traits: ['plain'] })
  return applying(entry, (x: Tensor) => new Node(entry, [x], {}).output)
}

/** An operator of two operands of one type, broadcast, with attributes. */
export function binaryEntry<K extends TwoOperands>(
  name: K,
  reference: (a: number, b: number, attributes: OperatorAttributes[K], integers: boolean) => number,
  { accepts = numbers, result, traits = [], ...rest }: PointwiseOptions = {},
): OperatorOf<K> {
  const entry = operator<TwoOperands>(name, {
    arity: 2,
    traits: ['pointwise', ...traits],
    infer: ([a, b]) => {
      demandType(name, a, accepts, 'tensors')
      demandSameType(name, a, b)
      return [{ dtype: result ?? a.dtype, shape: broadcastShapes(name, a.shape, b.shape) }]
    },
    reference: ([a, b], { attributes }) => {
      const integers = isInteger(a.dtype)
      return zip(a, b, (p, q) => reference(p, q, attributes as OperatorAttributes[K], integers), result)
    },
    ...rest,
  })
  return entry as OperatorOf as OperatorOf<K>
}

/** A function of two tensors or numbers, and the entry of its operator. */
export type BinaryFunction<K extends OperatorName> = Applying<K, (a: TensorLike, b: TensorLike) => Tensor>

/** An operator of two operands, elementwise. @param reference - what it does to two numbers; `integers`: what to whole ones, if that differs. */
export function binary<K extends BinaryName>(
  name: K,
  reference: (a: number, b: number) => number,
  { integers = reference, ...options }: PointwiseOptions & { readonly integers?: (a: number, b: number) => number } = {},
): BinaryFunction<K> {
  const entry = binaryEntry(name, (a, b, _, whole) => (whole ? integers : reference)(a, b), { ...options, traits: ['plain'] })
  return applying(entry, (a: TensorLike, b: TensorLike) => {
    const dtype = commonType(a, b)
    return new Node(entry, [asTensor(a, dtype), asTensor(b, dtype)], {}).output
  })
}
