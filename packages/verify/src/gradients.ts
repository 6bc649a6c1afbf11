import {
  add,
  type Binding,
  differentiate,
  dimensionValue,
  evaluate,
  type Input,
  input,
  mul,
  type Program,
  type ProgramInput,
  type ProgramOutput,
  program,
  type Random,
  reduceSum,
  symbolsOf,
} from '@equivar/tensor'
import { sizeOf, type Values } from './values.ts'

/** A Program with the outputs of another Program, a weighted sum of them, and the gradients of that sum. The weights are new inputs. */
export interface WeightedSumProgram {
  readonly program: Program
  /** The inputs with respect to which the sum is differentiated. */
  readonly wrt: readonly ProgramInput[]
  /** The names of the outputs in the sum. */
  readonly real: readonly string[]
  /** Random weights for the sizes of given feeds: normally distributed, in float64. */
  drawWeights(feeds: Values, random: Random): Values
}

/** The name of the output for the sum. */
export const SUM = 'weighted sum'
/** The name of the output for the gradient with respect to an input. */
export const gradientName = (name: string): string => `gradient of ${name}`
/** The name of the input for the weights of an output. */
export const weightsName = (name: string): string => `weights of ${name}`

const isReal = ({ tensor }: ProgramInput | ProgramOutput): boolean => tensor.dtype === 'float32'
const named = <T>(entries: readonly { readonly name: string; readonly tensor: T }[]): Record<string, T> =>
  Object.fromEntries(entries.map(({ name, tensor }) => [name, tensor]))

/** The values of symbolic sizes for given feeds. */
function bindingOf(given: Program, feeds: Values): Binding {
  const fed = given.inputs.flatMap(({ name, tensor }) => {
    const value = feeds[name]
    return value === undefined ? [] : [{ name, value, binds: tensor.binds !== undefined }]
  })
  return given.bind(
    Object.fromEntries(fed.map(({ name, value }) => [name, value.shape])),
    Object.fromEntries(fed.filter(({ binds }) => binds).map(({ name, value }) => [name, Number(value.data[0])])),
  )
}

/**
 * Adds outputs to a Program: the sum over its float outputs y of sum(weights of y * y), and the gradients of this sum.
 *
 * @param names - the float32 inputs to differentiate with respect to; all by default.
 * @throws RangeError if no output is float32.
 */
export function weightedSumProgram(given: Program, names?: readonly string[]): WeightedSumProgram {
  const wrt = given.inputs.filter((each) => isReal(each) && (names === undefined || names.includes(each.name)))
  const real = given.outputs.filter(isReal)
  if (real.length === 0) throw new RangeError('derivativeError: expected at least one float32 output, received none.')
  const weights = real.map(({ name, tensor }) => input(weightsName(name), 'float32', tensor.shape))
  const sum = real.map(({ tensor }, i) => reduceSum(mul(tensor, weights[i] as Input))).reduce((a, b) => add(a, b))
  const gradients = differentiate(
    sum,
    wrt.map(({ tensor }) => tensor),
  ).map((tensor, i) => ({ name: gradientName((wrt[i] as ProgramInput).name), tensor }))
  return {
    wrt,
    real: real.map(({ name }) => name),
    program: program({
      inputs: { ...named(given.inputs), ...Object.fromEntries(weights.map((tensor) => [tensor.name, tensor])) },
      outputs: { ...named(given.outputs), [SUM]: sum, ...named(gradients) },
    }),
    drawWeights: (feeds, random) => {
      const binding = bindingOf(given, feeds)
      const isTold = weights.some(({ shape }) => shape.some((d) => [...symbolsOf(d)].some((name) => !binding.has(name))))
      // Sizes that only a run tells.
      const results = isTold ? evaluate(given, feeds) : {}
      const drawn = weights.map((tensor, i) => {
        const shape = results[real[i]?.name ?? '']?.shape ?? tensor.shape.map((d) => dimensionValue(d, binding))
        const data = Float64Array.from({ length: sizeOf(shape) }, () => random.normal())
        return { name: tensor.name, tensor: { dtype: 'float32', shape, data } as const }
      })
      return named(drawn)
    },
  }
}
