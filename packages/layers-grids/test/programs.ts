import { initialize, type Module, parametersOf } from '@equivar/nn'
import { input, type Program, program, Random, reshape, type Tensor, type TensorValue } from '@equivar/tensor'

export type Layer = Module & { forward(x: Tensor): Tensor }

/** The layer as a Program from x of that shape; sizes may be names. */
export function layerProgram(layer: Layer, shape: readonly (number | string)[]): Program {
  const x = input('x', 'float32', shape)
  return program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
}

const size = (shape: readonly unknown[]): number => (shape as readonly number[]).reduce((a, b) => a * b, 1)

/**
 * The layer at fixed sizes with all that a group acts on in one last axis: x [batch, channels, points], y alike.
 *
 * @param y - false for an invariant output, which stays as it is.
 */
export function flatProgram(layer: Layer, [batch = 1, channels = 1, ...points]: readonly number[], equivariant = true): Program {
  const x = input('x', 'float32', [batch, channels, size(points)])
  const y = layer.forward(reshape(x, [batch, channels, ...points]))
  const flat = equivariant ? reshape(y, [batch, y.shape[1] as number, size(y.shape.slice(2))]) : y
  return program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: flat } })
}

/** Normal numbers, in float64. */
export function normal(shape: readonly number[], seed = 1): TensorValue {
  const random = new Random({ seed, stream: 'normal' })
  return { dtype: 'float32', shape, data: Float64Array.from({ length: size(shape) }, () => random.normal()) }
}

/** The same, rounded to float32. */
export const rounded = ({ dtype, shape, data }: TensorValue): TensorValue => ({
  dtype,
  shape,
  data: Float32Array.from(data as Float64Array),
})

/** Random x and the first values of the parameters. */
export function feedsOf(layer: Layer, shape: readonly number[], seed = 1): Record<string, TensorValue> {
  return { x: rounded(normal(shape, seed)), ...initialize(layer, seed) }
}

/** Quarter turn counterclockwise of the last two axes of a square. */
export function turned({ shape, data, ...rest }: TensorValue): TensorValue {
  const n = shape.at(-1) as number
  const moved = data.slice()
  for (let at = 0; at < data.length; at++) {
    const [column, row] = [at % n, Math.floor(at / n) % n]
    moved[at - row * n - column + (n - 1 - column) * n + row] = data[at] as never
  }
  return { ...rest, shape, data: moved }
}

/** Largest difference over the largest magnitude. */
export function difference(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  if (a.length !== b.length) return Infinity
  let [worst, scale] = [0, 1e-300]
  for (let i = 0; i < a.length; i++) {
    const error = Math.abs(Number(a[i]) - Number(b[i]))
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error)
    scale = Math.max(scale, Math.abs(Number(b[i])))
  }
  return worst / scale
}
