import { type Executable, type TensorValue, toNumbers } from '@equivar/tensor'

/** Values of inputs or outputs of a Program, by name. */
export type Values = Readonly<Record<string, TensorValue>>

/** The largest difference of two lists of numbers. */
export interface Deviation {
  /** The largest difference, divided by the largest magnitude of the expected numbers. */
  readonly error: number
  readonly index: number
}

/** Options of relativeError. */
export interface RelativeErrorOptions {
  /** Differences are divided by at least this number; 1e-300 by default. */
  readonly minimumScale?: number
}

/** The largest difference between received and expected numbers. The error is infinite if a difference is NaN or the lengths differ. */
export function deviation(
  received: ArrayLike<number>,
  expected: ArrayLike<number>,
  { minimumScale = 1e-300 }: RelativeErrorOptions = {},
): Deviation {
  if (received.length !== expected.length) return { error: Infinity, index: Math.min(received.length, expected.length) }
  let [largest, index, scale] = [0, 0, minimumScale]
  for (let i = 0; i < expected.length; i++) {
    const [mine, theirs] = [received[i] as number, expected[i] as number]
    const difference = Math.abs(mine - theirs)
    if (Number.isNaN(difference)) return { error: Infinity, index: i }
    if (difference > largest) [largest, index] = [difference, i]
    scale = Math.max(scale, Math.abs(theirs))
  }
  return { error: Number.isFinite(largest) ? largest / scale : Infinity, index }
}

/**
 * The largest difference of two lists of numbers, divided by the largest magnitude of the second list.
 *
 * @returns Infinity if a difference is NaN or infinite, or the lengths differ.
 */
export function relativeError(received: ArrayLike<number>, expected: ArrayLike<number>, options: RelativeErrorOptions = {}): number {
  return deviation(received, expected, options).error
}

/** Runs an Executable and copies the outputs to the host, as float64. */
export async function runToHost(executable: Executable, feeds: Values): Promise<Record<string, TensorValue>> {
  const outputs = await executable.run(feeds)
  const values: Record<string, TensorValue> = {}
  for (const [name, output] of Object.entries(outputs)) {
    values[name] = { dtype: output.dtype, shape: output.shape, data: toNumbers(await output.data()).slice() }
    output.dispose()
  }
  return values
}

/** The numbers of a value; empty if it is undefined. */
export const numbersOf = (value: TensorValue | undefined): Float64Array =>
  value === undefined ? new Float64Array() : toNumbers(value.data)

/** The product of the sizes. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
