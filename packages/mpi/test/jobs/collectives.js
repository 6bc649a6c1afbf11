// Run by the tests under a launcher: every collective once, with what should come.
import assert from 'node:assert/strict'
import { openMpi } from '@equivar/mpi'

const mpi = openMpi()
const { rank, size } = mpi
const triangle = (size * (size + 1)) / 2

for (const length of [0, 1, 7, 1_000_003]) {
  const floats = new Float32Array(length).fill(rank + 1)
  const doubles = new Float64Array(length).fill(0.1 * (rank + 1))
  const integers = new BigInt64Array(length).fill(BigInt(rank + 1) << 40n)
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  // Asked for at once, done one after another.
  await Promise.all([mpi.allreduce(floats, 'sum'), mpi.allreduce(doubles, 'sum'), mpi.allreduce(integers, 'sum')])
  clearInterval(timer)
  assert.ok(floats.every((x) => x === triangle))
  assert.ok(doubles.every((x) => Math.abs(x - 0.1 * triangle) < 1e-12))
  assert.ok(integers.every((x) => x === BigInt(triangle) << 40n))
}

// A view in the middle of a buffer: what is around it stays.
const around = Float64Array.of(-1, rank, rank, -1)
await mpi.allreduce(around.subarray(1, 3), 'sum')
assert.deepEqual([...around], [-1, triangle - size, triangle - size, -1])

const text = new TextEncoder().encode(`rank ${rank}`)
await mpi.broadcast(text, size - 1)
assert.equal(new TextDecoder().decode(text), `rank ${size - 1}`)

await assert.rejects(
  async () => mpi.allreduce(new Uint8Array(1), 'sum'),
  /expected a Float32Array, Float64Array or BigInt64Array, received Uint8Array/,
)
await assert.rejects(async () => mpi.broadcast(text, size), new RegExp(`from 0 to ${size - 1}, received ${size}`))
assert.equal(openMpi(), mpi)
await mpi.barrier()
if (rank === 0) console.log(`${size} ranks on ${mpi.library}`)
await mpi.finalize()
await mpi.finalize()
await assert.rejects(async () => mpi.barrier(), /barrier: expected a call before finalize, received one after it/)
