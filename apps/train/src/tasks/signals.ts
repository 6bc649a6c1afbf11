import { signals } from '@equivar/datasets'
import { classes } from '../goals.ts'
import type { Task } from '../tasks.ts'

/** Which wave is behind a set of noisy measurements. */
export const signalsTask: Task = {
  name: 'signals',
  description: 'which of three waveforms 25 noisy copies of a signal have: sine, square, sawtooth',
  data: 'generated (3000 / 300 / 300 sets)',
  published: 'Maron et al. 2020 plot accuracy by training size, no table',
  models: ['dss', 'siamese'],
  goal: () => classes,
  recipe: () => ({ epochs: 14, batchSize: 32, learningRate: 5e-3, decay: { every: 4, factor: 0.4, minimum: 0 } }),
  load: async () => {
    const splits = signals()
    return { ...splits, classes: splits.train.classes, facts: { channels: 1, outputs: splits.train.classes.length } }
  },
}
