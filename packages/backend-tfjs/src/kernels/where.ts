import { elementCount, type Tensor, type TensorValue } from '@equivar/tensor'
import { broadcast, type Kernel, outputShape } from '../kernel.ts'
import { fill } from '../quirks.ts'
import type { TensorFlow, TfTensor, TfType } from '../values.ts'

/** An operand in a shape. A constant is written there, which is faster than to stretch it. */
function operand(tf: TensorFlow, x: TfTensor, { node }: Tensor, shape: readonly number[]): TfTensor {
  if (node.operator.name !== 'Constant' || x.size !== 1 || x.dtype === 'bool') return broadcast(tf, x, shape)
  return fill(tf, shape, Number((node.attributes as TensorValue).data[0]), x.dtype as TfType)
}

/** Where on operands of one axis: webgl and webgpu (4.22) have no kernel for five, and those of cpu and wasm stretch conditions wrongly. */
export const where: Kernel<'Where'> = (inputs, { tf, node, ...context }) => {
  const shape = outputShape({ node, ...context })
  const [condition, a, b] = inputs.map((x, i) => tf.reshape(operand(tf, x, node.inputs[i] as Tensor, shape), [elementCount(shape)]))
  const [c, p, q] = [condition, a, b] as [TfTensor, TfTensor, TfTensor]
  const chosen = p.dtype === 'bool' ? tf.cast(tf.where(c, tf.cast(p, 'int32'), tf.cast(q, 'int32')), 'bool') : tf.where(c, p, q)
  return tf.reshape(chosen, shape)
}
