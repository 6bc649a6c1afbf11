import { UsageError } from '../../../apps/train/src/errors.ts'
import { parseConfig } from '../../../apps/train/src/run/run-config.ts'
import { latin1, type Target, text } from '../target.ts'

const config = {
  task: 'signals',
  model: 'dss',
  settings: { hidden: 8 },
  dataSettings: {},
  seed: 1,
  epochs: 2,
  batchSize: 8,
  learningRate: 0.01,
  classes: ['a', 'b'],
  symmetries: ['C8'],
  channels: 1,
  outputs: 2,
}

/** What a run directory holds as text. */
export const runTargets: readonly Target[] = [
  {
    name: 'config',
    read: (bytes) => parseConfig(latin1(bytes), 'config.json'),
    errors: [UsageError],
    forms: [
      {
        kind: 'json',
        seeds: [text(JSON.stringify(config))],
        words: [
          ...Object.keys(config),
          'accumulate',
          'clipNorm',
          'keep',
          'best',
          'patience',
          'folds',
          'own',
          'regression',
          'features',
          'size',
        ],
      },
    ],
    corpus: { nothing: text('null'), 'a list': text('[]'), 'a name on the prototype': text('{"task":"constructor","model":"__proto__"}') },
  },
]
