import {
  add,
  differentiate,
  evaluate,
  input,
  mul,
  type Program,
  program,
  Random,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'

/** Settings of a derivative check. */
export interface DerivativeOptions {
  readonly feeds: Readonly<Record<string, TensorValue>>
  /** float32 inputs to differentiate by; all if left out. */
  readonly wrt?: readonly string[]
  /** Random directions to try; 3 if left out. */
  readonly samples?: number
  readonly step?: number
  readonly seed?: number
}

const isReal = ({ dtype }: { dtype: string }): boolean => dtype === 'float32'

/**
 * How far the derivatives of a Program are from central differences, relative, in float64, along random directions.
 *
 * Every float output is weighed with random numbers and summed; the sum's derivative is compared.
 */
export function derivativeError(given: Program, { feeds, wrt, samples = 3, step = 1e-5, seed = 1 }: DerivativeOptions): number {
  const reals = given.inputs.filter(({ name, tensor }) => isReal(tensor) && (wrt === undefined || wrt.includes(name)))
  const outputs = given.outputs.filter(({ tensor }) => isReal(tensor))
  const weights = outputs.map(({ tensor }, i) => input(`weights ${i}`, 'float32', tensor.shape))
  const loss = outputs.map(({ tensor }, i) => reduceSum(mul(tensor, weights[i] as Tensor))).reduce((a, b) => add(a, b))
  const gradients = differentiate(
    loss,
    reals.map(({ tensor }) => tensor),
  )
  const names = Object.fromEntries(given.inputs.map(({ name, tensor }) => [name, tensor]))
  const p = program({
    inputs: { ...names, ...Object.fromEntries(weights.map((w) => [w.name, w])) },
    outputs: { 'weighed sum': loss, ...Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g])) },
  })
  const random = new Random({ seed, stream: 'derivative' })
  const plain = evaluate(given, feeds)
  let worst = 0
  for (let k = 0; k < samples; k++) {
    const drawn = outputs.map(({ name }, i) => {
      const { shape, data } = plain[name] as { shape: readonly number[]; data: Float64Array }
      return [`weights ${i}`, { dtype: 'float32', shape, data: data.map(() => random.normal()) } satisfies TensorValue] as const
    })
    const all = { ...feeds, ...Object.fromEntries(drawn) }
    const directions = reals.map(({ name }) => Float64Array.from((feeds[name] as TensorValue).data as Float64Array, () => random.normal()))
    const at = (amount: number): number => {
      const moved = reals.map(({ name }, i) => {
        const value = feeds[name] as TensorValue
        const data = Float64Array.from(value.data as Float64Array, (v, j) => v + amount * (directions[i]?.[j] as number))
        return [name, { ...value, data }] as const
      })
      return evaluate(p, { ...all, ...Object.fromEntries(moved) })['weighed sum']?.data[0] as number
    }
    const result = evaluate(p, all)
    const exact = directions.reduce((sum, d, i) => sum + d.reduce((s, v, j) => s + v * (result[`gradient ${i}`]?.data[j] as number), 0), 0)
    const numeric = (at(step) - at(-step)) / (2 * step)
    const error = Math.abs(exact - numeric) / Math.max(1, Math.abs(exact), Math.abs(numeric))
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error)
  }
  return worst
}
