/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What started this process, and what it says of the job. */
export interface Launcher {
  /** For messages. */
  readonly name: string
  /** How many processes it started; undefined if it does not say. */
  readonly size: number | undefined
  /** The family of MPI libraries that it belongs to; undefined if it starts any. */
  readonly family: 'mpich' | 'open-mpi' | undefined
}

const known: readonly { readonly name: string; readonly mark: string; readonly size?: string; readonly family?: 'mpich' | 'open-mpi' }[] = [
  { name: "Open MPI's launcher", mark: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE', family: 'open-mpi' },
  { name: 'srun', mark: 'SLURM_STEP_ID', size: 'SLURM_STEP_NUM_TASKS' },
  { name: "MVAPICH's launcher", mark: 'MV2_COMM_WORLD_RANK', size: 'MV2_COMM_WORLD_SIZE', family: 'mpich' },
  { name: 'Hydra, the launcher of MPICH and Intel MPI', mark: 'PMI_RANK', size: 'PMI_SIZE', family: 'mpich' },
  { name: 'a launcher with PMIx', mark: 'PMIX_RANK' },
  { name: 'PALS', mark: 'PALS_RANKID' },
]

/**
 * The launcher that started this process as one of several; undefined if none did.
 *
 * Every launcher leaves marks in the environment: Open MPI's `OMPI_COMM_WORLD_RANK`, Hydra's `PMI_RANK`, Slurm's `SLURM_STEP_ID` (not in the batch script itself,
 * which runs once).
 */
export function launcherOf(environment: Environment): Launcher | undefined {
  const found = known.find(({ mark }) => environment[mark] !== undefined)
  if (found === undefined) return undefined
  const size = Number(found.size === undefined ? undefined : environment[found.size])
  return { name: found.name, size: Number.isSafeInteger(size) && size > 0 ? size : undefined, family: found.family }
}
