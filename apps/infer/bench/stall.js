#!/usr/bin/env node
/**
 * How long one request can keep the others waiting. Run `npm run build` first.
 *
 *   node apps/infer/bench/stall.js [--core 0] [--limit 100] [--tries 3] [--only TEXT]
 *
 * Sends each hostile body, up to the largest that the server accepts, and meanwhile asks for the health of the server every 10 ms. The slowest answer is
 * the stall. With --core, the server and all its workers run on that one core (Linux). Other work on
 * the machine delays answers, too, so a body whose stall is too long is sent again, and the shortest stall counts. Fails if it is longer than --limit
 * milliseconds, if a body gets a
 * status of 5xx or no answer, or if the server does not answer correctly afterwards.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { exportOnnx } from '@equivar/export-onnx'
import { input, mul, program } from '@equivar/tensor'
import { binaries, bodies } from './hostile.js'

const { values } = parseArgs({
  options: {
    core: { type: 'string' },
    limit: { type: 'string', default: '100' },
    only: { type: 'string', default: '' },
    tries: { type: 'string', default: '3' },
  },
})
const limit = Number(values.limit)

/** A model of any number of rows of any width: y = 2 x. */
function writeModels() {
  const folder = mkdtempSync(join(tmpdir(), 'equivar-stall-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const x = input('x', 'float32', ['batch', 'n'])
  writeFileSync(join(folder, 'double.onnx'), exportOnnx(program({ inputs: { x }, outputs: { y: mul(x, 2) } })))
  return folder
}

async function startServer(models) {
  const command = [join(import.meta.dirname, '../bin/equivar-infer.js'), 'serve', models, '--port', '0', '--json', '--workers', '1']
  const child =
    values.core === undefined ? spawn(process.execPath, command) : spawn('taskset', ['-c', values.core, process.execPath, ...command])
  child.stderr.pipe(process.stderr)
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { child, url: JSON.parse(line).url }
}

/** Sends a body. @returns the status and the length of the answer; the code of the error if there is none. */
function post(url, body, headers = {}) {
  return new Promise((resolve) => {
    const call = request(
      `${url}/v2/models/double/infer`,
      { method: 'POST', headers: { 'content-length': body.length, ...headers } },
      (answer) => {
        let text = ''
        let length = 0
        answer.on('data', (chunk) => {
          length += chunk.length
          if (text.length < 300) text += chunk.toString('latin1', 0, 300)
        })
        answer.on('end', () => resolve({ status: answer.statusCode, length, text: text.slice(0, 300) }))
      },
    )
    call.on('error', (error) => resolve({ status: error.code, length: 0, text: error.message }))
    call.end(body)
  })
}

/** A prober in its own thread, so that making bodies here does not delay it. */
const prober = `
const { parentPort, workerData } = require('node:worker_threads')
const { Agent, request } = require('node:http')
const agent = new Agent({ keepAlive: true })
let worst = 0, count = 0, begun = 0
parentPort.on('message', () => { parentPort.postMessage({ worst: Math.max(worst, begun > 0 ? performance.now() - begun : 0), count }); worst = 0; count = 0 })
const probe = () => {
  begun = performance.now()
  const call = request(workerData + '/v2/health/live', { agent }, (answer) => {
    answer.resume().on('end', () => { worst = Math.max(worst, performance.now() - begun); begun = 0; count++; setTimeout(probe, 10) })
  })
  call.on('error', () => { worst = Infinity; setTimeout(probe, 100) })
  call.end()
}
probe()`

const { child, url } = await startServer(writeModels())
const thread = new Worker(prober, { eval: true, workerData: url })
/** The slowest probe since the last call, in milliseconds. */
const slowest = async () => {
  thread.postMessage('report')
  const [{ worst }] = await once(thread, 'message')
  return worst
}

/** The longest time between two turns of the server's event loop since the last call, in milliseconds; the time of its timer, 10 ms, included. */
async function longestTurn() {
  const text = await (await fetch(`${url}/metrics`)).text()
  return 1000 * Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1])
}

const failures = []
const all = [
  ...Object.entries(bodies).map(([name, make]) => [name, () => ({ body: Buffer.from(make()) })]),
  ...Object.entries(binaries).map(([name, make]) => [
    name,
    () => {
      const { header, body } = make()
      return { body, headers: { 'inference-header-content-length': header.length } }
    },
  ]),
].filter(([name]) => name.includes(values.only))

// The first requests are slower: their code is compiled.
for (const warm of ['{}', bodies['the largest valid request, flat']()]) await post(url, Buffer.from(warm))
process.stdout.write(
  '| body | MiB | status | answer, MiB | time, ms | slowest probe, ms | longest turn, ms |\n|---|---|---|---|---|---|---|\n',
)
let worst = 0
for (const [name, make] of all) {
  const { body, headers } = make()
  let [tries, stall, turn] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let outcome
  while (tries++ < Number(values.tries) && !(stall <= limit)) {
    await pause(50)
    await longestTurn()
    await slowest()
    const begun = performance.now()
    outcome = { ...(await post(url, body, headers)), time: performance.now() - begun }
    await pause(50)
    stall = Math.min(stall, await slowest())
    turn = Math.min(turn, await longestTurn())
  }
  const { status, length, text, time } = outcome
  worst = Math.max(worst, stall)
  const mib = (bytes) => (bytes / 2 ** 20).toFixed(1)
  process.stdout.write(
    `| ${name} | ${mib(body.length)} | ${status} | ${mib(length)} | ${time.toFixed(0)} | ${stall.toFixed(1)} | ${turn.toFixed(0)} |\n`,
  )
  if (!(stall <= limit)) failures.push(`${name}: a probe took ${stall.toFixed(0)} ms`)
  if (typeof status !== 'number' || status >= 500) failures.push(`${name}: ${status} ${text}`)
}
const after = await post(url, Buffer.from('{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}'))
if (!after.text.includes('"data":[2,4]')) failures.push(`afterwards: ${after.status} ${after.text}`)
process.stdout.write(`slowest probe of all: ${worst.toFixed(1)} ms\n`)
for (const failure of failures) process.stdout.write(`FAILED: ${failure}\n`)
await thread.terminate()
child.kill('SIGTERM')
await once(child, 'exit')
process.exitCode = failures.length === 0 ? 0 : 1
