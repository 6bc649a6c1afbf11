// Time of an allreduce by the number of bytes: mpiexec -n 2 node packages/mpi/bench/allreduce.js [REPETITIONS]. Rank 0 prints a line of JSON for each size; with them
// the latency and the bandwidth of the ring: seconds = 2 (ranks - 1) latency + 2 (ranks - 1) / ranks bytes / bandwidth.
import { openMpi } from '@equivar/mpi'

const mpi = openMpi()
const repetitions = Number(process.argv[2] ?? 200)
for (let length = 1; length <= 1 << 22; length *= 4) {
  const buffer = new Float32Array(length).fill(1)
  const times = []
  for (let i = -5; i < repetitions; i++) {
    await mpi.barrier()
    const started = performance.now()
    await mpi.allreduce(buffer, 'sum')
    if (i >= 0) times.push(performance.now() - started)
    buffer.fill(1)
  }
  times.sort((a, b) => a - b)
  if (mpi.rank === 0) console.log(JSON.stringify({ bytes: 4 * length, ms: times[repetitions >> 1], best: times[0], ranks: mpi.size }))
}
await mpi.finalize()
