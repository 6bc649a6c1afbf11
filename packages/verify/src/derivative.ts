import { evaluate, type Program, Random, type TensorValue } from '@equivar/tensor'
import { gradientName, SUM, weightedSumProgram, weightsName } from './gradients.ts'
import { numbersOf, type Values } from './values.ts'

/** Options of derivativeError and expectDerivative. */
export interface DerivativeOptions {
  readonly feeds: Values
  /** The float32 inputs to differentiate with respect to; all by default. */
  readonly wrt?: readonly string[]
  /** The number of random directions; 3 by default. */
  readonly samples?: number
  /**
   * The step h of the central difference (f(x + h d) - f(x - h d)) / 2 h along a direction d; 1e-5 by default. The entries of d are as large as those of the
   * input, by their root mean square.
   */
  readonly step?: number
  readonly seed?: number
}

/** A directional derivative and the central difference. */
interface DerivativeReport {
  /** Their difference, divided by the largest of both magnitudes and the magnitude of the weighted outputs. */
  readonly error: number
  readonly derivative: number
  readonly difference: number
  /** The number of the direction, from 0. */
  readonly direction: number
  /** The input that contributes most to the derivative. */
  readonly input: string
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** The root mean square of some numbers; 1 if they are all 0. */
const magnitude = (numbers: ArrayLike<number>): number => Math.sqrt(dot(numbers, numbers) / numbers.length) || 1

/** The root of the sum of squares of the weighted outputs: as large as their sum with random weights. */
function sumMagnitude(outputs: Values, weights: Values, names: readonly string[]): number {
  const terms = names.map((name) => {
    const weight = numbersOf(weights[weightsName(name)])
    const weighted = numbersOf(outputs[name]).map((v, i) => v * (weight[i] as number))
    return dot(weighted, weighted)
  })
  return Math.sqrt(terms.reduce((sum, term) => sum + term, 0))
}

/** The values, moved by `amount` along a direction. */
const along = (values: Values, direction: Readonly<Record<string, Float64Array>>, amount: number): Values =>
  Object.fromEntries(
    Object.entries(direction).map(([name, numbers]): [string, TensorValue] => {
      const data = numbersOf(values[name]).map((v, i) => v + amount * (numbers[i] as number))
      return [name, { dtype: 'float32', shape: (values[name] as TensorValue).shape, data }]
    }),
  )

function report(given: Program, { feeds, wrt, samples = 3, step = 1e-5, seed = 1 }: DerivativeOptions): DerivativeReport {
  const weighted = weightedSumProgram(given, wrt)
  const random = new Random({ seed, stream: 'derivative' })
  let worst: DerivativeReport = { error: 0, derivative: 0, difference: 0, direction: 0, input: '' }
  for (let k = 0; k < samples; k++) {
    const weights = weighted.drawWeights(feeds, random)
    const all = { ...feeds, ...weights }
    const direction = Object.fromEntries(
      weighted.wrt.map(({ name }) => {
        const numbers = numbersOf(feeds[name])
        const scale = magnitude(numbers)
        return [name, numbers.map(() => scale * random.normal())]
      }),
    )
    const sumAt = (amount: number): number =>
      numbersOf(evaluate(weighted.program, { ...all, ...along(all, direction, amount) })[SUM])[0] as number
    const result = evaluate(weighted.program, all)
    const parts = weighted.wrt.map(({ name }) => ({
      name,
      part: dot(direction[name] as Float64Array, numbersOf(result[gradientName(name)])),
    }))
    const derivative = parts.reduce((sum, { part }) => sum + part, 0)
    const difference = (sumAt(step) - sumAt(-step)) / (2 * step)
    const scale = Math.max(Math.abs(derivative), Math.abs(difference), sumMagnitude(result, weights, weighted.real))
    const error = derivative === difference ? 0 : Math.abs(derivative - difference) / scale
    const input = [...parts].sort((a, b) => Math.abs(b.part) - Math.abs(a.part))[0]?.name ?? ''
    if (!(error <= worst.error)) worst = { error: Number.isNaN(error) ? Infinity : error, derivative, difference, direction: k, input }
  }
  return worst
}

/**
 * The largest relative difference between derivatives of a Program and central differences, in float64, along random directions.
 *
 * The function that is differentiated is the sum of all float outputs with random weights.
 * Law: multiplying the outputs or an input by a constant does not change the error, at any scale.
 *
 * @throws RangeError if no output is float32.
 */
export function derivativeError(given: Program, options: DerivativeOptions): number {
  return report(given, options).error
}

/**
 * Throws unless the derivatives of a Program agree with central differences.
 *
 * @throws Error that names both numbers, the direction, the input that contributes most, the tolerance and the seed.
 */
export function expectDerivative(
  given: Program,
  { tolerance = 1e-7, ...options }: DerivativeOptions & { readonly tolerance?: number },
): void {
  const { error, derivative, difference, direction, input } = report(given, options)
  if (error <= tolerance) return
  throw new Error(
    `expected derivatives to agree with central differences to ${tolerance}, received ${derivative} and ${difference} along direction ${direction}, a relative difference of ${error}; "${input}" contributes most (seed ${options.seed ?? 1}).`,
  )
}
