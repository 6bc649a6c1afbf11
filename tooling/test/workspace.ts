import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root: string = resolve(import.meta.dirname, '../..')

/** What the tests read of a package.json. */
export interface Manifest {
  readonly private?: boolean
  readonly name: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly engines?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly files?: readonly string[]
  readonly packageManager?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface WorkspacePackage {
  /** The folder's name, `tensor` for `packages/tensor`. */
  readonly folder: string
  readonly path: string
  readonly manifest: Manifest
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** The packages below one of the workspace's folders, in the order of their names. */
export function workspacePackages(parent: 'packages' | 'apps'): WorkspacePackage[] {
  return readdirSync(join(root, parent))
    .filter((folder) => existsSync(join(root, parent, folder, 'package.json')))
    .sort()
    .map((folder) => {
      const path = join(root, parent, folder)
      return { folder, path, manifest: readManifest(path) }
    })
}

/** Every file below a folder, without what is installed, built or left by runs. */
export function filesBelow(folder: string): string[] {
  const generated = new Set(['node_modules', 'dist', 'runs', 'coverage', '.git', '.turbo', '.content', '.cache'])
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !generated.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(path)
      return entry.isFile() ? [path] : []
    })
}
