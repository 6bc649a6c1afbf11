import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, subset } from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { writeAtomically } from '@equivar/train/node'
import { UsageError } from './errors.ts'
import type { Output } from './output.ts'
import { completeLines, files, type RunConfig } from './run-directory.ts'
import type { Task, TaskData } from './task.ts'

/** The accuracy on a held-out fold after every epoch: a line of folds.jsonl. */
interface FoldResult {
  readonly fold: number
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
  readonly out: string
  readonly output: Output
  /** Trains on a split and returns the validation accuracy of every epoch. */
  curveOf(split: { readonly train: Dataset; readonly validation: Dataset }, seed: number): Promise<number[]>
}

/** Number of folds that are trained at the same time. */
const WORKERS = 2

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Finished folds of an earlier run. */
async function keptFolds(path: string, epochs: number): Promise<FoldResult[]> {
  if (!existsSync(path)) throw new UsageError(`${path}: expected finished folds to resume from, found none; start without --resume`)
  const kept = await completeLines<FoldResult>(path)
  const odd = kept.find(({ curve }) => curve.length !== epochs)
  if (odd !== undefined)
    throw new UsageError(`${path}: expected to resume folds of ${odd.curve.length} epochs, received --epochs ${epochs}`)
  return kept
}

/** The indices of the folds to train. @throws UsageError if the data does not have these folds. */
function chosenFolds({ count, only, task, data }: CrossValidation, epochs: number): number[] {
  if (data.folds === undefined || data.all === undefined) throw new UsageError(`--folds: ${task.name} has no folds`)
  if (count !== data.folds.length)
    throw new UsageError(`expected --folds ${data.folds.length}, the number of folds of ${task.name}, received ${count}`)
  if (epochs === 0) throw new UsageError('expected --epochs of 1 or more for a cross-validation, received 0')
  const chosen = data.folds.map((_, i) => i).filter((i) => only === undefined || i === only)
  if (chosen.length === 0) throw new UsageError(`expected --fold from 0 to ${data.folds.length - 1}, received ${only}`)
  return chosen
}

/**
 * Cross-validation by the protocol of GIN: measures the accuracy on each held-out fold after every epoch and reports the epoch with the best mean over
 * the folds. There is no separate test set, so the result is optimistic; published results have the same bias.
 *
 * Each finished fold is written to folds.jsonl at once.
 */
export async function crossValidation(config: RunConfig, validation: CrossValidation): Promise<void> {
  const { data, out, output, resume, curveOf } = validation
  const chosen = chosenFolds(validation, config.epochs)
  const path = join(out, 'folds.jsonl')
  const kept = resume ? await keptFolds(path, config.epochs) : []
  await writeAtomically(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await writeAtomically(join(out, files.config), `${JSON.stringify(config, undefined, 2)}\n`)
  const curves = new Map(kept.map(({ fold, curve }) => [fold, curve]))
  const queue = chosen.filter((i) => !curves.has(i))
  const tell = (fold: number, curve: readonly number[]): void => {
    output.result({ fold, curve })
    output.say(`  fold ${fold}: best ${(100 * Math.max(...curve)).toFixed(1)} %, last ${(100 * (curve.at(-1) as number)).toFixed(1)} %`)
  }
  for (const i of chosen) if (curves.has(i)) tell(i, curves.get(i) as readonly number[])
  const work = async (): Promise<void> => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
      const fold = data.folds?.[i] as { train: ArrayLike<number>; test: ArrayLike<number> }
      const all = data.all as Dataset
      const seed = new Random({ seed: config.seed, stream: 'fold', index: i }).integer(2 ** 30)
      const curve = await curveOf({ train: subset(all, fold.train), validation: subset(all, fold.test) }, seed)
      curves.set(i, curve)
      await appendFile(path, `${JSON.stringify({ fold: i, curve } satisfies FoldResult)}\n`)
      tell(i, curve)
    }
  }
  await Promise.all(Array.from({ length: Math.min(queue.length, WORKERS) }, work))
  await summarize(
    config,
    chosen.map((i) => curves.get(i) as readonly number[]),
    validation,
  )
}

async function summarize(config: RunConfig, done: readonly (readonly number[])[], { task, out, output }: CrossValidation): Promise<void> {
  const averaged = Array.from({ length: config.epochs }, (_, epoch) => mean(done.map((curve) => curve[epoch] as number)))
  const best = averaged.indexOf(Math.max(...averaged))
  const at = done.map((curve) => 100 * (curve[best] as number))
  const deviation = Math.sqrt(mean(at.map((value) => (value - mean(at)) ** 2)))
  const summary = {
    task: task.name,
    model: config.model,
    folds: done.length,
    epoch: best + 1,
    accuracy: mean(at),
    deviation,
    perFold: at,
  }
  await writeAtomically(join(out, 'folds.json'), `${JSON.stringify({ ...summary, curves: done }, undefined, 2)}\n`)
  output.result(summary)
  output.say(
    `\n${done.length} folds, epoch ${best + 1}: ${mean(at).toFixed(1)} +- ${deviation.toFixed(1)} %   (published: ${task.published})`,
  )
}
