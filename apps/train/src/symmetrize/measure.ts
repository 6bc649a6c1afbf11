import type { LoadedOnnx } from '@equivar/backend-onnx'
import { Random, type TensorValue, toNumbers } from '@equivar/tensor'
import { type ActionClaims, actionSymmetry, runToHost, symmetryError, type Values } from '@equivar/verify'
import { asClaim } from '../claims/claims.ts'

/** The equivariance error of a file at some inputs: generators and a few random elements, relative to the largest output. */
export async function errorOf(model: LoadedOnnx, claims: ActionClaims, feeds: readonly Values[], seed: number): Promise<number> {
  const symmetry = await asClaim('--output', () => actionSymmetry(claims))
  let worst = 0
  for (const each of feeds) {
    const elements = await asClaim('--action', () => symmetry.elements(each, new Random({ seed, stream: 'symmetrize' })))
    worst = Math.max(worst, await symmetryError((inputs) => runToHost(model, inputs), elements, each))
  }
  return worst
}

/** Runs of each model for the ratio of their times. */
const ROUNDS = 7

const middle = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number

/** Processor time of one run, in microseconds. */
async function timeOf(model: LoadedOnnx, feeds: Values): Promise<number> {
  const start = process.cpuUsage()
  await runToHost(model, feeds)
  const { user, system } = process.cpuUsage(start)
  return user + system
}

/** How many times the processor time of the first model the second one takes: medians of runs by turns. */
export async function timeRatio(before: LoadedOnnx, after: LoadedOnnx, feeds: Values): Promise<number> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [await timeOf(before, feeds), await timeOf(after, feeds)] as const
    if (round > 0) for (const k of [0, 1] as const) times[k].push(pair[k])
  }
  return middle(times[1]) / Math.max(1, middle(times[0]))
}

/** The largest number of the outputs of errors, relative to the largest of the outputs. */
export async function relativeSpread(errors: LoadedOnnx, model: LoadedOnnx, feeds: readonly Values[]): Promise<number> {
  const largest = (values: Values): Record<string, number> =>
    Object.fromEntries(
      Object.entries(values).map(([name, { data }]: [string, TensorValue]) => [
        name,
        toNumbers(data).reduce((most, v) => Math.max(most, Math.abs(v)), 0),
      ]),
    )
  let worst = 0
  for (const each of feeds) {
    const [spread, size] = [largest(await runToHost(errors, each)), largest(await runToHost(model, each))]
    for (const [name, value] of Object.entries(spread)) worst = Math.max(worst, value / Math.max(1e-12, size[name] ?? 0))
  }
  return worst
}
