#!/usr/bin/env node
/**
 * Load tests of the inference server on this machine. Run `npm run build` first. They are not part of the test suite.
 *
 *   node apps/infer/bench/load.js --model signals=FILE.onnx [--model mutag=FILE.onnx ...] [--peer PYTHON]   the table of latency and throughput
 *   node apps/infer/bench/load.js --model ... --mixed 10000      requests of all sizes in random order, compared with runs without a server
 *   node apps/infer/bench/load.js --model ... --mutate 20000     invalid requests: each is rejected with a message, and the server survives
 *   node apps/infer/bench/load.js --model ... --overload 300     ten times the load that it can answer, for 300 seconds
 *   node apps/infer/bench/load.js --model ... --turmoil 60       64 callers while workers, models and servers come and go, for 60 seconds
 *   node apps/infer/bench/load.js --model ... --soak 3600        moderate load for 3600 seconds
 *
 * --subject peer runs a check on the peer instead. Options after `--` go to `equivar-infer serve`.
 */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { mixed } from './mixed.js'
import { mutate } from './mutate.js'
import { overload } from './overload.js'
import { modelFolder, startOurs, startPeer } from './processes.js'
import { soak } from './soak.js'
import { table } from './table.js'
import { turmoil } from './turmoil.js'
import { extents } from './workloads.js'

/**
 * @typedef {object} Settings
 * @property {Record<string, string>} models - file by name.
 * @property {import('./processes.js').ServerSettings} server
 * @property {string[]} options - further options of our server.
 * @property {string | undefined} peer - the Python of the peer.
 * @property {{ run: import('./processes.js').PeerRun, workers: number }[]} peerRuns
 * @property {import('./messages.js').Encoding[]} encodings
 * @property {number[]} concurrencies
 * @property {number} seconds - of each slice of the table.
 * @property {number} rounds - slices per cell, of which the table shows medians.
 * @property {number} warm - seconds of load before the first cell, for just-in-time compilers.
 * @property {keyof typeof extents} extent
 * @property {number} seed
 * @property {() => Promise<import('./processes.js').Running>} startSubject - starts the server to check.
 * @property {(line: string) => void} write
 * @property {(entry: object) => void} report
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string' },
    'peer-run': { type: 'string', default: 'documented,thread,inline' },
    threads: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    'peer-workers': { type: 'string' },
    encodings: { type: 'string', default: 'json,binary' },
    concurrency: { type: 'string', default: '1,2,4,8,16,32,64,128,256' },
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '9' },
    warm: { type: 'string', default: '10' },
    sizes: { type: 'string', default: 'small' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
    mixed: { type: 'string' },
    mutate: { type: 'string' },
    overload: { type: 'string' },
    soak: { type: 'string' },
    turmoil: { type: 'string' },
    subject: { type: 'string', default: 'equivar-infer' },
  },
})

const models = Object.fromEntries(values.model.map((entry) => entry.split('=', 2)))
if (Object.keys(models).length === 0 || Object.values(models).includes(undefined)) {
  process.stderr.write('load: expected --model NAME=FILE.onnx, at least once.\n')
  process.exit(2)
}
if (!(values.sizes in extents)) {
  process.stderr.write(`load: expected --sizes ${Object.keys(extents).join('|')}, received ${values.sizes}.\n`)
  process.exit(2)
}

const server = { models: modelFolder(models), threads: Number(values.threads), workers: Number(values.workers) }

const peerRuns = values['peer-run'].split(',').flatMap((run) => {
  const workers = (values['peer-workers'] ?? values.workers).split(',').map(Number)
  return workers.map((count) => ({ run: /** @type {import('./processes.js').PeerRun} */ (run), workers: count }))
})

/** @type {Settings} */
const settings = {
  models,
  server,
  options: positionals,
  peer: values.peer,
  peerRuns,
  startSubject: () =>
    values.subject === 'peer'
      ? startPeer(values.peer ?? 'python3', { ...server, ...peerRuns[0] })
      : startOurs('equivar-infer', server, positionals),
  encodings: /** @type {Settings['encodings']} */ (values.encodings.split(',')),
  concurrencies: values.concurrency.split(',').map(Number),
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  warm: Number(values.warm),
  extent: /** @type {Settings['extent']} */ (values.sizes),
  seed: Number(values.seed),
  write: (line) => void process.stdout.write(`${line}\n`),
  report: (entry) => {
    if (values.report !== undefined) appendFileSync(values.report, `${JSON.stringify(entry)}\n`)
  },
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(130))

const checks = { mixed, mutate, overload, soak, turmoil }
const chosen = /** @type {(keyof typeof checks)[]} */ (Object.keys(checks)).filter((name) => values[name] !== undefined)
let isFine = true
if (chosen.length === 0) isFine = await table(settings)
for (const name of chosen) isFine = (await checks[name](settings, Number(values[name]))) && isFine
process.exitCode = isFine ? 0 : 1
