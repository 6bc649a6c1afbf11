import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import {
  constant,
  elementCount,
  input,
  matMul,
  mul,
  program,
  Random,
  repeat,
  type Tensor,
  type TensorValue,
  tanh,
  tensorValue,
} from '@equivar/tensor'
import { below, drawn, sparseGraphs } from '../../../packages/batching/test/requests.ts'

export { graphsModel, imagesModel, signalsModel } from '../../../packages/batching/test/models.ts'

/** y = factor x, so that the answer shows which version gave it. */
export function scalingModel(factor: number): Uint8Array {
  const x = input('x', 'float32', ['batch', 2])
  return exportOnnx(program({ inputs: { x }, outputs: { y: mul(x, factor) } }))
}

/** Matrix products that take long for each example, all with one matrix, so that the file is small: [batch, n] with n = 512. */
export function slowModel(products = 60): Uint8Array {
  const x = input('x', 'float32', ['batch', 512])
  const inputs = {
    iteration: input('iteration', 'int64', []),
    h: input('h', 'float32', ['batch', 512]),
    w: input('w', 'float32', [512, 512]),
  }
  const body = program({ inputs, outputs: { next: tanh(matMul(inputs.h, inputs.w)) } })
  const w = constant(
    Float32Array.from({ length: 512 * 512 }, (_, i) => Math.sin(i) / 16),
    [512, 512],
  )
  const [y] = repeat(body, { count: products, states: [x], captured: [w] }) as [Tensor]
  return exportOnnx(program({ inputs: { x }, outputs: { y } }))
}

/** Writes a model file and creates its folders. */
export function writeModel(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** A request for each model, with a random size. */
export const requests: Readonly<Record<'signals' | 'graphs' | 'images', (seed: number) => Record<string, TensorValue>>> = {
  signals: (seed) => {
    const random = new Random({ seed, stream: 'signals' })
    const shape = [1 + below(random, 3), 1 + below(random, 8)]
    const bits = Array.from({ length: elementCount(shape) }, (_, i) => i === 0 || random.uniform() < 0.8)
    const x = drawn(random, [...shape, 1, random.uniform() < 0.5 ? 8 : 16])
    return random.uniform() < 0.3 ? { x } : { x, mask: tensorValue('bool', shape, bits) }
  },
  graphs: (seed) => {
    const random = new Random({ seed, stream: 'graphs' })
    return sparseGraphs(random, { graphs: 1 + below(random, 3), nodes: 1 + below(random, 9), edges: 1 + below(random, 12) })
  },
  images: (seed) => {
    const random = new Random({ seed, stream: 'images' })
    return { x: drawn(random, [1 + below(random, 3), 1, 12, 12]) }
  },
}
