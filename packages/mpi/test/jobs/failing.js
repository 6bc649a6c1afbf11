// Run by the tests under a launcher: one rank fails, the others wait for it.
import { openMpi } from '@equivar/mpi'

const mpi = openMpi()
if (mpi.rank === 1) throw new Error('this rank is out of luck')
await mpi.barrier()
