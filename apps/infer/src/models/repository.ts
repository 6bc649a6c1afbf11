import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'

/** A model file. */
export interface FoundModel {
  readonly name: string
  readonly version: string
  readonly path: string
  /** Changes when the file changes. */
  readonly stamp: string
  /** When it was last written, in milliseconds since 1970. */
  readonly written: number
}

const isVersion = (name: string): boolean => /^[1-9]\d{0,8}$/.test(name)
const isName = (name: string): boolean => /^\w[\w.-]{0,99}$/.test(name)

async function found(name: string, version: string, path: string): Promise<FoundModel[]> {
  try {
    const { mtimeMs, size, ino, isFile } = await stat(path).then((stats) => ({ ...pick(stats), isFile: stats.isFile() }))
    return isFile && isName(name) ? [{ name, version, path, stamp: `${mtimeMs}:${size}:${ino}`, written: mtimeMs }] : []
  } catch {
    return []
  }
}

const pick = ({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }) => ({ mtimeMs, size, ino })

/** The name of a model from its path: that of the file, of the folder of `model.onnx`, or of the folder above a version. */
function nameOfFile(path: string): { name: string; version: string } {
  const file = basename(path, '.onnx')
  if (file !== 'model') return { name: file, version: '1' }
  const folder = dirname(resolve(path))
  const version = basename(folder)
  return isVersion(version) ? { name: basename(dirname(folder)), version } : { name: version || 'model', version: '1' }
}

const foldersIn = async (path: string): Promise<string[]> => (await readdir(path)).sort()

/** The models in a subfolder: versions in Triton's layout, or a run directory. */
async function modelsIn(folder: string, name: string): Promise<FoundModel[]> {
  let entries: string[]
  try {
    entries = await foldersIn(folder)
  } catch {
    return []
  }
  const versions = await Promise.all(entries.filter(isVersion).map((version) => found(name, version, join(folder, version, 'model.onnx'))))
  const own = entries.includes('model.onnx') ? await found(name, '1', join(folder, 'model.onnx')) : []
  return versions.flat().length > 0 ? versions.flat() : own
}

/**
 * The models at a path: a file; a run directory or one model's versions; or a folder of `NAME.onnx`, `NAME/VERSION/model.onnx`, `NAME/model.onnx`.
 *
 * Skips names with characters other than letters, digits, `_`, `.` and `-`, as no request could name them.
 *
 * @throws UsageError if there is nothing at the path.
 */
export async function findModels(path: string): Promise<FoundModel[]> {
  let directory: boolean
  try {
    directory = (await stat(path)).isDirectory()
  } catch {
    throw new UsageError(`${path}: expected an ONNX file or a folder of models, found none`)
  }
  if (!directory) {
    const { name, version } = nameOfFile(path)
    if (!isName(name)) throw new UsageError(`${path}: expected a file name of letters, digits, "_", "." and "-", received "${name}"`)
    return found(name, version, path)
  }
  const itself = await modelsIn(path, basename(resolve(path)))
  if (itself.length > 0) return itself
  const models = await Promise.all(
    (await foldersIn(path)).map((entry) =>
      entry.endsWith('.onnx') ? found(basename(entry, '.onnx'), '1', join(path, entry)) : modelsIn(join(path, entry), entry),
    ),
  )
  const seen = new Set<string>()
  return models.flat().filter(({ name, version }) => {
    const key = `${name}/${version}`
    const first = !seen.has(key)
    seen.add(key)
    return first
  })
}
