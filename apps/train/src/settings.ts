import { UsageError } from './errors.ts'
import type { Settings } from './model.ts'
import { defaultSettings } from './registry.ts'
import type { Task } from './task.ts'

const trainingSettings = ['epochs', 'batchSize', 'learningRate', 'accumulate', 'clipNorm', 'patience'] as const

/** The settings of `--set`, by what they apply to. */
export interface SplitSettings {
  readonly training: Readonly<Partial<Record<(typeof trainingSettings)[number], number>>>
  readonly data: Settings
  readonly model: Settings
}

const isOfTraining = (key: string): boolean => trainingSettings.some((name) => name === key)

/**
 * Splits settings into those of the training, of the task's data and of the model. A name that both data and model have belongs to the data.
 *
 * @throws UsageError if none of them has a setting.
 */
export function splitSettings(task: Task, model: string, given: Settings): SplitSettings {
  const [ofData, ofModel] = [task.settings ?? {}, defaultSettings(model)]
  const known = [...Object.keys(ofData), ...Object.keys(ofModel)]
  const unknown = Object.keys(given).find((key) => !isOfTraining(key) && !known.includes(key))
  if (unknown !== undefined)
    throw new UsageError(
      `--set: expected a setting of ${task.name} or ${model} (${[...known, ...trainingSettings].join(', ')}), received "${unknown}"`,
    )
  const those = (holds: (key: string) => boolean): Settings => Object.fromEntries(Object.entries(given).filter(([key]) => holds(key)))
  return {
    training: those(isOfTraining),
    data: those((key) => !isOfTraining(key) && Object.hasOwn(ofData, key)),
    model: those((key) => !isOfTraining(key) && !Object.hasOwn(ofData, key)),
  }
}
