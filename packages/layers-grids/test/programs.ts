import { initialize, type Module, parametersOf } from '@equivar/nn'
import { input, type Program, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import { type LayerDescription, permuteAxis } from '@equivar/verify'

export type Layer = Module & { forward(x: Tensor): Tensor }

/** The Program of a layer, for x of the given shape; sizes may be symbolic. */
export function layerProgram(layer: Layer, shape: readonly (number | string)[]): Program {
  const x = input('x', 'float32', shape)
  return program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
}

const size = (shape: readonly unknown[]): number => (shape as readonly number[]).reduce((a, b) => a * b, 1)

/** Normally distributed numbers, in float64. */
export function normal(shape: readonly number[], seed = 1): TensorValue {
  const random = new Random({ seed, stream: 'normal' })
  return { dtype: 'float32', shape, data: Float64Array.from({ length: size(shape) }, () => random.normal()) }
}

/** A value, rounded to float32. */
export const rounded = ({ dtype, shape, data }: TensorValue): TensorValue => ({
  dtype,
  shape,
  data: Float32Array.from(data as Float64Array),
})

/** A random x and the initial values of the parameters. */
export function feedsOf(layer: Layer, shape: readonly number[], seed = 1): Record<string, TensorValue> {
  return { x: rounded(normal(shape, seed)), ...initialize(layer, seed) }
}

/** Rotates the last two axes of a square image by 90 degrees counterclockwise. */
export function rotate90(value: TensorValue): TensorValue {
  const n = value.shape.at(-1) ?? 0
  const images = Array.from({ length: n * n }, (_, at) => (n - 1 - (at % n)) * n + Math.floor(at / n))
  return permuteAxis(value, value.shape.length - 2, images)
}

/** The description of a layer of inputs x [batch, channels, ...]. Batch and spatial sizes are symbolic. */
export function described(
  [name, layer]: readonly [string, Layer],
  { fixed = 2, ...rest }: Omit<LayerDescription<readonly number[]>, 'name' | 'expression' | 'feeds'> & { readonly fixed?: number },
): LayerDescription<readonly number[]> {
  const named = (shape: readonly number[]): (number | string)[] =>
    shape.map((n, axis) => (axis === 0 ? 'batch' : axis < fixed ? n : `n${axis}`))
  return {
    name,
    expression: (shape) => {
      const x = input('x', 'float32', named(shape))
      return { inputs: { x }, outputs: layer.forward(x) }
    },
    variant: (shape) => shape.slice(1, fixed).join(),
    feeds: (shape, random) => ({
      x: { dtype: 'float32', shape, data: Float32Array.from({ length: size(shape) }, () => random.normal()) },
    }),
    ...rest,
  }
}
