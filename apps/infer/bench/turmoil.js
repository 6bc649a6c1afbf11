/** Many callers while workers are killed, models replaced and corrupted, and the server is drained and started again: nothing may be lost or wrong. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Random } from '@equivar/tensor/random'
import { Pool } from 'undici'
import { tally } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { message, outputsOf } from './messages.js'
import { workload } from './workloads.js'

/** Number of callers. */
const callers = 64

/** Number of different requests per model and encoding. */
const kinds = 50

/** Milliseconds between two disturbances. */
const between = 400

/** Statuses of requests that were refused or whose worker was killed: the caller is told so, with Retry-After. */
const told = new Set([429, 503])

/** The process ids of the workers. @param {number} pid */
function workersOf(pid) {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  return rows.map((row) => row.trim().split(/\s+/).map(Number)).flatMap(([id, parent]) => (parent === pid ? [id] : []))
}

/**
 * @param {import('./load.js').Settings} settings
 * @param {number} seconds
 * @returns {Promise<boolean>} whether every request was answered, correctly or with a reason to retry.
 */
export async function turmoil(settings, seconds) {
  const {
    write,
    report,
    models,
    server: { models: folder },
  } = settings
  const run = await directRuns(models)
  const makers = Object.entries(models).map(([name, file]) => workload(name, file, 'mixed', settings.seed))
  const workloads = Array.from({ length: kinds * makers.length }, (_, i) => makers[i % makers.length]())
  const expected = await Promise.all(workloads.map(run))
  const messages = settings.encodings.flatMap((encoding) => workloads.map((entry) => message(entry, encoding)))
  const random = new Random({ seed: settings.seed, stream: 'turmoil' })
  let server = await settings.startSubject()
  let pool = new Pool(server.url, { connections: callers, pipelining: 1 })
  /** @type {Record<string, number>} */
  const statuses = {}
  /** @type {Record<string, number>} */
  const deeds = {}
  const failures = []
  let worst = 0
  let [sent, ends, opening] = [0, false, Promise.resolve()]

  /** Sends a request until a server takes it. A refused connection was never accepted; everything else must be answered. */
  const call = async (index) => {
    for (;;) {
      const since = server
      try {
        const { statusCode, headers, body } = await pool.request(messages[index])
        return { status: statusCode, headers, body: await body.bytes() }
      } catch (error) {
        // While a server drains, a connection that was idle may close before the request is on its way.
        const isClosing = since.drains === true || since !== server
        if (!isClosing) return { status: error.code ?? error.message, headers: {}, body: Buffer.alloc(0) }
        tally(statuses, 'not accepted by a draining server')
        await opening
        await pause(5)
      }
    }
  }
  const caller = async () => {
    while (!ends) {
      const index = sent++ % messages.length
      const { status, headers, body } = await call(index)
      tally(statuses, status)
      if (status === 200)
        worst = Math.max(worst, difference(expected[index % workloads.length], outputsOf(body, headers['inference-header-content-length'])))
      else if (!told.has(status)) failures.push(`${status}: ${body.toString('utf8', 0, 200)}`)
      else {
        if (headers['retry-after'] === undefined) failures.push(`${status} without Retry-After`)
        await pause(20)
      }
    }
  }

  const names = Object.keys(models)
  const pathOf = (name) => join(folder, `${name}.onnx`)
  const replace = (name, bytes) => {
    writeFileSync(`${pathOf(name)}.new`, bytes)
    renameSync(`${pathOf(name)}.new`, pathOf(name))
  }
  const actions = {
    'kill a worker': () => {
      const workers = workersOf(server.pid)
      if (workers.length > 0) process.kill(workers[random.integer(workers.length)], 'SIGKILL')
    },
    'replace a model': (name) => replace(name, readFileSync(models[name])),
    'corrupt a model': (name) => {
      const bytes = readFileSync(models[name])
      for (let i = 0; i < 8; i++) bytes[random.integer(Math.min(bytes.length, 400))] = random.integer(256)
      // One that still loads would answer otherwise, so its end is missing, too.
      replace(name, bytes.subarray(0, bytes.length - 1 - random.integer(bytes.length / 2)))
    },
    'write half a model': (name) => writeFileSync(pathOf(name), readFileSync(models[name]).subarray(0, 1000)),
    'mend a model': (name) => copyFileSync(models[name], pathOf(name)),
    SIGHUP: () => process.kill(server.pid, 'SIGHUP'),
    'drain and start again': async () => {
      for (const name of names) replace(name, readFileSync(models[name]))
      const old = server
      const oldPool = pool
      let opened = () => {}
      opening = new Promise((resolve) => {
        opened = resolve
      })
      old.drains = true
      await old.stop()
      if (old.exitCode() !== 0) failures.push(`the drained server ended with ${old.exitCode()}`)
      server = await settings.startSubject()
      pool = new Pool(server.url, { connections: callers, pipelining: 1 })
      opened()
      void oldPool.destroy()
    },
  }
  const weights = {
    'kill a worker': 4,
    'replace a model': 4,
    'corrupt a model': 3,
    'write half a model': 2,
    'mend a model': 2,
    SIGHUP: 3,
    'drain and start again': 1,
  }
  const lottery = Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name))

  try {
    const all = Promise.all(Array.from({ length: callers }, caller))
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      await pause(between * (0.5 + random.uniform()))
      if (server.exitCode() !== null) {
        failures.push(`the server ended with ${server.exitCode()}`)
        break
      }
      const deed = lottery[random.integer(lottery.length)]
      tally(deeds, deed)
      await actions[deed](names[random.integer(names.length)])
    }
    ends = true
    await all
  } finally {
    await pool.destroy()
    await server.stop()
  }
  write(`${callers} callers, ${seconds} s: ${JSON.stringify(statuses)}`)
  write(`deeds: ${JSON.stringify(deeds)}`)
  write(`largest difference from runs without a server: ${worst}`)
  report({ kind: 'turmoil', seconds, statuses, deeds, worst, failures })
  if (!(worst <= 1e-6)) failures.push(`an answer was off by ${worst}`)
  for (const failure of new Set(failures)) write(`FAILED: ${failure}`)
  return failures.length === 0
}
