/**
 * `equivar predict` on many sets: measures memory and speed for few and for many sets, and checks that a run that is killed at random moments and resumed
 * gives the same file.
 *
 *     node apps/train/bench/experiments/predict-large.mjs MODEL.onnx [--sets 1000000] [--few 20000] [--kills 20] [--seed 1] [--workers N] [--folder DIR]
 *
 * The model has the input x float32 [batch, set, 1, length], like the models of `equivar train signals`.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const command = fileURLToPath(new URL('../../bin/equivar.js', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sets: { type: 'string', default: '1000000' },
    few: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    length: { type: 'string', default: '20' },
    workers: { type: 'string' },
    folder: { type: 'string' },
  },
})
const [modelPath] = positionals
if (modelPath === undefined) throw new Error('expected the path of a model, received none')
const model = resolve(modelPath)
const [sets, few, kills, length] = [values.sets, values.few, values.kills, values.length].map(Number)
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'equivar-predict-'))

/** The state of a generator of uniform numbers in [0, 1). */
let state = Number(values.seed)
const uniform = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** Writes sets of 1 to 8 signals. */
async function generate(path, count) {
  const file = createWriteStream(path)
  for (let i = 0; i < count; i++) {
    const x = Array.from({ length: 1 + Math.floor(8 * uniform()) }, () => [
      Array.from({ length }, () => Math.round(2000 * uniform() - 1000) / 500),
    ])
    if (!file.write(`${JSON.stringify({ x })}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}

/** Peak memory of a process in MiB, from Linux's /proc. */
function peakMiB(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Runs the command and kills it when its output has `killAt` bytes. */
async function predict(input, out, { killAt = Number.POSITIVE_INFINITY } = {}) {
  const workers = values.workers === undefined ? [] : ['--workers', values.workers]
  const started = performance.now()
  const child = spawn(process.execPath, [command, 'predict', model, input, '--out', out, '--resume', ...workers], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let [peak, killed] = [0, false]
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMiB(child.pid))
    if (!killed && existsSync(`${out}.part`) && statSync(`${out}.part`).size >= killAt) {
      killed = true
      child.kill('SIGKILL')
    }
  }, 5)
  const [status] = await once(child, 'exit')
  clearInterval(watch)
  if (status !== 0 && !killed) throw new Error(`equivar predict ended with status ${status}`)
  return { seconds: (performance.now() - started) / 1000, peak, killed }
}

async function digest(path) {
  const hash = createHash('sha256')
  for await (const block of createReadStream(path)) hash.update(block)
  return hash.digest('hex')
}

try {
  const row = (name, count, { seconds, peak }) =>
    console.log(
      `${name.padEnd(8)} ${count} sets, ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} sets/s, at most ${peak.toFixed(0)} MiB`,
    )
  const [small, large, whole, broken] = ['few.ndjson', 'many.ndjson', 'whole.ndjson', 'broken.ndjson'].map((name) => join(folder, name))
  await generate(small, few)
  row('few', few, await predict(small, join(folder, 'few.out.ndjson')))
  await generate(large, sets)
  console.log(`input    ${(statSync(large).size / 2 ** 20).toFixed(0)} MiB`)
  row('many', sets, await predict(large, whole))
  const size = statSync(whole).size
  const moments = Array.from({ length: kills }, () => uniform() * size).sort((a, b) => a - b)
  let count = 0
  for (const moment of moments) if ((await predict(large, broken, { killAt: moment })).killed) count++
  await predict(large, broken)
  const same = (await digest(whole)) === (await digest(broken))
  console.log(`killed   ${count} times of ${kills} and resumed: ${same ? 'the same file' : 'ANOTHER FILE'}`)
  if (!same) process.exitCode = 1
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true })
}
