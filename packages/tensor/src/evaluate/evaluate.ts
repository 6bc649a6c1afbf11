import type { NumberArray, Tensor } from '../expression/tensor.ts'
import { type TensorValue, toNumbers } from '../expression/value.ts'
import { FeedCheck } from '../program/feeds.ts'
import type { Program } from '../program/program.ts'
import { runProgram } from './run.ts'
import { stored } from './stored.ts'

/** A value in float64, whatever its type says. */
export type ReferenceValue = NumberArray

/**
 * Runs a Program in float64, operator by operator, as it stands: the slow, obvious reference that every backend is tested against.
 *
 * @param feeds - a value for each input, by name. float32 inputs may be given as Float64Array, to test laws at float64 precision.
 * @returns the outputs by name, float64 numbers whatever their type.
 * @throws FeedError for an input that is missing or does not fit, naming the axis, the symbol and both values; for an integer divided by 0.
 * @remarks float16 is rounded where it is stored. int32 and int64 wrap around; what int64 holds beyond 2^53 is rounded to float64.
 */
export function evaluate<Name extends string>(
  program: Program<Name>,
  feeds: Readonly<Record<string, TensorValue>>,
): Record<Name, ReferenceValue> {
  const binding = new FeedCheck(program, { where: 'evaluate' }).check(feeds)
  const known = new Map<Tensor, NumberArray>()
  for (const { name, tensor } of program.inputs) {
    const { dtype, shape, data } = feeds[name] as TensorValue
    known.set(tensor, stored({ dtype, shape, data: toNumbers(data) }))
  }
  const results = runProgram(program, known, binding)
  return Object.fromEntries(program.outputs.map(({ name }, i) => [name, results[i] as NumberArray])) as Record<Name, ReferenceValue>
}
