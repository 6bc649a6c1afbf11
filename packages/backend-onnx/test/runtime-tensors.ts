import { type TensorValue, tensorValue } from '@equivar/tensor'
import * as node from 'onnxruntime-node'
import type { Runtime, RuntimeTensor, RuntimeTensors } from '../src/runtime.ts'

export const runtime = node as unknown as Runtime

/** Values as the runtime takes them. */
export const tensorsOf = (feeds: Readonly<Record<string, TensorValue>>): RuntimeTensors =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, data, shape }]) => [name, new node.Tensor(dtype as never, data as never, shape) as never]),
  )

/** A value that the runtime holds on the host. */
export const hostValue = ({ type, dims, data }: RuntimeTensor): TensorValue => tensorValue(type as never, dims, data as never)
