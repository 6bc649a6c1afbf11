import { writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Output } from '../output.ts'
import { makeFolder } from '../run/run-directory.ts'
import { template } from './template.ts'

/** The endings that a new task may have: the template has types to be inferred, none to be written. */
const endings = ['.ts', '.mts', '.js', '.mjs']

/** `equivar new task`: writes a task to begin with. @throws UsageError if the file exists, or its ending is none of a script. */
export async function newTask(name: string, output: Output): Promise<void> {
  const file = extname(name) === '' ? `${name}.ts` : name
  if (!endings.includes(extname(file)))
    throw new UsageError(`new task: expected a name, or a file (${endings.join(', ')}), received ${name}`)
  const path = /^(\.{0,2}\/|[A-Za-z]:)/.test(file) ? file : `./${file}`
  await makeFolder(dirname(path))
  try {
    await writeFile(path, template(path), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new UsageError(`new task: ${path} exists and is left as it is; choose another name`)
  }
  output.result({ written: path })
  output.say(`${path}\nTrain it: npx equivar train ${path}`)
}
