// Run by the tests under a launcher: one rank never comes to the collective.
import { openMpi } from '@equivar/mpi'

const mpi = openMpi()
if (mpi.rank === 1) await new Promise((resolve) => setTimeout(resolve, 600_000))
await mpi.barrier()
