import { inspect } from 'node:util'
import { type Environment, launcherOf } from './launcher.ts'
import { loadLibrary } from './library.ts'
import { MpiError } from './mpi-error.ts'
import { LaunchedWorld, type MpiWorld, worldOfOne } from './world.ts'

/** Options of openMpi. */
export interface OpenMpiOptions {
  /** The file of the MPI library; by default `EQUIVAR_MPI_LIBRARY`, else the one that fits the launcher is looked for. */
  readonly library?: string
  /** Seconds that a call may wait for other processes; then all end. By default `EQUIVAR_MPI_TIMEOUT`, else 600. */
  readonly timeout?: number
  /** The environment that the launcher has left; that of the process by default. */
  readonly environment?: Environment
}

/** Longer than any rank should be busy by itself between two collectives. */
const TIMEOUT = 600

/** @throws RangeError unless the seconds are a positive number that a timer takes. */
function timeoutOf(given: number | undefined, { EQUIVAR_MPI_TIMEOUT: said }: Environment): number {
  const seconds = given ?? (said === undefined ? TIMEOUT : Number(said))
  if (seconds > 0 && seconds < 2 ** 21) return seconds
  throw new RangeError(
    `openMpi: expected a timeout of more than 0 and less than ${2 ** 21} seconds, received ${given ?? JSON.stringify(said)}.`,
  )
}

let opened: LaunchedWorld | undefined
/** Why MPI, which begins only once in a process, has ended again. */
let refused: MpiError | undefined

/** Ends the other processes too if this one ends with an error: they would wait for it forever. */
function endTogether(world: LaunchedWorld): void {
  let uncaught: unknown
  process.on('uncaughtExceptionMonitor', (error) => {
    uncaught = error
    // Whoever catches it goes on.
    setImmediate(() => {
      uncaught = undefined
    })
  })
  process.on('exit', (code) => {
    if (world.isOver) return
    if (code === 0) return world.finalizeNow()
    // Node would write it after this, when the process is gone.
    const reason = uncaught === undefined ? '' : `${inspect(uncaught)}\n`
    process.stderr.write(`${reason}rank ${world.rank} of ${world.size} ended with status ${code}; all ranks are ended.\n`)
    world.abort(code)
  })
}

/**
 * The processes that `mpiexec`, `srun` or the like has started together, over the MPI library that is installed.
 *
 * Without a launcher it is a world of one, and no library is needed. MPI begins with the first call; later calls give the same world. A process that ends with an
 * error, uncaught ones among them, ends all: nobody waits for it.
 *
 * Calls run in another thread if the library allows (MPI_THREAD_SERIALIZED), so the event loop goes on meanwhile; one waits for the one before.
 *
 * @throws RangeError if the timeout is out of range; MpiError if no library is found, or it belongs to another launcher, so that every process would be alone.
 * @example
 * const mpi = openMpi()
 * const ones = new Float32Array(4).fill(1)
 * await mpi.allreduce(ones, 'sum') // mpi.size everywhere
 * await mpi.finalize()
 */
export function openMpi({ library, timeout, environment = process.env }: OpenMpiOptions = {}): MpiWorld {
  if (opened !== undefined) return opened
  if (refused !== undefined) throw refused
  const launcher = launcherOf(environment)
  if (launcher === undefined) return worldOfOne
  const seconds = timeoutOf(timeout, environment)
  const world = new LaunchedWorld(loadLibrary(library ?? environment.EQUIVAR_MPI_LIBRARY, launcher), seconds)
  if (launcher.size !== undefined && launcher.size !== world.size) {
    world.finalizeNow()
    refused = new MpiError(
      `openMpi: expected ${launcher.size} processes, as ${launcher.name} says, received ${world.size} from ${world.library}: the library belongs to another launcher. Start with the launcher that came with it, or name the right library in EQUIVAR_MPI_LIBRARY; for Slurm choose srun --mpi=pmix or --mpi=pmi2.`,
    )
    throw refused
  }
  opened = world
  endTogether(world)
  return world
}
