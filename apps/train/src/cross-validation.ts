import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Random } from '@equivar/tensor'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from './errors.ts'
import type { Goal } from './goals.ts'
import type { Output } from './output.ts'
import type { RankJob } from './ranks/rank-job.ts'
import { appendLine } from './recorder.ts'
import { jsonLines } from './run/json-lines.ts'
import { demandSameRun, type RunConfig } from './run/run-config.ts'
import { fileOf, readConfig } from './run/run-directory.ts'
import type { RunLock } from './run/run-lock.ts'
import type { FoldData, Task, TaskData } from './task.ts'

/** The metric on a held-out fold after every epoch: a line of folds.jsonl. */
interface FoldResult {
  readonly fold: number
  /** The run that the fold belongs to. */
  readonly run: string
  readonly curve: readonly number[]
}

/** Options of a cross-validation. */
export interface CrossValidation {
  /** The requested number of folds. */
  readonly count: number | undefined
  /** The only fold to train; undefined for all folds. */
  readonly only: number | undefined
  /** Whether to keep finished folds of an earlier run. */
  readonly resume: boolean
  readonly task: Task
  readonly data: TaskData
  readonly goal: Goal
  readonly out: string
  readonly output: Output
  readonly lock: RunLock
  /** The processes that train each fold together. */
  readonly job: RankJob | undefined
  /** Makes the folder that of this run. */
  begin(): Promise<void>
  /** Trains on a fold and returns the metric on its held-out examples after every epoch. */
  curveOf(fold: FoldData, seed: number): Promise<number[]>
}

/** The best value of a metric: the highest accuracy, the lowest error. */
const bestOf = ({ metric }: Goal, values: readonly number[]): number => (metric === 'mae' ? Math.min(...values) : Math.max(...values))

/** Number of folds that are trained at the same time. */
const WORKERS = 2

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Names a run in its lines: folds of two runs are never mixed. How many ranks train them does not matter. */
const nameOf = ({ ranks: _, ...config }: RunConfig): string =>
  createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 16)

const isFold = ({ fold, curve }: Readonly<Record<string, unknown>>): boolean =>
  Number.isSafeInteger(fold) && Array.isArray(curve) && curve.every(Number.isFinite)

/** Finished folds of an earlier run. @throws UsageError if there is none, or it has another configuration. */
async function keptFolds(out: string, config: RunConfig): Promise<FoldResult[]> {
  const [path, before] = [fileOf(out, 'folds'), fileOf(out, 'config')]
  if (!existsSync(path) && !existsSync(before))
    throw new UsageError(`${path}: expected finished folds to resume from, found none; start without --resume`)
  demandSameRun(out, await readConfig(out), config, [])
  if (!existsSync(path)) return []
  const kept = await jsonLines<FoldResult>(path, isFold)
  const odd = kept.findIndex(({ run, curve }) => run !== nameOf(config) || curve.length !== config.epochs)
  if (odd >= 0)
    throw new UsageError(`${path}: expected folds of this run, found a fold of another in line ${odd + 1}; start again with --overwrite`)
  return kept
}

/** The indices of the folds to train. @throws UsageError if the data does not have these folds. */
function chosenFolds({ count, only, task, data }: CrossValidation, epochs: number): number[] {
  if (data.folds === undefined) throw new UsageError(`--folds: ${task.name} has no folds`)
  if (count !== data.folds.length)
    throw new UsageError(`expected --folds ${data.folds.length}, the number of folds of ${task.name}, received ${count}`)
  if (epochs === 0) throw new UsageError('expected --epochs of 1 or more for a cross-validation, received 0')
  const chosen = data.folds.map((_, i) => i).filter((i) => only === undefined || i === only)
  if (chosen.length === 0) throw new UsageError(`expected --fold from 0 to ${data.folds.length - 1}, received ${only}`)
  return chosen
}

/**
 * Cross-validation by the protocol of GIN: measures the metric on each held-out fold after every epoch and reports the epoch with the best mean over
 * the folds. There is no separate test set, so the result is optimistic; published results have the same bias.
 *
 * Each finished fold is written to folds.jsonl at once, with the run that it belongs to.
 */
export async function crossValidation(config: RunConfig, validation: CrossValidation): Promise<void> {
  const { goal, out, output, resume, lock, job, begin } = validation
  const chosen = chosenFolds(validation, config.epochs)
  const path = fileOf(out, 'folds')
  const kept = resume ? await keptFolds(out, config) : []
  await begin()
  await writeFolds(path, kept)
  const curves = new Map(kept.map(({ fold, curve }) => [fold, curve]))
  const queue = chosen.filter((i) => !curves.has(i))
  if (job !== undefined) await sharedFolds(job, queue, validation.data)
  const tell = (fold: number, curve: readonly number[]): void => {
    output.result({ fold, curve })
    output.say(`  fold ${fold}: best ${goal.show(bestOf(goal, curve))}, last ${goal.show(curve.at(-1))}`)
  }
  for (const i of chosen) if (curves.has(i)) tell(i, curves.get(i) as readonly number[])
  const work = async (): Promise<void> => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
      const curve = await foldCurve(config, validation, i)
      curves.set(i, curve)
      await lock.demandHeld()
      await appendLine(path, { fold: i, run: nameOf(config), curve })
      tell(i, curve)
    }
  }
  // Ranks meet in one fold at a time.
  await Promise.all(Array.from({ length: Math.min(queue.length, job === undefined ? WORKERS : 1) }, work))
  await job?.end()
  // In the order of the folds, so that the file does not tell which one was faster.
  await writeFolds(
    path,
    [...curves].sort(([a], [b]) => a - b).map(([fold, curve]) => ({ fold, run: nameOf(config), curve })),
  )
  await summarize(
    config,
    chosen.map((i) => curves.get(i) as readonly number[]),
    validation,
  )
}

const writeFolds = (path: string, lines: readonly FoldResult[]): Promise<void> =>
  writeAtomically(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))

/** The folds that the first rank is to train, in their order, for all ranks. @param own - those of the first rank; others need not know them. */
async function sharedFolds(job: RankJob, own: readonly number[], { folds = [] }: TaskData): Promise<number[]> {
  const row = new Float64Array(folds.length).fill(-1)
  row.set(own)
  await job.broadcast(row, 0)
  return [...row].filter((i) => i >= 0)
}

/** Trains the folds of the first rank beside it, and writes nothing. */
export async function foldsBeside(
  config: RunConfig,
  validation: Pick<CrossValidation, 'data' | 'curveOf'> & { readonly job: RankJob },
): Promise<void> {
  for (const i of await sharedFolds(validation.job, [], validation.data)) await foldCurve(config, validation, i)
  await validation.job.end()
}

/** Trains one fold with its own seed. */
function foldCurve({ seed }: RunConfig, { data, curveOf }: Pick<CrossValidation, 'data' | 'curveOf'>, i: number): Promise<number[]> {
  const own = new Random({ seed, stream: 'fold', index: i }).integer(2 ** 30)
  return curveOf(data.folds?.[i] as FoldData, own)
}

/** Accuracies are in percent. */
async function summarize(
  config: RunConfig,
  done: readonly (readonly number[])[],
  { task, goal, out, output }: CrossValidation,
): Promise<void> {
  const averaged = Array.from({ length: config.epochs }, (_, epoch) => mean(done.map((curve) => curve[epoch] as number)))
  const best = averaged.indexOf(bestOf(goal, averaged))
  const factor = goal.metric === 'accuracy' ? 100 : 1
  const at = done.map((curve) => factor * (curve[best] as number))
  const deviation = Math.sqrt(mean(at.map((value) => (value - mean(at)) ** 2)))
  const summary = {
    task: task.name,
    model: config.model,
    folds: done.length,
    epoch: best + 1,
    [goal.metric]: mean(at),
    deviation,
    perFold: at,
  }
  await writeAtomically(fileOf(out, 'summary'), `${JSON.stringify({ ...summary, curves: done }, undefined, 2)}\n`)
  output.result(summary)
  const figures =
    goal.metric === 'accuracy'
      ? `${mean(at).toFixed(1)} +- ${deviation.toFixed(1)} %`
      : `${goal.metric} ${mean(at).toPrecision(4)} +- ${deviation.toPrecision(4)}`
  const published = config.own === undefined && task.file === undefined ? `   (published: ${task.published})` : ''
  output.say(`\n${done.length} folds, epoch ${best + 1}: ${figures}${published}`)
}
