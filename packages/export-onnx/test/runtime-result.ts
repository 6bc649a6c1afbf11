import type { TensorValue } from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'

/** What ONNX Runtime computes for the output `y`. */
export async function runtimeResult(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, TensorValue>>,
): Promise<{ readonly dims: readonly number[]; readonly data: number[] }> {
  const session = await runtime.InferenceSession.create(bytes, { intraOpNumThreads: 1 })
  const given = Object.entries(feeds).map(([name, { shape, data }]): [string, runtime.Tensor] => [
    name,
    new runtime.Tensor('float32', data as Float32Array, [...shape]),
  ])
  const { y } = await session.run(Object.fromEntries(given))
  if (y === undefined) throw new Error('the file has no output y')
  return { dims: y.dims, data: Array.from(y.data as Float32Array) }
}
