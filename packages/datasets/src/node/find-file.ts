import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ReadOptions } from '../allowance.ts'
import { hasChecksum } from './checksum.ts'
import { DownloadError, type DownloadOptions, download } from './download.ts'
import type { Resource } from './resources.ts'

/** Options of findFile and of the loaders. */
export interface DataOptions extends DownloadOptions, ReadOptions {
  /** The folder to search first, together with its subfolder for the kind of data (such as `tu`). Checksums of files there are not verified. */
  readonly data?: string
  /** The folder for downloads; `cacheFolder()` by default. */
  readonly cache?: string
  /** Whether to download missing files; true by default. */
  readonly download?: boolean
}

/** A file that was not found and could not be downloaded. */
export class MissingDataError extends Error {
  /** The paths that were searched, in order. */
  readonly paths: readonly string[]

  constructor(message: string, paths: readonly string[], cause?: unknown) {
    super(message, { cause })
    this.name = 'MissingDataError'
    this.paths = paths
  }
}

/** The folder for downloads: EQUIVAR_CACHE, else `equivar` in XDG_CACHE_HOME, else ~/.cache/equivar. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { EQUIVAR_CACHE, XDG_CACHE_HOME } = environment
  if (EQUIVAR_CACHE) return EQUIVAR_CACHE
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'equivar')
}

/** A file to find: a Resource if it can be downloaded, otherwise only its name and folder. */
export type DataFile = Resource | Pick<Resource, 'name' | 'folder'>

/**
 * Finds a file: in the given folder, else in the cache, else downloads it into the cache.
 *
 * A file in the cache is used only if its checksum is right; otherwise it is downloaded again.
 *
 * @returns the path of an existing file.
 * @throws MissingDataError if the file is not found. The message lists the searched paths, why the download failed, and what to do without network access.
 */
export async function findFile(file: DataFile, options: DataOptions = {}): Promise<string> {
  const { data, cache = cacheFolder() } = options
  const given = data === undefined ? [] : [join(data, file.name), join(data, file.folder, file.name)]
  for (const path of given) if (await exists(path)) return path
  const cached = join(cache, file.folder, file.name)
  const resource = 'checksum' in file ? file : undefined
  const isRight = async () => resource === undefined || (await hasChecksum(cached, resource.checksum))
  if ((await exists(cached)) && (await isRight())) return cached
  const paths = [...given, cached]
  if (resource === undefined || options.download === false) throw new MissingDataError(`${absence(file, paths)} ${remedy(file)}`, paths)
  try {
    await download(resource, cached, options)
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error
    throw new MissingDataError(`${absence(file, paths)} ${sentence(error.message)} ${remedy(file)}`, paths, error)
  }
  return cached
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const absence = ({ name }: DataFile, paths: readonly string[]): string => `${name} was not found at ${paths.join(' or ')}.`

function remedy(file: DataFile): string {
  if (!('checksum' in file)) return `It cannot be downloaded: put it into a folder and pass that folder as --data (option data).`
  const { algorithm, digest } = file.checksum
  return `Without network access, download ${file.addresses[0]} elsewhere (${algorithm} ${digest}), and pass its folder as --data (option data).`
}
