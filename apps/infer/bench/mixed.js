/** Requests of all models and sizes in random order, each compared with a run without a server. */
import { Random } from '@equivar/tensor/random'
import { Pool } from 'undici'
import { tally } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { message, outputsOf } from './messages.js'
import { workload } from './workloads.js'

/** What the answers may differ by: another order of sums in float32, relative where numbers are above 1. */
const tolerance = 1e-6

/** Requests under way at once. */
const concurrency = 64

/**
 * @param {import('./load.js').Settings} settings
 * @param {number} count
 * @returns {Promise<boolean>} whether all answers came and were right.
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
  let sent = 0
  const caller = async () => {
    while (sent < count) {
      const number = sent++
      const entry = makers[random.integer(makers.length)]()
      const encoding = settings.encodings[random.integer(settings.encodings.length)]
      const expected = await run(entry)
      const answer = await pool.request(message(entry, encoding))
      const body = await answer.body.bytes()
      tally(statuses, answer.statusCode)
      if (answer.statusCode !== 200) {
        wrong.push(`request ${number}, ${entry.model}: ${answer.statusCode} ${Buffer.from(body).toString().slice(0, 200)}`)
        continue
      }
      const apart = difference(expected, outputsOf(body, answer.headers['inference-header-content-length']))
      worst[entry.model] = Math.max(worst[entry.model] ?? 0, apart)
      if (!(apart <= tolerance))
        wrong.push(`request ${number}, ${entry.model}, ${encoding}, ${JSON.stringify(entry.feeds.x?.shape)}: off by ${apart}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, caller))
    settings.write(
      `${count} requests in random order: ${JSON.stringify(statuses)}; largest differences ${JSON.stringify(worst)}; ${wrong.length} wrong`,
    )
    for (const line of wrong.slice(0, 10)) settings.write(`  ${line}`)
    settings.report({ kind: 'mixed', count, statuses, worst, wrong: wrong.length })
    return wrong.length === 0 && Object.values(statuses).reduce((sum, n) => sum + n, 0) === count
  } finally {
    await pool.destroy()
    await server.stop()
  }
}
