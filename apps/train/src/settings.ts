import { UsageError } from './errors.ts'
import type { Settings } from './model.ts'
import { defaultSettings } from './registry.ts'
import type { Task } from './task.ts'

/** Settings of the training, which every task has. */
export const trainingSettings = ['epochs', 'batchSize', 'learningRate', 'accumulate', 'clipNorm', 'patience', 'statisticsPerRank'] as const

/** The settings of `--set`, by what they apply to. */
export interface SplitSettings {
  readonly training: Readonly<Partial<Record<(typeof trainingSettings)[number], number>>>
  readonly data: Settings
  readonly model: Settings
}

/** @throws UsageError if a setting of the training is out of range. */
function demandTraining(key: string, value: number): void {
  if (key === 'statisticsPerRank') {
    if (value !== 0 && value !== 1) throw new UsageError(`--set: expected statisticsPerRank to be 0 or 1, received ${value}`)
    return
  }
  const isWhole = key !== 'learningRate' && key !== 'clipNorm'
  const least = key === 'epochs' || key === 'learningRate' ? 0 : 1
  const fits = isWhole ? Number.isInteger(value) && value >= least && value <= 1e6 : value >= 0 && (value > 0 || key === 'learningRate')
  const expected = isWhole
    ? `a whole number from ${least} to 1000000`
    : key === 'clipNorm'
      ? 'a number of more than 0'
      : 'a number of 0 or more'
  if (!fits || !Number.isFinite(value)) throw new UsageError(`--set: expected ${key} to be ${expected}, received ${value}`)
}

const isOfTraining = (key: string): boolean => trainingSettings.some((name) => name === key)

/**
 * Splits settings into those of the training, of the task's data and of the model. A name that both data and model have belongs to both.
 *
 * @throws UsageError if none of them has a setting.
 */
export function splitSettings(task: Task, model: string, given: Settings): SplitSettings {
  const [ofData, ofModel] = [task.settings ?? {}, defaultSettings(model, task)]
  const known = [...new Set([...Object.keys(ofData), ...Object.keys(ofModel)])]
  const unknown = Object.keys(given).find((key) => !isOfTraining(key) && !known.includes(key))
  if (unknown !== undefined)
    throw new UsageError(
      `--set: expected a setting of ${task.name} or ${model} (${[...known, ...trainingSettings].join(', ')}), received "${unknown}"`,
    )
  for (const [key, value] of Object.entries(given)) if (isOfTraining(key)) demandTraining(key, value)
  const those = (holds: (key: string) => boolean): Settings => Object.fromEntries(Object.entries(given).filter(([key]) => holds(key)))
  return {
    training: those(isOfTraining),
    data: those((key) => !isOfTraining(key) && Object.hasOwn(ofData, key)),
    model: those((key) => !isOfTraining(key) && Object.hasOwn(ofModel, key)),
  }
}
