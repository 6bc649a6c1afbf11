/** Starts and ends the measured servers, and reads their memory and processor time. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const here = import.meta.dirname

/**
 * @typedef {object} Running
 * @property {string} name
 * @property {string} url
 * @property {number} pid
 * @property {() => number | null} exitCode - null while it runs.
 * @property {() => Promise<void>} stop
 *
 * @typedef {'documented' | 'inline' | 'thread'} PeerRun - see fastapi_peer.py.
 *
 * @typedef {object} ServerSettings
 * @property {string} models - a folder of NAME.onnx.
 * @property {number} threads
 * @property {number} workers
 */

/**
 * A temporary folder with the models, removed when this process ends. Its parent contains a model that no request may reach: `../outside.onnx`.
 *
 * @param {Record<string, string>} models - file by name.
 */
export function modelFolder(models) {
  const parent = mkdtempSync(join(tmpdir(), 'equivar-load-'))
  process.on('exit', () => rmSync(parent, { recursive: true, force: true }))
  const folder = join(parent, 'models')
  mkdirSync(folder)
  copyFileSync(Object.values(models)[0], join(parent, 'outside.onnx'))
  for (const [name, file] of Object.entries(models)) copyFileSync(file, join(folder, `${name}.onnx`))
  return folder
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}

/** @param {string} name @param {string} program @param {string[]} parameters @param {number} port @returns {Promise<Running>} */
async function start(name, program, parameters, port) {
  const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'inherit'] })
  const url = `http://127.0.0.1:${port}`
  const end = () => child.kill('SIGKILL')
  process.on('exit', end)
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it was ready.`)
    if (attempt > 600) throw new Error(`${name} was not ready within a minute.`)
    const isReady = await fetch(`${url}/v2/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) break
    await pause(100)
  }
  const stop = async () => {
    process.off('exit', end)
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await Promise.race([once(child, 'exit'), pause(20_000, undefined, { ref: false }).then(end)])
  }
  return { name, url, pid: /** @type {number} */ (child.pid), exitCode: () => child.exitCode, stop }
}

/**
 * Our server.
 *
 * @param {string} name - in the tables.
 * @param {ServerSettings} settings
 * @param {string[]} more - further options of `equivar-infer serve`.
 */
export async function startOurs(name, { models, threads, workers }, more = []) {
  const port = await freePort()
  const options = ['--host', '127.0.0.1', '--port', port, '--threads', threads, '--workers', workers, '--log-level', 'error', ...more]
  return start(name, process.execPath, [join(here, '../bin/equivar-infer.js'), 'serve', models, ...options.map(String)], port)
}

/** The name of a peer in the tables. @param {{ run: string, workers: number }} peer */
export const peerName = ({ run, workers }) => `FastAPI, ${workers} ${workers === 1 ? 'process' : 'processes'}, ${run}`

/** The peer. @param {string} python @param {ServerSettings & { run: PeerRun }} settings */
export async function startPeer(python, settings) {
  const { models, threads, workers, run } = settings
  const port = await freePort()
  const options = ['--models', models, '--port', port, '--threads', threads, '--workers', workers, '--run', run]
  return start(peerName(settings), python, [join(here, 'fastapi_peer.py'), ...options.map(String)], port)
}

/**
 * The batching metrics of our server; undefined for a server without them.
 *
 * @param {string} url
 * @returns {Promise<Record<string, { requestsPerRun: number, padding: number }> | undefined>} by model; padding is its share of the elements.
 */
export async function batchesOf(url) {
  const answer = await fetch(`${url}/metrics`)
  const text = answer.ok ? await answer.text() : ''
  const values = (name) =>
    new Map(
      [...text.matchAll(new RegExp(`^equivar_infer_${name}\\{model="(\\w+)"\\} (\\S+)$`, 'gm'))].map(([, model, value]) => [
        model,
        Number(value),
      ]),
    )
  const [requests, runs, padding, elements] = [
    'batch_requests_sum',
    'batch_requests_count',
    'padding_elements_total',
    'elements_total',
  ].map(values)
  if (runs.size === 0) return undefined
  const entries = [...runs].map(([model, count]) => [
    model,
    { requestsPerRun: requests.get(model) / count, padding: (padding.get(model) ?? 0) / elements.get(model) },
  ])
  return Object.fromEntries(entries)
}

/** A process and its descendants, with the memory of each in KiB. @param {number} pid @returns {Promise<Map<number, number>>} */
async function familyOf(pid) {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss='])
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const family = new Set([pid])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const [child, parent] of rows) if (family.has(parent)) family.add(child)
  }
  return new Map(rows.filter(([id]) => family.has(id)).map(([id, , kib]) => [id, kib]))
}

/** Memory of a process and its descendants in MiB. @param {number} pid */
export async function memoryOf(pid) {
  return [...(await familyOf(pid)).values()].reduce((sum, kib) => sum + kib / 1024, 0)
}

/** Clock ticks per second in Linux's /proc. */
const ticks = 100

/** Processor time of a process and its descendants in seconds; NaN without /proc. @param {number} pid */
export async function processorTimeOf(pid) {
  let sum = 0
  for (const id of (await familyOf(pid)).keys()) {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    sum += (Number(user) + Number(system)) / ticks
  }
  return sum
}

/** Samples a process's memory once a second until it is stopped. @param {number} pid */
export function watchMemory(pid) {
  /** @type {number[]} */
  const samples = []
  const timer = setInterval(
    () =>
      void memoryOf(pid).then(
        (mib) => samples.push(mib),
        () => {},
      ),
    1000,
  )
  return {
    samples,
    stop: () => clearInterval(timer),
  }
}
