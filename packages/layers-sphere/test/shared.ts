import { wignerD } from '@equivar/groups'
import { evaluate, type Input, input, type Program, program, Random, type Tensor, type TensorValue } from '@equivar/tensor'

/** A float64 value that stands for a float32 tensor in the reference. */
export const value = (shape: readonly number[], data: Float64Array): TensorValue => ({ dtype: 'float32', shape, data })

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

/** Normal numbers of that shape. */
export function normals(shape: readonly number[], seed: number): TensorValue {
  const random = new Random({ seed, stream: 'test' })
  return value(
    shape,
    Float64Array.from({ length: size(shape) }, () => random.normal()),
  )
}

/** Evaluates one expression of one input in float64. */
export function apply(x: TensorValue, build: (x: Input) => Tensor): TensorValue & { data: Float64Array } {
  const leaf = input('x', 'float32', x.shape)
  return evaluate(program({ inputs: [leaf], outputs: { y: build(leaf) } }), { x }).y as TensorValue & { data: Float64Array }
}

/** Largest difference over the largest magnitude. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let [worst, scale] = [0, 1e-300]
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)))
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) return Number.POSITIVE_INFINITY
    scale = Math.max(scale, Math.abs(b[i] as number))
  }
  return worst / scale
}

export type { Program }
export { wignerD }
