import { realWignerD, rotationSpectrumSize, seededRandom } from '@equivar/groups'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import { evaluate, type Input, input, type Program, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'
import {
  circleSignal,
  type EulerAngles,
  randomRotation,
  rotateRotationSignal,
  rotateSphereSignal,
  rotationSignal,
  sphereSignal,
} from '../src/index.ts'

/** A float64 value of the reference evaluator. */
export type Value = TensorValue & { readonly data: Float64Array }
/** What a tensor represents: samples on the circle, the sphere or SO(3), a spectrum, or invariant numbers. */
export type Space = 'circle' | 'sphere' | 'rotations' | 'spectrum' | 'numbers'

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/** Normally distributed numbers of the given shape. */
export function normals(shape: readonly number[], seed: number): Value {
  const random = new Random({ seed, stream: 'test' })
  return { dtype: 'float32', shape, data: Float64Array.from({ length: size(shape) }, () => random.normal()) }
}

/** Evaluates an expression of one input in float64. */
export function apply(x: TensorValue, build: (x: Input) => Tensor): Value {
  const leaf = input('x', 'float32', x.shape)
  return evaluate(program({ inputs: [leaf], outputs: { y: build(leaf) } }), { x }).y as Value
}

/** A layer with one input. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor
}

/** The program of a layer; the batch size is symbolic if `shape` says so. */
export function layerProgram(layer: Layer, shape: readonly (number | string)[]): Program {
  const x = input('x', 'float32', shape)
  return program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
}

/** Initial values of the parameters of a layer, with nonzero biases and offsets. */
export function valuesOf(layer: Layer, seed = 1): Record<string, TensorValue> {
  const random = new Random({ seed, stream: 'bias' })
  return Object.fromEntries(
    Object.entries(initialize(layer, seed)).map(([path, v]) => [
      path,
      /bias|offset/.test(path) ? { ...v, data: Float32Array.from(v.data as Float32Array, () => random.normal()) } : v,
    ]),
  )
}

/** Evaluates a layer in float64. */
export function run(layer: Layer, x: TensorValue, values: Record<string, TensorValue> = valuesOf(layer)): Value {
  return evaluate(layerProgram(layer, x.shape), { x, ...values }).y as Value
}

/** A random signal of degree below `degrees` on the grid of bandwidth b, or a random spectrum. */
export function bandLimited(space: Space, b: number, channels: number, seed: number, batch = 2, degrees = b): Value {
  if (space === 'circle') return apply(normals([2 * degrees - 1, batch, channels], seed), (s) => circleSignal(s, { bandwidth: b }))
  if (space === 'spectrum') return normals([degrees ** 2, batch, channels], seed)
  if (space === 'sphere') return apply(normals([degrees ** 2, batch, channels], seed), (s) => sphereSignal(s, { bandwidth: b }))
  return apply(normals([rotationSpectrumSize(degrees), batch, channels], seed), (s) => rotationSignal(s, { bandwidth: b }))
}

/** Multiplies every degree of a spectrum [degrees^2, batch, channels] by realWignerD. */
function rotateSpectrum({ shape, data }: Value, { alpha, beta, gamma }: EulerAngles): Float64Array {
  const width = size(shape.slice(1))
  const result = new Float64Array(data.length)
  for (let l = 0; l * l < (shape[0] as number); l++) {
    const d = realWignerD(l, alpha, beta, gamma)
    const rows = 2 * l + 1
    for (let m = 0; m < rows; m++)
      for (let n = 0; n < rows; n++)
        for (let k = 0; k < width; k++)
          result[(l * l + m) * width + k]! += (d[m * rows + n] as number) * (data[(l * l + n) * width + k] as number)
  }
  return result
}

/** Rotates signals on the circle by an angle, with the Dirichlet kernel. */
function rotateCircle({ shape, data }: Value, angle: number): Float64Array {
  const n = shape[2] as number
  const result = new Float64Array(data.length)
  for (let at = 0; at < data.length; at += n)
    for (let k = 0; k < n; k++)
      for (let j = 0; j < n; j++) {
        // The Dirichlet kernel without the highest frequency.
        let kernel = 1
        for (let m = 1; m < n / 2; m++) kernel += 2 * Math.cos(m * ((2 * Math.PI * (k - j)) / n - angle))
        result[at + k]! += ((data[at + j] as number) * kernel) / n
      }
  return result
}

/** The rotated signal, g(x) = f(Q^-1 x). */
export function rotated(space: Space, value: Value, rotation: EulerAngles): Value {
  const b = (value.shape.at(-1) as number) / 2
  const data =
    space === 'numbers'
      ? value.data
      : space === 'spectrum'
        ? rotateSpectrum(value, rotation)
        : space === 'circle'
          ? rotateCircle(value, rotation.alpha)
          : space === 'sphere'
            ? rotateSphereSignal(value.data, b, rotation)
            : rotateRotationSignal(value.data, b, rotation)
  return { ...value, data }
}

/** The same random rotations in every run. */
export function rotations(count: number, seed = 11): EulerAngles[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => randomRotation(random))
}
