// One rank of scaling.mjs: times training steps of a workload and prints the median in milliseconds, from rank 0. Under a launcher the ranks train together.
import { openMpi } from '@equivar/mpi'
import { equivarSide } from '../../dist/bench/side.js'
import { findWorkload } from '../../dist/bench/workloads.js'

const [name, steps] = process.argv.slice(2)
const mpi = openMpi()
const side = await equivarSide(findWorkload(name), 1, mpi.size === 1 ? undefined : mpi)
const times = []
for (let i = -3; i < Number(steps); i++) {
  const { ms } = await side.run('train')
  if (i >= 0) times.push(ms)
}
times.sort((a, b) => a - b)
if (mpi.rank === 0) console.log(JSON.stringify({ ms: times[times.length >> 1], parameters: side.parameters }))
await mpi.finalize()
