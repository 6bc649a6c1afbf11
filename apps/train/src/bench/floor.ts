import { onnxBackend } from '@equivar/backend-onnx'
import { type Binding, type Dimension, dimensionValue, input, matMul, type Node, type Program, program, type Tensor } from '@equivar/tensor'

/** 2 m k n for a matrix product, 2 x outputs x window x channels for a convolution; 0 for everything else. */
function operationsOf({ operator, inputs, outputs }: Node, binding: Binding): number {
  const size = (d: Dimension | undefined): number => dimensionValue(d as Dimension, binding)
  const count = (x: Tensor | undefined): number => (x as Tensor).shape.reduce<number>((n, d) => n * size(d), 1)
  if (operator.name === 'MatMul') return 2 * count(outputs[0]) * size(inputs[0]?.shape.at(-1))
  if (operator.name === 'Conv') return (2 * count(outputs[0]) * count(inputs[1])) / size(inputs[1]?.shape[0])
  if (operator.name === 'ConvTranspose') return (2 * count(inputs[0]) * count(inputs[1])) / size(inputs[1]?.shape[0])
  return 0
}

/** Multiplications and additions that a Program spends in matrix products and convolutions for inputs of those sizes. */
export function productOperations(given: Program, binding: Binding): number {
  return given.nodes.reduce((sum, node) => sum + operationsOf(node, binding), 0)
}

/** Operations a second of a 1024 x 1024 matrix product here: the best that products can do. The median of five. */
export async function productRate(threads: number): Promise<number> {
  const [a, b] = [input('a', 'float32', [1024, 1024]), input('b', 'float32', [1024, 1024])]
  const executable = await onnxBackend({ threads }).compile(program({ inputs: [a, b], outputs: { y: matMul(a, b) } }))
  const value = { dtype: 'float32', shape: [1024, 1024], data: new Float32Array(1024 * 1024).fill(1) } as const
  const times: number[] = []
  for (let i = 0; i < 7; i++) {
    const started = performance.now()
    await executable.run({ a: value, b: value })
    times.push(performance.now() - started)
  }
  await executable.dispose()
  return (2 * 1024 ** 3) / ((times.slice(2).sort((x, y) => x - y)[2] as number) / 1000)
}
