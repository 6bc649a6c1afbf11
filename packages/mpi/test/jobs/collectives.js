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

// WebAssembly tells a read out of bounds by signal 11: no library may take it. The module's function loads a number from an address.
const module = new WebAssembly.Module(
  // biome-ignore format: one section a line
  Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f,
    3, 2, 1, 0,
    5, 3, 1, 0, 1,
    7, 8, 1, 4, 0x6c, 0x6f, 0x61, 0x64, 0, 0,
    10, 9, 1, 7, 0, 0x20, 0, 0x28, 2, 0, 0x0b,
  ),
)
assert.throws(() => new WebAssembly.Instance(module).exports.load(0x7ffffff0), WebAssembly.RuntimeError)
// Its hooks of memory harm other threads when MPI begins, in one start of 80.
assert.equal(process.env.UCX_MEM_EVENTS, 'n')

await mpi.barrier()
if (rank === 0) console.log(`${size} ranks on ${mpi.library}`)
await mpi.finalize()
await mpi.finalize()
await assert.rejects(async () => mpi.barrier(), /barrier: expected a call before finalize, received one after it/)
