/** Removes what builds leave, so that a release holds no file whose source is gone. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './stages.js'

for (const folder of ['packages', 'apps'])
  for (const name of readdirSync(join(root, folder)))
    for (const output of ['dist', '.turbo']) rmSync(join(root, folder, name, output), { recursive: true, force: true })
