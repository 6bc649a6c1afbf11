import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { initialize } from '@equivar/nn'
import { type RunState, runStateOf, startRun } from '@equivar/train'
import { loadCheckpoint, saveRun, writeAtomically } from '@equivar/train/node'
import { UsageError } from './errors.ts'
import type { RunModel } from './programs.ts'
import type { EpochMetrics } from './report.ts'
import { jsonLines } from './run/json-lines.ts'
import { demandSameRun, type RunConfig } from './run/run-config.ts'
import { configOfCheckpoint, fileOf, readConfig } from './run/run-directory.ts'
import type { RunLock } from './run/run-lock.ts'

/** The initial state of a new run. A run without epochs also has a best model. */
export function firstState({ step, model }: RunModel, { seed, keep }: RunConfig): RunState {
  const values = initialize(model.module, seed)
  const best = keep === 'best' ? { best: { epoch: 0, values } } : {}
  return { ...startRun(step, values), ...best }
}

/**
 * The state in the checkpoint of a run. A run that was killed before its first checkpoint starts at its beginning.
 *
 * @throws UsageError if there is nothing to resume, or it is another run; CheckpointError if the checkpoint is damaged.
 */
export async function resumedState(run: RunModel, config: RunConfig, out: string): Promise<RunState> {
  const path = fileOf(out, 'checkpoint')
  if (!existsSync(path)) {
    if (!existsSync(fileOf(out, 'config')))
      throw new UsageError(`${path}: expected a checkpoint to resume from, found none; start without --resume`)
    demandSameRun(out, await readConfig(out), config)
    return firstState(run, config)
  }
  const checkpoint = await loadCheckpoint(path)
  demandSameRun(out, configOfCheckpoint(checkpoint.metadata, path), config)
  const state = runStateOf(checkpoint, run.step, path)
  if ((config.keep === 'best') !== (state.best !== undefined))
    throw new UsageError(`${path}: expected a checkpoint with the values of the best epoch, found none; start again with --overwrite`)
  return state
}

const isRow = (value: Readonly<Record<string, unknown>>): boolean =>
  Number.isSafeInteger(value.epoch) && Number.isSafeInteger(value.step) && typeof value.train === 'object' && value.train !== null

/** The lines of metrics.jsonl up to a step. @throws UsageError if a line before the last is damaged. */
export async function keptMetrics(out: string, step: number): Promise<EpochMetrics[]> {
  const path = fileOf(out, 'metrics')
  if (!existsSync(path)) return []
  return (await jsonLines<EpochMetrics>(path, isRow)).filter((line) => line.step <= step)
}

/** Appends a line to a file and waits until it is on the disk. */
export async function appendLine(path: string, value: unknown): Promise<void> {
  const file = await open(path, 'a')
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Writes the files of a run during training: the checkpoint, and a line per epoch. */
export class RunRecorder {
  readonly metrics: EpochMetrics[] = []
  readonly #out: string
  readonly #config: RunConfig
  readonly #lock: RunLock

  constructor(out: string, config: RunConfig, lock: RunLock) {
    this.#out = out
    this.#config = config
    this.#lock = lock
  }

  /** Starts a run, or resumes one with the lines of its completed epochs. */
  async begin(state: RunState, kept: readonly EpochMetrics[]): Promise<void> {
    this.metrics.push(...kept)
    await writeAtomically(fileOf(this.#out, 'metrics'), kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await this.checkpoint(state)
  }

  /** @throws CheckFailed if another process has taken the directory over. */
  async epoch(line: EpochMetrics, state: RunState): Promise<void> {
    await this.#lock.demandHeld()
    this.metrics.push(line)
    // The line comes first. If no checkpoint follows it, a resumed run drops it.
    await appendLine(fileOf(this.#out, 'metrics'), line)
    await this.checkpoint(state)
  }

  /** @throws CheckFailed if another process has taken the directory over. */
  async checkpoint(state: RunState): Promise<void> {
    await this.#lock.demandHeld()
    await saveRun(fileOf(this.#out, 'checkpoint'), state, { config: JSON.stringify(this.#config) })
  }
}
