import { existsSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { initialize, parametersOf } from '@equivar/nn'
import type { TensorValue } from '@equivar/tensor'
import { initialState, type RunState } from '@equivar/train'
import { loadCheckpoint, saveCheckpoint } from '@equivar/train/node'
import { UsageError } from './errors.ts'
import type { RunModel } from './programs.ts'
import type { EpochMetrics } from './report.ts'
import { completeLines, fileOf, type RunConfig } from './run-directory.ts'

/** JSON has no infinity: the lowest loss before the first epoch is null. */
const revived = (_: string, value: unknown): unknown => (value === null ? Number.POSITIVE_INFINITY : value)

/** The initial state of a new run. */
export const firstState = ({ step, model }: RunModel, seed: number): RunState => ({
  values: initialState(step, initialize(model.module, seed)),
  step: 0,
  sums: {},
})

/** The state in a run's checkpoint. @throws UsageError if there is no checkpoint, or it is from another model or seed. */
export async function resumedState({ step }: RunModel, config: RunConfig, out: string): Promise<RunState> {
  const path = fileOf(out, 'checkpoint')
  if (!existsSync(path)) throw new UsageError(`${path}: expected a checkpoint to resume from, found none`)
  const { values, metadata } = await loadCheckpoint(path)
  const missing = step.state.map(({ input }) => input).find((name) => values[name] === undefined)
  if (missing !== undefined || metadata.seed !== String(config.seed)) {
    const reason = missing === undefined ? `seed ${config.seed}, received seed ${metadata.seed}` : `a value for "${missing}", received none`
    throw new UsageError(`${path}: expected a checkpoint of this model with ${reason}`)
  }
  const waiting =
    metadata.waiting === undefined ? {} : { waiting: JSON.parse(metadata.waiting, revived) as NonNullable<RunState['waiting']> }
  return { values: { ...values }, step: Number(metadata.step), sums: JSON.parse(metadata.sums ?? '{}') as RunState['sums'], ...waiting }
}

/** Lines of metrics.jsonl up to a step. */
async function keptMetrics(out: string, step: number): Promise<EpochMetrics[]> {
  const path = fileOf(out, 'metrics')
  if (!existsSync(path)) return []
  return (await completeLines<EpochMetrics>(path)).filter((line) => line.step <= step)
}

/** Writes the files of a run during training: the checkpoint, a line per epoch, and the best values with `--keep best`. */
export class RunRecorder {
  readonly metrics: EpochMetrics[] = []
  readonly #out: string
  readonly #config: RunConfig
  readonly #parameters: readonly string[]

  constructor(out: string, config: RunConfig, { model }: RunModel) {
    this.#out = out
    this.#config = config
    this.#parameters = [...parametersOf(model.module).keys()]
  }

  /** Starts a run, or resumes one with the lines of its completed epochs. */
  async begin(state: RunState, resume: boolean): Promise<void> {
    if (resume) this.metrics.push(...(await keptMetrics(this.#out, state.step)))
    await writeFile(fileOf(this.#out, 'metrics'), this.metrics.map((line) => `${JSON.stringify(line)}\n`).join(''))
    // A run without epochs also has a model.
    if (state.step === 0) await this.#keepBest(0, state)
    await this.checkpoint(state)
  }

  async epoch(line: EpochMetrics, state: RunState): Promise<void> {
    this.metrics.push(line)
    // The line comes first. If no checkpoint follows it, a resumed run drops it.
    await appendFile(fileOf(this.#out, 'metrics'), `${JSON.stringify(line)}\n`)
    if (state.waiting?.epochs === 0) await this.#keepBest(line.epoch, state)
    await this.checkpoint(state)
  }

  async checkpoint({ values, step, sums, waiting }: RunState): Promise<void> {
    const metadata = {
      step: String(step),
      seed: String(this.#config.seed),
      sums: JSON.stringify(sums),
      config: JSON.stringify(this.#config),
      ...(waiting === undefined ? {} : { waiting: JSON.stringify(waiting) }),
    }
    await saveCheckpoint(fileOf(this.#out, 'checkpoint'), { values, metadata })
  }

  /** Keeps the values of an epoch with the lowest validation loss so far, with `--keep best`. */
  async #keepBest(epoch: number, state: RunState): Promise<void> {
    if (this.#config.keep !== 'best') return
    const values = Object.fromEntries(this.#parameters.map((name) => [name, state.values[name] as TensorValue]))
    await saveCheckpoint(fileOf(this.#out, 'best'), { values, metadata: { epoch: String(epoch) } })
  }
}
