import {
  type Binding,
  type Dimension,
  dimensionValue,
  elementCount,
  type Node,
  type OperatorAttributes,
  type OperatorName,
} from '@equivar/tensor'
import type { Order } from './layout.ts'
import { heapOf, stretch } from './on-wasm.ts'
import { fill } from './quirks.ts'
import type { TensorFlow, TfTensor, TfType } from './values.ts'

/** What a kernel is given beside its inputs. */
export interface KernelContext<K extends OperatorName> {
  readonly tf: TensorFlow
  readonly attributes: OperatorAttributes[K]
  readonly node: Node
  readonly binding: Binding
  /** How the outputs lie in memory; without it as their axes say. */
  readonly order?: Order | undefined
}

/** Computes one operator with kernels that TensorFlow.js has. What it makes on the way is freed by the caller. */
export type Kernel<K extends OperatorName> = (inputs: readonly TfTensor[], context: KernelContext<K>) => TfTensor | readonly TfTensor[]

/** Kernels of some operators. */
export type Kernels<Names extends OperatorName> = { readonly [K in Names]: Kernel<K> }

/** Dimensions as numbers. */
export function sizes(dimensions: readonly Dimension[], binding: Binding): number[] {
  return dimensions.map((d) => dimensionValue(d, binding))
}

/** The shape of one output, as it lies in memory. */
export function outputShape(
  { node, binding, order }: Pick<KernelContext<OperatorName>, 'node' | 'binding' | 'order'>,
  output = 0,
): number[] {
  const shape = sizes(node.outputs[output]?.shape ?? [], binding)
  return order === undefined ? shape : order.map((axis) => shape[axis] as number)
}

/** Whether there is nothing to compute from. */
export function isEmpty(x: TfTensor): boolean {
  return elementCount(x.shape) === 0
}

/** An integer scalar. */
export function integer(tf: TensorFlow, value: number): TfTensor {
  return tf.scalar(value, 'int32')
}

/** Works on float32 or int32 where a kernel lacks bool; the result is bool again. */
export function withoutBool(tf: TensorFlow, x: TfTensor, f: (x: TfTensor) => TfTensor): TfTensor {
  return x.dtype === 'bool' ? tf.cast(f(tf.cast(x, 'int32')), 'bool') : f(x)
}

/** Runs shorter than this are faster stretched by a product with ones. */
const SHORT_RUN = 16

/**
 * Stretches axes of size 1, by a product with ones in float32: on wasm (4.22) that takes a thirtieth of what tf.broadcastTo takes, or tf.where
 * on operands of different shapes, or a product of integers; long runs are copied, see on-wasm.ts. bool comes back as bool.
 */
export function broadcast(tf: TensorFlow, x: TfTensor, shape: readonly number[]): TfTensor {
  if (x.shape.join() === shape.join()) return x
  const whole = [...shape.slice(x.shape.length).map(() => 1), ...x.shape]
  const heap = heapOf(tf)
  const run = elementCount(
    shape.slice(
      Math.max(
        0,
        whole.findLastIndex((size, axis) => size !== shape[axis]),
      ),
    ),
  )
  if (heap !== undefined && (run >= SHORT_RUN || x.dtype === 'int32'))
    return heap.write(shape, x.dtype as TfType, [x], (to, from) => stretch(from as Float32Array, whole, to, shape))
  if (x.dtype === 'int32') return tf.broadcastTo(x, [...shape])
  const wide = tf.mul(tf.cast(x, 'float32'), fill(tf, shape, 1))
  return x.dtype === 'bool' ? tf.cast(wide, 'bool') : wide
}

/** Works on operands of one shape: wasm (4.22) takes twenty times as long to compare a tensor with one that it has to stretch. */
export function inOneShape(tf: TensorFlow, a: TfTensor, b: TfTensor, f: (a: TfTensor, b: TfTensor) => TfTensor): TfTensor {
  if (tf.getBackend() !== 'wasm' || a.size === 1 || b.size === 1 || a.shape.join() === b.shape.join()) return f(a, b)
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape])
  return f(broadcast(tf, a, shape), broadcast(tf, b, shape))
}
