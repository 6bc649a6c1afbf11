// Message passing on ONNX Runtime: 100,000 nodes, 1,000,000 edges, 64 channels. Build first, then run
// node packages/layers-graphs/bench/message-passing.mjs
// If EQUIVAR_PYTHON names a Python with PyTorch Geometric, the two are measured in turns. Times are medians over ROUNDS. "train" is the value and the
// gradients of input and weights. The floor is the time to copy the least data that must be moved: each operand read once, each result written once.
// The unfused floor adds the messages, written and read once, which every implementation needs that does not fuse reading and adding.
// ONLY=text selects cases by name; THREADS, NODES, EDGES and CHANNELS change the sizes.
import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onnxBackend } from '@equivar/backend-onnx'
import { initialize, parametersOf } from '@equivar/nn'
import { differentiate, input, mul, program, Random, reduceSum, tensorValue } from '@equivar/tensor'
import { GatLayer, GcnLayer, MessagePassing } from '../dist/index.js'

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)
const [ROUNDS, THREADS] = [number('ROUNDS', 7), number('THREADS', 2)]
const [NODES, EDGES, CHANNELS] = [number('NODES', 100_000), number('EDGES', 1_000_000), number('CHANNELS', 64)]
const backend = onnxBackend({ threads: THREADS })
const random = new Random({ seed: 1 })
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const told = (times) => `${median(times).toFixed(1)} ms (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)})`

const normal = (shape) =>
  tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal()),
  )
const feeds = {
  x: normal([NODES, CHANNELS]),
  cotangent: normal([NODES, CHANNELS]),
  edge_index: tensorValue(
    'int64',
    [2, EDGES],
    Float64Array.from({ length: 2 * EDGES }, () => random.integer(NODES)),
  ),
}

/** Bandwidth in bytes per second of copying 256 MB between existing arrays, on one thread. */
function copyBandwidth() {
  const [from, to] = [new Float32Array(2 ** 26).fill(1), new Float32Array(2 ** 26).fill(2)]
  const times = Array.from({ length: 7 }, () => {
    const started = performance.now()
    to.set(from)
    return performance.now() - started
  })
  return (2 * from.byteLength) / (median(times) / 1000)
}

const rows = 4 * NODES * CHANNELS
const messages = 4 * EDGES * CHANNELS
/** How often node features and edge features must be moved forward. A gradient moves them once more and reads the cotangent. */
const cases = [
  ['sum', new MessagePassing(), { infer: 2, train: 4 }, 1],
  ['gcn', new GcnLayer({ inChannels: CHANNELS, outChannels: CHANNELS }), { infer: 2, train: 5 }, 1],
  ['gat', new GatLayer({ inChannels: CHANNELS, outChannels: CHANNELS / 8, heads: 8 }), { infer: 2, train: 5 }, 1],
]

async function compiled(layer, train) {
  const [x, edgeIndex] = [input('x', 'float32', ['nodes', CHANNELS]), input('edge_index', 'int64', [2, 'edges'])]
  const parameters = Object.fromEntries(parametersOf(layer))
  const cotangent = input('cotangent', 'float32', ['nodes', CHANNELS])
  const y = layer.forward(x, edgeIndex)
  const wrt = { x, ...parameters }
  const gradients = train ? differentiate(reduceSum(mul(y, cotangent)), Object.values(wrt)) : []
  const outputs = {
    y,
    ...Object.fromEntries(Object.keys(wrt).flatMap((name, i) => (train ? [[`gradient of ${name}`, gradients[i]]] : []))),
  }
  const inputs = { x, edge_index: edgeIndex, ...(train ? { cotangent } : {}), ...parameters }
  return { executable: await backend.compile(program({ inputs, outputs })), values: initialize(layer, 1) }
}

/** PyTorch Geometric in its own process. It answers each line with the milliseconds of one run. */
async function peer() {
  if (process.env.EQUIVAR_PYTHON === undefined) return undefined
  const script = fileURLToPath(new URL('message_passing_peer.py', import.meta.url))
  const child = spawn(process.env.EQUIVAR_PYTHON, [script, ...[THREADS, NODES, EDGES, CHANNELS].map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Otherwise glibc returns large blocks to the system after each step, and PyTorch has to fault the pages in again.
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '8589934592', MALLOC_TOP_PAD_: '268435456' },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  const ask = async (question) => {
    child.stdin.write(`${question}\n`)
    return Number((await lines.next()).value)
  }
  return { ask, stop: () => child.kill() }
}

async function once({ executable, values }) {
  const started = performance.now()
  const outputs = await executable.run({ ...feeds, ...values })
  const ms = performance.now() - started
  for (const output of Object.values(outputs)) output.dispose()
  return ms
}

const load = () =>
  cpus().reduce((sum, { times }) => ({ busy: sum.busy + times.user + times.nice + times.sys, idle: sum.idle + times.idle }), {
    busy: 0,
    idle: 0,
  })
const [before, bandwidth] = [load(), copyBandwidth()]
await pause(1000)
const after = load()
const busy = (cpus().length * (after.busy - before.busy)) / (after.busy - before.busy + after.idle - before.idle)
console.log(
  `${NODES} nodes, ${EDGES} edges, ${CHANNELS} channels, ${THREADS} threads; copies ${(bandwidth / 1e9).toFixed(1)} GB/s; ${busy.toFixed(2)} cores in use before`,
)

const other = await peer()
for (const [name, layer, nodeMoves, edgeMoves] of cases.filter(([name]) => name.includes(process.env.ONLY ?? ''))) {
  for (const kind of ['infer', 'train']) {
    const own = await compiled(layer, kind === 'train')
    const [mine, theirs] = [[], []]
    for (let round = 0; round <= ROUNDS; round++) {
      await pause(50)
      const ms = await once(own)
      if (round > 0) mine.push(ms)
      if (other === undefined) continue
      await pause(50)
      const peerMs = await other.ask(`${name} ${kind}`)
      if (round > 0) theirs.push(peerMs)
    }
    await own.executable.dispose()
    const factor = kind === 'train' ? 2 : 1
    const floor = (1000 * (nodeMoves[kind] * rows + factor * 16 * EDGES)) / bandwidth
    const unfused = floor + (1000 * factor * edgeMoves * 2 * messages) / bandwidth
    const ms = median(mine)
    const beside = theirs.length > 0 ? `; PyTorch Geometric ${told(theirs)}, ratio ${(ms / median(theirs)).toFixed(2)}` : ''
    const over = `floor ${floor.toFixed(1)}, with edges ${unfused.toFixed(1)} ms, ${(ms / unfused).toFixed(1)} times`
    console.log(`${name}, ${kind}: ${told(mine)}; ${over}${beside}`)
  }
}
other?.stop()
