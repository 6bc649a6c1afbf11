import { type Executable, type TensorValue, toNumbers } from '@equivar/tensor'

/** Values by the names of a Program's inputs or outputs. */
export type Values = Readonly<Record<string, TensorValue>>

/** Where two lists of numbers differ most, and by how much. */
export interface Deviation {
  /** Largest difference over the largest magnitude of what was expected. */
  readonly error: number
  readonly index: number
}

/** Compares numbers with those expected; the error is infinite where one is not a number, or the lengths differ. */
export function deviation(received: ArrayLike<number>, expected: ArrayLike<number>, least = 1e-300): Deviation {
  if (received.length !== expected.length) return { error: Infinity, index: Math.min(received.length, expected.length) }
  let [largest, index, scale] = [0, 0, least]
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
 * Largest difference of two lists of numbers, over the largest magnitude of the second.
 *
 * @param least - what the difference is divided by where all magnitudes are smaller; 1e-300 if left out.
 * @returns Infinity if a number is NaN or the lengths differ.
 */
export function relativeError(received: ArrayLike<number>, expected: ArrayLike<number>, least?: number): number {
  return deviation(received, expected, least).error
}

/** Runs an Executable and copies its outputs to the host, as float64. */
export async function runToHost(executable: Executable, feeds: Values): Promise<Record<string, TensorValue>> {
  const outputs = await executable.run(feeds)
  const values: Record<string, TensorValue> = {}
  for (const [name, output] of Object.entries(outputs)) {
    values[name] = { dtype: output.dtype, shape: output.shape, data: toNumbers(await output.data()).slice() }
    output.dispose()
  }
  return values
}

/** The numbers of a value; none if there is no value. */
export const numbersOf = (value: TensorValue | undefined): Float64Array =>
  value === undefined ? new Float64Array() : toNumbers(value.data)

/** Product of sizes. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
