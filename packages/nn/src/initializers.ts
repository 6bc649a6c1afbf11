import type { Random } from '@equivar/tensor/random'

/** Computes the initial values of a parameter: row-major numbers for a shape, drawn from a random generator. */
export type Initializer = (shape: readonly number[], random: Random) => Float64Array

/** Overrides the fans that follow from the shape. Weights of rank 2 are [in, out]; weights of higher rank are [out, in, ...kernel]. */
export interface FanOptions {
  readonly fanIn?: number
  readonly fanOut?: number
}

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)

function fans(shape: readonly number[], { fanIn, fanOut }: FanOptions): { fanIn: number; fanOut: number } {
  const [a = 1, b = a, ...kernel] = shape
  const field = size(kernel)
  const [inputs, outputs] = shape.length > 2 ? [b * field, a * field] : [a, b]
  return { fanIn: Math.max(1, fanIn ?? inputs), fanOut: Math.max(1, fanOut ?? outputs) }
}

const fill = (shape: readonly number[], draw: () => number): Float64Array => Float64Array.from({ length: size(shape) }, draw)

/** All zeros. */
export const zerosOf: Initializer = (shape) => new Float64Array(size(shape))
/** A constant. */
export function constantOf(value: number): Initializer {
  return (shape) => new Float64Array(size(shape)).fill(value)
}
/** Uniform in [low, high). */
export function uniform(low: number, high: number): Initializer {
  return (shape, random) => fill(shape, () => low + (high - low) * random.uniform())
}
/** Normal with given standard deviation and mean. */
export function normal(deviation = 1, mean = 0): Initializer {
  return (shape, random) => fill(shape, () => mean + deviation * random.normal())
}
/** Normal with mean 0, truncated at two standard deviations. */
export function truncatedNormal(deviation = 1): Initializer {
  return (shape, random) =>
    fill(shape, () => {
      let value = random.normal()
      while (Math.abs(value) > 2) value = random.normal()
      return deviation * value
    })
}
/** Uniform with variance 2 / (fanIn + fanOut). @see Glorot, Bengio 2010. */
export function glorotUniform(options: FanOptions & { gain?: number } = {}): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans(shape, options)
    const bound = (options.gain ?? 1) * Math.sqrt(6 / (fanIn + fanOut))
    return uniform(-bound, bound)(shape, random)
  }
}
/** Normal with variance 2 / (fanIn + fanOut). @see Glorot, Bengio 2010. */
export function glorotNormal(options: FanOptions & { gain?: number } = {}): Initializer {
  return (shape, random) => {
    const { fanIn, fanOut } = fans(shape, options)
    return normal((options.gain ?? 1) * Math.sqrt(2 / (fanIn + fanOut)))(shape, random)
  }
}
/** Uniform with variance 2 / fanIn, for relu. @see He, Zhang, Ren, Sun 2015. */
export function heUniform(options: FanOptions = {}): Initializer {
  return (shape, random) => {
    const bound = Math.sqrt(6 / fans(shape, options).fanIn)
    return uniform(-bound, bound)(shape, random)
  }
}
/** Normal with variance 2 / fanIn, for relu. @see He, Zhang, Ren, Sun 2015. */
export function heNormal(options: FanOptions = {}): Initializer {
  return (shape, random) => normal(Math.sqrt(2 / fans(shape, options).fanIn))(shape, random)
}
/** Normal with variance 1 / fanIn. @see LeCun, Bottou, Orr, Mueller 1998. */
export function lecunNormal(options: FanOptions = {}): Initializer {
  return (shape, random) => normal(Math.sqrt(1 / fans(shape, options).fanIn))(shape, random)
}
/** Uniform between plus and minus 1 / sqrt(fanIn), as in PyTorch's Linear and Conv. */
export function fanInUniform(options: FanOptions = {}): Initializer {
  return (shape, random) => {
    const bound = 1 / Math.sqrt(fans(shape, options).fanIn)
    return uniform(-bound, bound)(shape, random)
  }
}
