/**
 * The operators in which ONNX Runtime computes on blocks of channels: domain `com.microsoft.nchwc`, on the cpu.
 *
 * A tensor [batch, channels, height, width] in blocks lies in memory as [batch, channels / block, height, width, block]. ONNX Runtime still calls its shape
 * [batch, channels, height, width], with channels a multiple of the block, and so do these; a Reshape to the five sizes moves nothing, and what follows may
 * be any operator.
 *
 * @see https://github.com/microsoft/onnxruntime, core/graph/contrib_ops/nchwc_schema_defs.cc
 */
import type { Attribute, ForeignOperator } from '@equivar/export-onnx'
import {
  type KernelContext,
  Node,
  type NumberArray,
  type Operator,
  ShapeError,
  type Tensor,
  type TensorType,
  type WindowAttributes,
} from '@equivar/tensor'

/** The channels of a block. */
export interface Block {
  readonly block: number
}

/** What is done with each number before it is written. */
export interface Activation {
  readonly activation: 'Relu' | 'none'
}

/** Whether an operator on blocks can be told what to do with each number before it is written. */
export const hasActivation = (node: Node): node is Node & { readonly attributes: Activation } =>
  node.operator.name.startsWith('Blocked') && 'activation' in node.attributes

/** How an activation is written. */
export const writtenActivation = ({ activation }: Activation): Record<string, Attribute> =>
  activation === 'none' ? {} : { activation: { string: activation } }

/** What an operator is made of; its attributes are of type A. */
interface Definition<A> {
  /** How Equivar calls it, if not by its type: one type may be several operators. */
  readonly name?: string
  readonly arity?: Operator['arity']
  infer(inputs: readonly Tensor[], attributes: A): TensorType
  /** Computes it in float64, slowly and obviously. */
  reference(inputs: readonly NumberArray[], attributes: A, context: KernelContext): NumberArray
  /** The attributes of its node. */
  written(attributes: A): Readonly<Record<string, Attribute>>
}

/** An operator of ONNX Runtime's blocked domain. */
export function blockedOperator<A extends object>(type: string, definition: Definition<A>): ForeignOperator {
  const { name = `Blocked${type}`, arity = [1, 1], infer, reference, written } = definition
  return {
    name,
    traits: [],
    arity,
    infer: (inputs, attributes) => [infer(inputs, attributes as A)],
    reference: (inputs, context) => reference(inputs, context.attributes as A, context),
    written: { domain: 'com.microsoft.nchwc', type },
    nodeAttributes: (attributes) => written(attributes as A),
  }
}

/** What an operator makes of its inputs. */
export const applied = (operator: Operator, inputs: readonly Tensor[], attributes: object): Tensor =>
  new Node(operator, inputs, attributes).output

/** [batch, channels, height, width], the channels known. */
export function imageShape(where: string, { shape }: Tensor): readonly [TensorType['shape'][0], number, ...TensorType['shape']] {
  const [batch, channels, ...spatial] = shape
  if (shape.length !== 4 || typeof channels !== 'number' || batch === undefined)
    throw new ShapeError(where, '[batch, channels, height, width] with a known number of channels', `[${shape.join(', ')}]`)
  return [batch, channels, ...spatial]
}

/** How windows are written. */
export const windows = ({ kernel, strides, pads, dilations }: WindowAttributes): Record<string, Attribute> => ({
  auto_pad: { string: 'NOTSET' },
  kernel_shape: { ints: kernel },
  strides: { ints: strides },
  pads: { ints: pads },
  dilations: { ints: dilations },
})
