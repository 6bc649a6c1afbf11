/** Invalid requests: each must get status 4xx with a message, and the server must keep working. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Random } from '@equivar/tensor/random'
import { Pool } from 'undici'
import { tally } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { inferPath, message, outputsOf } from './messages.js'
import { mutant } from './mutations.js'
import { memoryOf } from './processes.js'
import { workload } from './workloads.js'

/** Number of simultaneous requests. */
const concurrency = 16

/** Number of unfinished bodies that are open at any time. */
const slowBodies = 20

/** Milliseconds in which the server must end slow bodies after the last mutant. */
const patience = 120_000

/** Why an answer to a mutant is wrong; undefined if it is right. */
function objection({ isWrong }, status, text) {
  if (status === 200) return isWrong ? 'accepted' : undefined
  if (status < 400 || status >= 500) return `status ${status}`
  try {
    const { error } = JSON.parse(text)
    return typeof error === 'string' && error.length >= 15 ? undefined : `an unclear message: ${text.slice(0, 100)}`
  } catch {
    return `no JSON: ${text.slice(0, 100)}`
  }
}

/** A request that stops in the middle of its body. @returns its outcome. */
function slowBody(url, model, isCutOff) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.write(
    `POST ${inferPath(model)} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"inputs":[`,
  )
  if (isCutOff) socket.end()
  const drip = setInterval(() => void (socket.writable && socket.write(' ')), 5000)
  const closed = once(socket, 'close').finally(() => clearInterval(drip))
  return { closed, status: () => text.split(' ')[1] ?? 'closed', destroy: () => socket.destroy() }
}

async function sendAll(pool, count, next) {
  /** @type {Record<string, number>} */
  const statuses = {}
  /** @type {Map<string, { count: number, example: string }>} */
  const objections = new Map()
  const object = (kind, reason) => {
    const { count, example } = objections.get(kind) ?? { count: 0, example: reason }
    objections.set(kind, { count: count + 1, example })
  }
  let sent = 0
  const caller = async () => {
    while (sent++ < count) {
      const entry = next()
      try {
        const { kind, isWrong, ...request } = entry
        const answer = await pool.request({ ...request, headersTimeout: 60_000 })
        const text = await answer.body.text()
        tally(statuses, answer.statusCode)
        const wrong = objection(entry, answer.statusCode, text)
        if (wrong !== undefined) object(kind, wrong)
      } catch (error) {
        tally(statuses, 'lost')
        object(entry.kind, `${error.code ?? ''} ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
  return { statuses, objections }
}

/** Whether a valid request is answered correctly. */
async function isRight(pool, makers, run) {
  const differences = makers.map(async (make) => {
    const entry = make()
    const answer = await pool.request(message(entry, 'binary'))
    const body = await answer.body.bytes()
    return answer.statusCode === 200
      ? difference(await run(entry), outputsOf(body, answer.headers['inference-header-content-length']))
      : Number.NaN
  })
  return (await Promise.all(differences)).every((apart) => apart <= 1e-6)
}

/**
 * @param {import('./load.js').Settings} settings
 * @param {number} count
 * @returns {Promise<boolean>}
 */
export async function mutate(settings, count) {
  const { write, report, seed } = settings
  const random = new Random({ seed, stream: 'mutations' })
  const makers = Object.entries(settings.models).map(([name, file]) => workload(name, file, 'small', seed))
  const run = await directRuns(settings.models)
  const server = await settings.startSubject()
  const pool = new Pool(server.url, { connections: concurrency, pipelining: 1 })
  const next = () => mutant(random, makers[random.integer(makers.length)]())
  try {
    const model = Object.keys(settings.models)[0]
    const slow = Array.from({ length: slowBodies }, (_, i) => slowBody(server.url, model, i % 2 === 0))
    await sendAll(pool, Math.ceil(count / 10), next)
    const before = await memoryOf(server.pid)
    const { statuses, objections } = await sendAll(pool, count, next)
    const after = await memoryOf(server.pid)
    const timer = setTimeout(() => slow.forEach(({ destroy }) => void destroy()), patience)
    await Promise.all(slow.map(({ closed }) => closed))
    clearTimeout(timer)
    /** @type {Record<string, number>} */
    const cut = {}
    for (const { status } of slow) tally(cut, status())
    const isAlive = server.exitCode() === null && (await isRight(pool, makers, run))
    write(
      `${count} mutants: ${JSON.stringify(statuses)}; slow bodies: ${JSON.stringify(cut)}; memory ${before.toFixed(0)} MiB, then ${after.toFixed(0)} MiB`,
    )
    for (const [kind, { count: times, example }] of objections) write(`  ${times} x ${kind}: ${example}`)
    report({ kind: 'mutate', count, statuses, cut, objections: Object.fromEntries(objections), before, after })
    const failures = [
      ...(objections.size > 0 ? ['some answers are wrong'] : []),
      ...(isAlive ? [] : ['valid requests are not answered afterwards']),
      ...(after > 1.2 * before + 64 ? ['memory grew'] : []),
    ]
    for (const failure of failures) write(`FAILED: ${failure}`)
    return failures.length === 0
  } finally {
    await pool.destroy()
    await server.stop()
  }
}
