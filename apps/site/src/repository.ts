import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of the repository: the one above this with `pnpm-workspace.yaml`. Not from `import.meta.url`, as VitePress bundles its configuration. */
function repositoryFolder(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (dirname(folder) === folder) throw new Error(`site: expected a folder of the repository, received ${process.cwd()}`)
  }
}

/** The folder of the repository. */
export const root: string = repositoryFolder()

/** A package or an app whose README is a page. */
export interface Published {
  /** `@equivar/groups`. */
  readonly name: string
  /** Its last part: the name of its page. */
  readonly short: string
  /** From the root: `packages/groups`. */
  readonly folder: string
  readonly description: string
}

/** All packages and apps that are published, in the order of their folders. */
export function publishedPackages(): Published[] {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).flatMap((each) => {
      const folder = `${parent}/${each}`
      const file = join(root, folder, 'package.json')
      if (!existsSync(file)) return []
      const { name, description = '', private: isPrivate } = JSON.parse(readFileSync(file, 'utf8'))
      return isPrivate === true ? [] : [{ name, description, folder, short: name.replace('@equivar/', '') }]
    }),
  )
}
