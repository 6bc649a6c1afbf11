import type { TensorFlow } from '@equivar/backend-tfjs'
import type * as core from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'

type Tensor = core.Tensor

/** Sizes of the signals model, as `equivar train signals` has them. */
const [ELEMENTS, HIDDEN, KERNEL, CLASSES] = [24, 64, 9, 3]

/**
 * A training step of the signals model as one would write it for TensorFlow.js alone: channels last, its own gradients and its own Adam. It is what
 * the step that Equivar builds is timed against.
 */
export function handWrittenStep(
  tf: TensorFlow,
  batch: { readonly x: Float32Array; readonly target: Int32Array; readonly shape: readonly [number, number, number] },
): () => number {
  const [sets, size, length] = batch.shape
  const variables: core.Variable[] = []
  const variable = (shape: number[], scale: number): core.Variable => {
    const made = tf.variable(tf.randomUniform(shape, -scale, scale))
    variables.push(made)
    return made
  }
  const filter = (from: number, to: number): core.Variable => variable([KERNEL, from, to], (from * KERNEL) ** -0.5)
  const norm = (channels: number): { scale: core.Variable; shift: core.Variable } => {
    const made = { scale: tf.variable(tf.ones([channels])), shift: tf.variable(tf.zeros([channels])) }
    variables.push(made.scale, made.shift)
    return made
  }
  const layers = [1, ELEMENTS].map((from) => ({ own: filter(from, ELEMENTS), shared: filter(from, ELEMENTS), norm: norm(ELEMENTS) }))
  const pooled = [ELEMENTS, HIDDEN].map((from) => ({ weight: filter(from, HIDDEN), norm: norm(HIDDEN) }))
  const head = [
    [HIDDEN, 64],
    [64, CLASSES],
  ].map(([from = 0, to = 0]) => ({ weight: variable([from, to], from ** -0.5), bias: variable([to], from ** -0.5) }))
  const x = tf.tensor(batch.x, [sets * size, length, 1])
  const target = tf.oneHot(tf.tensor1d(batch.target, 'int32'), CLASSES)

  /** [signals, length, channels] around a circle. */
  const cyclic = (signal: Tensor, weight: Tensor): Tensor => {
    const half = (KERNEL - 1) / 2
    const [count = 0, steps = 0, channels = 0] = signal.shape
    const before = tf.slice(signal, [0, steps - half, 0], [count, half, channels])
    const after = tf.slice(signal, [0, 0, 0], [count, half, channels])
    return tf.conv1d(tf.concat([before, signal, after], 1) as never, weight as never, 1, 'valid')
  }
  const normalized = (y: Tensor, { scale, shift }: ReturnType<typeof norm>): Tensor => {
    const axes = y.shape.slice(0, -1).map((_, i) => i)
    const { mean, variance } = tf.moments(y, axes)
    return tf.relu(tf.add(tf.mul(tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, 1e-5))), scale), shift))
  }
  const loss = (): core.Scalar => {
    let features = x as Tensor
    for (const layer of layers) {
      const [, , channels = 0] = features.shape
      const common = tf.mean(tf.reshape(features, [sets, size, length, channels]), 1)
      const each = tf.reshape(cyclic(features, layer.own), [sets, size, length, ELEMENTS])
      const sum = tf.add(each, tf.expandDims(cyclic(common, layer.shared), 1))
      features = tf.reshape(normalized(sum, layer.norm), [sets * size, length, ELEMENTS])
    }
    let signal: Tensor = tf.mean(tf.reshape(features, [sets, size, length, ELEMENTS]), 1)
    for (const layer of pooled) signal = normalized(cyclic(signal, layer.weight), layer.norm)
    const hidden = tf.relu(tf.add(tf.matMul(tf.mean(signal, 1), (head[0] as (typeof head)[0]).weight), (head[0] as (typeof head)[0]).bias))
    const logits = tf.add(tf.matMul(hidden, (head[1] as (typeof head)[0]).weight), (head[1] as (typeof head)[0]).bias)
    return tf.losses.softmaxCrossEntropy(target, logits) as core.Scalar
  }
  const optimizer = tf.train.adam(5e-3)
  return () => {
    const value = optimizer.minimize(loss, true, variables) as core.Scalar
    const number = value.dataSync()[0] as number
    value.dispose()
    return number
  }
}
