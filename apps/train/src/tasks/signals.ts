import { type Splits, signals, subset } from '@equivar/datasets'
import { classes } from '../goals.ts'
import { publishedSignalModels } from '../models/signals.ts'
import type { Recipe, Task } from '../task.ts'
import { whole } from './settings.ts'

const small: Recipe = { epochs: 14, batchSize: 32, learningRate: 5e-3, decay: { every: 4, factor: 0.4, minimum: 0 } }
/** Our choice: the optimizer and its rate are not published. */
const published: Recipe = { epochs: 16, batchSize: 32, learningRate: 1e-3, decay: { every: 4, factor: 0.4, minimum: 0, stretches: true } }

const SETS = 3000

let generated: Splits | undefined
/** The published data, generated once per process, because it takes a second. */
const allSignals = (): Splits => {
  generated ??= signals()
  return generated
}

/** Classification of the waveform behind a set of noisy signals. */
export const signalsTask: Task = {
  name: 'signals',
  description: 'the waveform of a signal from 25 noisy copies: sine, square or sawtooth',
  data: 'generated (3000 / 300 / 300 sets); trainSets=N trains on the first N',
  published: 'plotted by training size in Maron et al. 2020, without a table',
  models: ['dss', 'siamese', ...Object.keys(publishedSignalModels)],
  settings: { trainSets: SETS },
  goal: () => classes,
  recipe: (model) => (Object.hasOwn(publishedSignalModels, model) ? published : small),
  load: async ({ settings }) => {
    const trainSets = whole(settings, 'trainSets', 1, SETS)
    const splits = allSignals()
    const train = subset(
      splits.train,
      Uint32Array.from({ length: trainSets }, (_, i) => i),
    )
    return { ...splits, train, classes: train.classes, facts: { channels: 1, outputs: train.classes.length } }
  },
}
