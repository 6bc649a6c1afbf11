import { hostname } from 'node:os'
import type { MpiWorld } from '@equivar/mpi'
import type { Ranks } from '@equivar/train'
import { UsageError } from '../errors.ts'

/** The processes of a job, and what is told of them. */
export interface RankJob extends Ranks {
  /** The MPI library. */
  readonly library: string
  /** The host of each rank. */
  readonly hosts: readonly string[]
  /** The process of each rank on its host: what launchers name when one has died. */
  readonly pids: readonly number[]
  /** Seconds that this rank has spent in collectives, waiting for others among them. */
  communicated(): number
  /** Ends the common work: nobody waits for another afterwards. */
  end(): Promise<void>
}

const sizes = ['OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'MV2_COMM_WORLD_SIZE', 'SLURM_STEP_NUM_TASKS']
const marks = ['PMIX_RANK', 'PALS_RANKID']

/** Whether this process seems to be one of several that were started together. `openMpi` knows. */
const isOneOfSeveral = (environment: NodeJS.ProcessEnv): boolean =>
  sizes.some((name) => Number(environment[name]) > 1) || marks.some((name) => environment[name] !== undefined)

const HOST_BYTES = 256

/** Host and process of all ranks. */
async function placesOf(world: MpiWorld): Promise<{ readonly hosts: string[]; readonly pids: number[] }> {
  const [hosts, pids]: [string[], number[]] = [[], []]
  for (let rank = 0; rank < world.size; rank++) {
    const bytes = new Uint8Array(HOST_BYTES)
    if (rank === world.rank) new TextEncoder().encodeInto(`${process.pid} ${hostname()}`, bytes)
    await world.broadcast(bytes, rank)
    const [pid = '', host = ''] = new TextDecoder().decode(bytes).replaceAll('\0', '').split(' ')
    hosts.push(host)
    pids.push(Number(pid))
  }
  return { hosts, pids }
}

/**
 * The job that this process is part of, if `mpiexec`, `srun` or the like has started several; undefined for one process alone.
 *
 * @throws UsageError if the package for MPI is not installed; MpiError if the library is not.
 */
export async function rankJob(environment: NodeJS.ProcessEnv = process.env): Promise<RankJob | undefined> {
  if (!isOneOfSeveral(environment)) return undefined
  const { openMpi } = await import('@equivar/mpi').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new UsageError('several processes were started together, which needs the package @equivar/mpi: npm install @equivar/mpi')
  })
  const world = openMpi()
  if (world.size === 1) return undefined
  const { hosts, pids } = await placesOf(world)
  let seconds = 0
  const timed = async (call: Promise<void>): Promise<void> => {
    const started = performance.now()
    await call
    seconds += (performance.now() - started) / 1000
  }
  return {
    rank: world.rank,
    size: world.size,
    library: world.library,
    hosts,
    pids,
    allreduce: (buffer, operation) => timed(world.allreduce(buffer, operation)),
    broadcast: (buffer, root) => timed(world.broadcast(buffer, root)),
    communicated: () => seconds,
    end: () => world.finalize(),
  }
}

/** Whether this process writes files and speaks. */
export const isFirst = (job: RankJob | undefined): boolean => job === undefined || job.rank === 0

/** Threads of a rank: what its host has for each of the ranks there, unless they are given. @param cores - of this host. */
export function threadsOf(given: number, { hosts, rank }: RankJob, cores: number): number {
  if (given > 0) return given
  const there = hosts.filter((host) => host === hosts[rank]).length
  return Math.max(1, Math.floor(cores / there))
}

/** Runs what a rank does; its errors say which rank it is. */
export async function saidBy<T>(job: RankJob | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (job !== undefined && error instanceof Error) error.message = `rank ${job.rank} (${job.hosts[job.rank]}): ${error.message}`
    throw error
  }
}

/** The process of each rank, to find the one that a launcher names. */
export const describePlaces = ({ hosts, pids }: RankJob): string =>
  hosts.map((host, rank) => `rank ${rank}: process ${pids[rank]} on ${host}`).join('; ')

/** In words: `4 ranks on 2 hosts (a, b)`. */
export function describeJob({ size, hosts, library }: RankJob): string {
  const names = [...new Set(hosts)]
  return `${size} ranks on ${names.length} host${names.length === 1 ? '' : 's'} (${names.join(', ')}), ${library}`
}
