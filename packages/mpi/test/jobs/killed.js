// Run by the tests under a launcher: one rank is killed, the others wait for it.
import { openMpi } from '@equivar/mpi'

const mpi = openMpi()
if (mpi.rank === 1) process.kill(process.pid, 'SIGKILL')
await mpi.barrier()
