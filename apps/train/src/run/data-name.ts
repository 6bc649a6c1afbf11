import { basename, extname } from 'node:path'
import type { OwnSource } from '../own-data/source.ts'

interface Named {
  readonly task: string
  readonly own?: OwnSource | undefined
}

/** What a run was trained on, for people: the name of the task, or of the file that holds own data. */
export function dataName({ task, own }: Named): string {
  const [path] = own?.paths ?? []
  return path === undefined ? task : basename(path)
}

/** A name for folders: the name of the task, or of the file of own data without its ending, and the model; letters that folders may not have are replaced. */
export function folderName(run: Named, model: string | undefined): string {
  const name = run.own === undefined ? run.task : basename(dataName(run), extname(dataName(run)))
  return [name, ...(model === undefined ? [] : [model])].join('-').replaceAll(/[^\w.-]/g, '-')
}
