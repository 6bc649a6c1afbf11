import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../../../apps/train/src/errors.ts'
import { readConfig } from '../../../apps/train/src/run-directory.ts'
import { type Target, text } from '../target.ts'

const config = {
  task: 'signals',
  model: 'dss',
  settings: { hidden: 8 },
  dataSettings: {},
  seed: 1,
  epochs: 2,
  batchSize: 8,
}

let folder: string | undefined

export const configTarget: Target = {
  name: 'config',
  read: async (bytes) => {
    folder ??= mkdtempSync(join(tmpdir(), 'equivar-fuzz-config-'))
    writeFileSync(join(folder, 'config.json'), bytes)
    return await readConfig(folder)
  },
  errors: [UsageError],
  forms: [
    {
      kind: 'text',
      seeds: [text(JSON.stringify(config))],
      words: [...Object.keys(config), 'accumulate', 'clipNorm', 'keep', 'constructor'],
    },
  ],
  corpus: { nothing: text('null'), 'a list': text('[]'), 'a name on the prototype': text('{"task":"constructor","model":"__proto__"}') },
}
