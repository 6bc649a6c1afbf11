/** Far more requests than the server can answer: checks its answers, its memory, and its latency afterwards. */
import { Pool } from 'undici'
import { closedLoop, latencies, quantile, record, tally } from './closed-loop.js'
import { message } from './messages.js'
import { watchMemory } from './processes.js'
import { workload } from './workloads.js'

/** Largest number of simultaneous requests of the generator. Further requests are counted, but not sent. */
const mostUnderWay = 2048

/** Milliseconds between bursts. */
const tick = 10

const polite = new Set(['200', '429', '503'])

/** Sends at a fixed rate, independent of the answers. */
async function openLoop(url, messages, rate, seconds) {
  const pool = new Pool(url, { connections: mostUnderWay, pipelining: 1, headersTimeout: 120_000, bodyTimeout: 120_000 })
  const histogram = latencies()
  const counts = { sent: 0, held: 0, withoutRetryAfter: 0 }
  /** @type {Record<string, number>} */
  const statuses = {}
  let underWay = 0
  const send = async () => {
    underWay++
    const since = performance.now()
    try {
      const { statusCode, headers, body } = await pool.request(messages[counts.sent++ % messages.length])
      await body.dump()
      tally(statuses, statusCode)
      if (statusCode === 200) record(histogram, since)
      else if (headers['retry-after'] === undefined) counts.withoutRetryAfter++
    } catch (error) {
      tally(statuses, `lost (${error.code ?? error.message})`)
    }
    underWay--
  }
  const begin = performance.now()
  let due = 0
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(performance.now() - begin, seconds * 1000)
      for (const total = Math.floor((elapsed / 1000) * rate); due < total; due++) {
        if (underWay < mostUnderWay) void send()
        else counts.held++
      }
      if (elapsed >= seconds * 1000 && underWay === 0) {
        clearInterval(timer)
        resolve(undefined)
      }
    }, tick)
  })
  await pool.destroy()
  return { ...counts, statuses, p50: quantile(histogram, 50), p99: quantile(histogram, 99) }
}

/**
 * @param {import('./load.js').Settings} settings
 * @param {number} seconds
 * @returns {Promise<boolean>} whether all statuses were 200, 429 or 503, memory was bounded and latency recovered.
 */
export async function overload(settings, seconds) {
  const { write, report } = settings
  const [name, file] = /** @type {[string, string]} */ (Object.entries(settings.models)[0])
  const make = workload(name, file, 'heavy')
  const messages = Array.from({ length: 64 }, () => message(make(), 'binary'))
  const server = await settings.startSubject()
  const calm = () => closedLoop({ url: server.url, messages, concurrency: 2, seconds: 5 })
  try {
    const { perSecond } = await closedLoop({ url: server.url, messages, concurrency: 64, seconds: 5 })
    const before = await calm()
    write(`${name}: answers ${perSecond.toFixed(0)} requests a second; ${(10 * perSecond).toFixed(0)} are sent for ${seconds} s`)
    const memory = watchMemory(server.pid)
    const result = await openLoop(server.url, messages, 10 * perSecond, seconds)
    memory.stop()
    const after = await calm()
    const half = Math.ceil(memory.samples.length / 2)
    const peaks = [Math.max(...memory.samples.slice(0, half)), Math.max(...memory.samples.slice(half), 0)]
    const strange = Object.keys(result.statuses).filter((status) => !polite.has(status))
    write(
      `answers: ${JSON.stringify(result.statuses)}; ${result.withoutRetryAfter} refusals without Retry-After; ${result.held} not sent, as ${mostUnderWay} were under way`,
    )
    write(`answered with 200: p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms`)
    write(`memory: at most ${peaks[0].toFixed(0)} MiB in the first half, ${peaks[1].toFixed(0)} MiB in the second`)
    write(
      `2 callers before: p50 ${before.p50.toFixed(2)} ms, p99 ${before.p99.toFixed(2)} ms; after: p50 ${after.p50.toFixed(2)} ms, p99 ${after.p99.toFixed(2)} ms`,
    )
    report({ kind: 'overload', model: name, rate: 10 * perSecond, seconds, before, after, peaks, ...result })
    const failures = [
      ...(strange.length > 0 ? [`answers other than 200, 429 and 503: ${strange.join(', ')}`] : []),
      ...(result.withoutRetryAfter > 0 ? ['refusals without Retry-After'] : []),
      ...(peaks[1] > 1.1 * peaks[0] + 32 ? ['memory grew'] : []),
      ...(after.p50 > 1.5 * before.p50 + 1 ? ['latency afterwards is higher than before'] : []),
      ...(server.exitCode() === null ? [] : ['the server ended']),
    ]
    for (const failure of failures) write(`FAILED: ${failure}`)
    return failures.length === 0
  } finally {
    await server.stop()
  }
}
