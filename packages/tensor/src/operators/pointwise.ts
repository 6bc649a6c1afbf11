import { map, zip } from '../evaluate/array.ts'
import { broadcastShapes } from '../expression/axes.ts'
import { TypeMismatchError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { type DataType, isFloat, isInteger } from '../expression/value.ts'
import { asTensor, commonType, type TensorLike } from './constant.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import type { NoAttributes, OperatorAttributes, OperatorName, Signatures } from './signatures.ts'

/** A set of types, and how a message calls tensors of them. */
export interface Accepted {
  readonly fits: (dtype: DataType) => boolean
  readonly words: string
}

/** Floating-point types. */
export const floats: Accepted = { fits: isFloat, words: 'floating-point' }
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
}

/** An operator of one operand with attributes. */
export function unaryEntry<K extends OperatorName>(
  name: K & (Signatures[K]['inputs'] extends readonly [Tensor] ? K : never),
  reference: (x: number, attributes: OperatorAttributes[K]) => number,
  { accepts = floats, result, ...rest }: PointwiseOptions = {},
): OperatorOf<K> {
  return operator<K>(name, {
    traits: ['pointwise'],
    infer: (inputs) => {
      const [x] = inputs as readonly [Tensor]
      demandType(name, x, accepts, 'tensor')
      return [{ dtype: result ?? x.dtype, shape: x.shape }]
    },
    reference: (inputs, { attributes }) => map(inputs[0] as Parameters<typeof map>[0], (x) => reference(x, attributes), result),
    ...rest,
  })
}

/** A function of one tensor, and the entry of its operator. */
export interface UnaryFunction<K extends OperatorName> {
  (x: Tensor): Tensor
  readonly operator: OperatorOf<K>
}

/** An operator of one operand, elementwise. @param reference - what it does to one number. */
export function unary<K extends UnaryName>(name: K, reference: (x: number) => number, options: PointwiseOptions = {}): UnaryFunction<K> {
  const entry = unaryEntry(name as never, reference, options) as unknown as OperatorOf<UnaryName>
  return Object.assign((x: Tensor) => apply(entry, [x], {}), { operator: entry as unknown as OperatorOf<K> })
}

/** What a binary operator does to two numbers; integers may differ. */
interface BinaryReference {
  (a: number, b: number): number
  readonly integers?: (a: number, b: number) => number
}

/** An operator of two operands of one type, broadcast, with attributes. */
export function binaryEntry<K extends BinaryName | 'Mod'>(
  name: K,
  reference: (a: number, b: number, attributes: OperatorAttributes[K], integers: boolean) => number,
  { accepts = numbers, result, ...rest }: PointwiseOptions = {},
): OperatorOf<K> {
  return operator<BinaryName | 'Mod'>(name, {
    arity: 2,
    traits: ['pointwise'],
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
  }) as unknown as OperatorOf<K>
}

/** A function of two tensors or numbers, and the entry of its operator. */
export interface BinaryFunction<K extends OperatorName> {
  (a: TensorLike, b: TensorLike): Tensor
  readonly operator: OperatorOf<K>
}

/** An operator of two operands, elementwise. @param reference - what it does to two numbers; `integers`: what to whole ones, if that differs. */
export function binary<K extends BinaryName>(
  name: K,
  reference: BinaryReference | ((a: number, b: number) => number),
  { integers = reference, ...options }: PointwiseOptions & { readonly integers?: (a: number, b: number) => number } = {},
): BinaryFunction<K> {
  const entry = binaryEntry<BinaryName>(name, (a, b, _, whole) => (whole ? integers : reference)(a, b), options)
  const call = (a: TensorLike, b: TensorLike): Tensor => {
    const dtype = commonType(a, b)
    return apply(entry, [asTensor(a, dtype), asTensor(b, dtype)], {})
  }
  return Object.assign(call, { operator: entry as unknown as OperatorOf<K> })
}
