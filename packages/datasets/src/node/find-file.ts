import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { hasChecksum } from './checksum.ts'
import { DownloadError, type DownloadOptions, download } from './download.ts'
import type { Resource } from './resources.ts'

/** Where data is looked for. */
export interface DataOptions extends DownloadOptions {
  /** A folder that is looked in first, itself and its subfolder of that kind (such as `tu`). Files there are taken as they are. */
  readonly data?: string
  /** The folder that keeps downloads; `cacheFolder()` if left out. */
  readonly cache?: string
  /** Whether to download what is not there; true if left out. */
  readonly download?: boolean
}

/** A file that is nowhere. */
export class MissingDataError extends Error {
  /** The paths that were tried, in order. */
  readonly looked: readonly string[]

  constructor(message: string, looked: readonly string[], cause?: unknown) {
    super(message, { cause })
    this.name = 'MissingDataError'
    this.looked = looked
  }
}

/** The folder that keeps downloads: EQUIVAR_CACHE, else `equivar` in XDG_CACHE_HOME, else ~/.cache/equivar. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { EQUIVAR_CACHE, XDG_CACHE_HOME } = environment
  if (EQUIVAR_CACHE) return EQUIVAR_CACHE
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'equivar')
}

/** A file to look for: where it can be downloaded, or only its name and folder. */
export type Wanted = Resource | Pick<Resource, 'name' | 'folder'>

/**
 * Finds a file: in the given folder, else in the cache, else by downloading it into the cache.
 *
 * A file in the cache is taken only if its checksum is right, and fetched again if not.
 *
 * @returns the path of a file that exists.
 * @throws MissingDataError if it is nowhere, with where it was looked for, why the download failed, and what to do without a network.
 */
export async function findFile(wanted: Wanted, options: DataOptions = {}): Promise<string> {
  const { data, cache = cacheFolder() } = options
  const given = data === undefined ? [] : [join(data, wanted.name), join(data, wanted.folder, wanted.name)]
  for (const path of given) if (await exists(path)) return path
  const cached = join(cache, wanted.folder, wanted.name)
  const resource = 'checksum' in wanted ? wanted : undefined
  const isRight = async () => resource === undefined || (await hasChecksum(cached, resource.checksum))
  if ((await exists(cached)) && (await isRight())) return cached
  const looked = [...given, cached]
  if (resource === undefined || options.download === false)
    throw new MissingDataError(`${absence(wanted, looked)} ${bringIt(wanted)}`, looked)
  try {
    await download(resource, cached, options)
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error
    throw new MissingDataError(`${absence(wanted, looked)} ${sentence(error.message)} ${bringIt(wanted)}`, looked, error)
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

const absence = ({ name }: Wanted, looked: readonly string[]): string =>
  `${name} is ${looked.length === 1 ? 'not' : 'neither'} ${looked.join(' nor ')}.`

function bringIt(wanted: Wanted): string {
  if (!('checksum' in wanted)) return `No address is known for it: put it into a folder and name that by --data (the option data).`
  const { algorithm, digest } = wanted.checksum
  return `Without a network, fetch ${wanted.addresses[0]} elsewhere (${algorithm} ${digest}), and name its folder by --data (the option data).`
}
