/** Requests of all models and sizes in random order, each compared with a run without a server. */
import { Random } from '@equivar/tensor/random'
import { Pool } from 'undici'
import { tally } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { message, outputsOf } from './messages.js'
import { batchesOf } from './processes.js'
import { workload } from './workloads.js'

/** Allowed difference of answers, due to the order of float32 sums; relative for numbers above 1. */
const tolerance = 1e-6

/** Number of connections, each with one request at a time. */
const concurrency = 64

/** Number of requests, with their reference outputs, that are prepared before they are sent together. */
const round = 256

/**
 * @param {import('./load.js').Settings} settings
 * @param {number} count
 * @returns {Promise<boolean>} whether all requests were answered correctly.
 */
export async function mixed(settings, count) {
  const random = new Random({ seed: settings.seed, stream: 'order' })
  const makers = Object.entries(settings.models).map(([name, file]) => workload(name, file, 'mixed', settings.seed))
  const run = await directRuns(settings.models)
  const server = await settings.startSubject()
  const pool = new Pool(server.url, { connections: concurrency, pipelining: 1 })
  /** @type {Record<string, number>} */
  const worst = {}
  /** @type {Record<string, number>} */
  const statuses = {}
  /** @type {string[]} */
  const wrong = []
  const prepare = async (number) => {
    const entry = makers[random.integer(makers.length)]()
    const encoding = settings.encodings[random.integer(settings.encodings.length)]
    const label = `request ${number}, ${entry.model}, ${encoding}, x ${JSON.stringify(entry.feeds.x?.shape)}`
    return { label, model: entry.model, sent: message(entry, encoding), expected: await run(entry) }
  }
  const check = async ({ label, model, sent, expected }) => {
    const answer = await pool.request(sent)
    const body = await answer.body.bytes()
    tally(statuses, answer.statusCode)
    if (answer.statusCode !== 200) {
      wrong.push(`${label}: ${answer.statusCode} ${Buffer.from(body).toString().slice(0, 200)}`)
      return
    }
    const apart = difference(expected, outputsOf(body, answer.headers['inference-header-content-length']))
    worst[model] = Math.max(worst[model] ?? 0, apart)
    if (!(apart <= tolerance)) wrong.push(`${label}: off by ${apart}`)
  }
  try {
    for (let first = 0; first < count; first += round) {
      const prepared = []
      for (let number = first; number < Math.min(first + round, count); number++) prepared.push(await prepare(number))
      await Promise.all(prepared.map(check))
    }
    settings.write(
      `${count} requests in random order: ${JSON.stringify(statuses)}; largest differences ${JSON.stringify(worst)}; ${wrong.length} wrong`,
    )
    const batches = await batchesOf(server.url)
    if (batches !== undefined) settings.write(`batches: ${JSON.stringify(batches)}`)
    for (const line of wrong.slice(0, 10)) settings.write(`  ${line}`)
    settings.report({ kind: 'mixed', count, statuses, worst, batches, wrong: wrong.length })
    return wrong.length === 0 && Object.values(statuses).reduce((sum, n) => sum + n, 0) === count
  } finally {
    await pool.destroy()
    await server.stop()
  }
}
