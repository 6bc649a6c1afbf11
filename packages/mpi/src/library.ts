import { createRequire } from 'node:module'
import { type Family, familyOf } from './families.ts'
import type { Launcher } from './launcher.ts'
import { MpiError } from './mpi-error.ts'

/** A function of the library. `async` runs it in another thread. */
export interface NativeFunction {
  (...parameters: unknown[]): number
  async(...parameters: unknown[]): void
}

interface NativeLibrary {
  func(declaration: string): NativeFunction
  symbol(name: string): bigint
}

/** What is used of koffi. */
export interface Koffi {
  load(path: string | null, options?: { readonly global: boolean }): NativeLibrary
  config(options: { readonly async_stack_size: number }): unknown
}

/** An MPI library that is loaded, and what is known of it. */
export interface MpiLibrary {
  readonly path: string
  /** What has loaded it. */
  readonly koffi: Koffi
  readonly family: Family
  /** Declares one of its functions; `HANDLE` stands for the type of handles. */
  declare(declaration: string): NativeFunction
}

/** Libraries by family, in the order in which they are tried; each is found where the system looks for libraries. */
const candidates: Readonly<Record<'linux' | 'darwin' | 'win32', readonly { readonly path: string; readonly of?: Launcher['family'] }[]>> = {
  linux: [
    { path: 'libmpi_abi.so.0' },
    { path: 'libmpi.so.40', of: 'open-mpi' },
    { path: 'libmpich.so.12', of: 'mpich' },
    { path: 'libmpi.so.12', of: 'mpich' },
  ],
  darwin: [
    { path: 'libmpi_abi.0.dylib' },
    { path: 'libmpi.40.dylib', of: 'open-mpi' },
    { path: '/opt/homebrew/lib/libmpi.40.dylib', of: 'open-mpi' },
    { path: 'libmpi.12.dylib', of: 'mpich' },
    { path: '/opt/homebrew/lib/libmpi.12.dylib', of: 'mpich' },
  ],
  win32: [{ path: 'msmpi.dll', of: 'mpich' }],
}

/** The stack of the thread that calls MPI: MPICH needs more than the usual 256 KiB for long buffers. */
const STACK = 8 << 20

/** Where to look for a library. A launcher of one family starts only libraries of that family. */
export function pathsFor(platform: string, launcher: Launcher | undefined): string[] {
  const all = Object.hasOwn(candidates, platform) ? candidates[platform as keyof typeof candidates] : []
  return all.filter(({ of }) => of === undefined || launcher?.family === undefined || of === launcher.family).map(({ path }) => path)
}

const VERSION_BYTES = 8192

/** What the library says of itself; it may be asked before MPI begins. */
function versionOf(library: NativeLibrary): string {
  const [text, length] = [new Uint8Array(VERSION_BYTES), new Int32Array(1)]
  library.func('int MPI_Get_library_version(void *version, int *length)')(text, length)
  return new TextDecoder('latin1').decode(text.subarray(0, Math.min(length[0] as number, VERSION_BYTES)))
}

/** What `dlopen` is told so that a library stays until the process ends: RTLD_NOW and RTLD_NODELETE. */
const STAYS: Readonly<Record<string, number>> = { linux: 0x1002, darwin: 0x82 }

/**
 * Keeps the library in memory to the very end. Koffi unloads libraries when Node ends, before its threads do; a thread that has called Open MPI over TCP runs code of
 * the library when it ends.
 */
function keep(koffi: Koffi, path: string): void {
  const flags = STAYS[process.platform]
  if (flags !== undefined) koffi.load(null).func('void *dlopen(const char *path, int flags)')(path, flags)
}

function opened(koffi: Koffi, path: string): MpiLibrary {
  // Open MPI loads its own parts, which look for its symbols everywhere.
  const library = koffi.load(path, { global: true })
  keep(koffi, path)
  const version = versionOf(library)
  const family = familyOf(version, /mpi_abi/.test(path), (name) => library.symbol(name))
  if (family === undefined) {
    const [line = ''] = version.split('\n')
    throw new MpiError(
      `openMpi: expected MPICH, Intel MPI, MVAPICH, Open MPI or a library of the standard ABI at ${path}, received ${JSON.stringify(line.slice(0, 80))}.`,
    )
  }
  return { path, koffi, family, declare: (declaration) => library.func(declaration.replaceAll('HANDLE', family.handle)) }
}

/**
 * What UCX, which carries the messages of MPICH and Open MPI, must not do in a process of JavaScript, where other threads run when it begins:
 *
 * - to try its hooks of memory it grows and shrinks the heap (`sbrk`), and so takes what another thread has just allocated: one start of 80 ended with signal 11.
 *   Without hooks a fast network registers the memory of each message anew;
 * - its handler of signal 11 takes the place of V8's, which WebAssembly's checks of bounds need.
 *
 * Whoever has set them knows better.
 */
const UCX: Readonly<Record<string, string>> = { UCX_MEM_EVENTS: 'n', UCX_ERROR_SIGNALS: '' }

const advice =
  'Install one (Debian: apt-get install mpich, or openmpi-bin; macOS: brew install mpich), or name its file in EQUIVAR_MPI_LIBRARY.'

/**
 * Loads the MPI library.
 *
 * @param path - its file; by default those of the launcher's family are looked for.
 * @throws MpiError if there is none, or it is none that is known, or for another processor.
 */
export function loadLibrary(path: string | undefined, launcher: Launcher | undefined): MpiLibrary {
  // Nothing native is loaded before this: who never opens MPI never pays for it.
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  koffi.config({ async_stack_size: STACK })
  for (const [name, value] of Object.entries(UCX)) process.env[name] ??= value
  const paths = path === undefined ? pathsFor(process.platform, launcher) : [path]
  const failures: string[] = []
  for (const one of paths) {
    try {
      return opened(koffi, one)
    } catch (error) {
      if (error instanceof MpiError) throw error
      failures.push(`${one}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const tried = failures.join('; ') || `none is known for ${process.platform}`
  const wanted = launcher?.family === undefined ? 'an MPI library' : `an MPI library for ${launcher.name}`
  throw new MpiError(`openMpi: expected ${wanted}, received none (${tried}). ${advice}`)
}
