import { onnxBackend } from '@equivar/backend-onnx'
import { onnxFile } from '@equivar/export-onnx'
import { type Binding, input, matMul, optimize, type Program, productOperations, program } from '@equivar/tensor'

/** Multiplications and additions that a Program spends in matrix products and convolutions for inputs of those sizes, as its file does. */
export function operationsOf(given: Program, binding: Binding): number {
  return optimize(given, onnxFile).nodes.reduce((sum, node) => sum + productOperations(node, binding), 0)
}

/** Operations a second of a 1024 x 1024 matrix product here: the best that products can do, hence the fastest of forty. */
export async function productRate(threads: number): Promise<number> {
  const [a, b] = [input('a', 'float32', [1024, 1024]), input('b', 'float32', [1024, 1024])]
  const executable = await onnxBackend({ threads }).compile(program({ inputs: [a, b], outputs: { y: matMul(a, b) } }))
  const value = { dtype: 'float32', shape: [1024, 1024], data: new Float32Array(1024 * 1024).fill(1) } as const
  const times: number[] = []
  for (let i = 0; i < 40; i++) {
    const started = performance.now()
    await executable.run({ a: value, b: value })
    times.push(performance.now() - started)
  }
  await executable.dispose()
  return (2 * 1024 ** 3) / (Math.min(...times) / 1000)
}
