// Run by the tests under a launcher: one rank fails while its launcher reads nothing for a while.
import { spawn } from 'node:child_process'
import { openMpi } from '@equivar/mpi'

const mpi = openMpi()
if (mpi.rank === 1) {
  const later = `sleep 0.5; kill -CONT ${process.ppid}`
  spawn('sh', ['-c', later], { detached: true, stdio: 'ignore' }).unref()
  process.kill(process.ppid, 'SIGSTOP')
  throw new Error('this rank is out of luck')
}
await mpi.barrier()
