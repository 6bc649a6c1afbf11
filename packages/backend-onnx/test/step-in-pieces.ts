import * as t from '@equivar/tensor'

const numbers = (seed: number, shape: readonly number[]): t.TensorValue =>
  t.tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
  )

/** Convolution, relu, pooling, a linear layer, squared errors; the loss and its gradients. */
export function step(): t.Program {
  const [x, y] = [t.input('x', 'float32', ['batch', 2, 'n', 'n']), t.input('y', 'float32', ['batch', 3])]
  const [kernel, bias, weight] = [
    t.input('kernel', 'float32', [4, 2, 3, 3]),
    t.input('bias', 'float32', [4]),
    t.input('weight', 'float32', [4, 3]),
  ]
  const pooled = t.maxPool(t.relu(t.conv(x, kernel, { bias, pads: 1 })), { kernel: 2 })
  const error = t.sub(t.matMul(t.reduceMean(pooled, { axis: [2, 3] }), weight), y)
  const loss = t.reduceMean(t.mul(error, error))
  const gradients = t.differentiate(loss, [kernel, bias, weight])
  const outputs = Object.fromEntries(gradients.map((gradient, i) => [`gradient.${i}`, gradient]))
  return t.program({ inputs: [x, y, kernel, bias, weight], outputs: { loss, ...outputs } })
}

/** Random numbers for a step on that many examples. */
export const feeds = (batch: number): Record<string, t.TensorValue> => ({
  x: numbers(1, [batch, 2, 8, 8]),
  y: numbers(2, [batch, 3]),
  kernel: numbers(3, [4, 2, 3, 3]),
  bias: numbers(4, [4]),
  weight: numbers(5, [4, 3]),
})
