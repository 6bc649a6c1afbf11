import { existsSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '../errors.ts'
import { inFileAsync } from './faults.ts'

/** The endings of files that are loaded. */
const fileEndings: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/**
 * The packages that a file may import wherever it lies. It gets the modules that this command uses: a second copy of @equivar/nn would not know whether a
 * network is being built for training.
 */
const packages: Readonly<Record<string, () => Promise<unknown>>> = {
  '@equivar/cli': () => import('../definitions.ts'),
  '@equivar/datasets': () => import('@equivar/datasets'),
  '@equivar/datasets/node': () => import('@equivar/datasets/node'),
  '@equivar/groups': () => import('@equivar/groups'),
  '@equivar/layers-dss': () => import('@equivar/layers-dss'),
  '@equivar/layers-graphs': () => import('@equivar/layers-graphs'),
  '@equivar/layers-grids': () => import('@equivar/layers-grids'),
  '@equivar/layers-sets': () => import('@equivar/layers-sets'),
  '@equivar/layers-sharing': () => import('@equivar/layers-sharing'),
  '@equivar/layers-points': () => import('@equivar/layers-points'),
  '@equivar/layers-representations': () => import('@equivar/layers-representations'),
  '@equivar/layers-sphere': () => import('@equivar/layers-sphere'),
  '@equivar/nn': () => import('@equivar/nn'),
  '@equivar/tensor': () => import('@equivar/tensor'),
  '@equivar/train': () => import('@equivar/train'),
  '@equivar/verify': () => import('@equivar/verify'),
}

/** What messages say besides. */
interface Wording {
  /** What messages about the path begin with. */
  readonly prefix?: string
  /** What to do if there is no file. */
  readonly remedy?: string
}

/** @throws UsageError if a path is not a file in TypeScript or JavaScript. */
function demandFile(path: string, { prefix = '', remedy = '' }: Wording): void {
  if (!existsSync(path)) throw new UsageError(`${prefix}the file ${path} does not exist${remedy}`)
  if (statSync(path).isDirectory()) throw new UsageError(`${prefix}expected a file (${fileEndings.join(', ')}), but ${path} is a folder`)
  if (!fileEndings.includes(extname(path)))
    throw new UsageError(`${prefix}expected a file in TypeScript or JavaScript (${fileEndings.join(', ')}), received ${path}`)
}

/**
 * The default export of a file in TypeScript or JavaScript, which needs no build.
 *
 * @param path - relative to the current folder, as in messages.
 * @returns undefined if there is no default export.
 * @throws UsageError if the file does not exist or cannot be run, with the line and the column.
 */
export async function defaultExport(path: string, wording: Wording = {}): Promise<unknown> {
  demandFile(path, wording)
  const file = resolve(path)
  const [{ createJiti }, ...loaded] = await Promise.all([import('jiti'), ...Object.values(packages).map((load) => load())])
  const virtualModules = Object.fromEntries(Object.keys(packages).map((name, i) => [name, loaded[i]]))
  // Node 20 cannot load TypeScript; jiti can.
  const jiti = createJiti(pathToFileURL(file).href, { interopDefault: false, virtualModules })
  // A file that has changed is read again.
  delete jiti.cache[file]
  const run = (): Promise<Readonly<Record<string, unknown>>> => jiti.import(file)
  return (await inFileAsync(file, `${path}: could not be run`, run)).default
}
