/** Callers that each send a request, wait for its answer and send the next. */
import { createHistogram } from 'node:perf_hooks'
import { Pool } from 'undici'

/**
 * @typedef {object} LoopResult
 * @property {number} perSecond - answers with status 200.
 * @property {number} p50 - milliseconds.
 * @property {number} p99
 * @property {number} callerMs - processor time of the callers per answer.
 * @property {Record<string, number>} statuses - number of answers by status; `lost` counts requests without an answer.
 */

/** A histogram of latencies in microseconds with three significant digits, capped at one minute. */
export const latencies = () => createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 })

/** @param {import('node:perf_hooks').RecordableHistogram} histogram @param {number} since - of performance.now(). */
export const record = (histogram, since) =>
  histogram.record(Math.min(60_000_000, Math.max(1, Math.round((performance.now() - since) * 1000))))

/** @param {import('node:perf_hooks').RecordableHistogram} histogram @param {number} share */
export const quantile = (histogram, share) => (histogram.count === 0 ? Number.NaN : histogram.percentile(share) / 1000)

/** Adds one to a count. @param {Record<string, number>} counts @param {string | number} key */
export const tally = (counts, key) => {
  counts[key] = (counts[key] ?? 0) + 1
}

/**
 * Sends a message and collects the answer with undici's low-level API, because the callers share the machine with the measured server.
 *
 * @param {Pool} pool
 * @param {import('./messages.js').Message} message
 * @returns {Promise<{ status: number, headers: Record<string, string | string[] | undefined>, body: Buffer }>}
 */
const call = (pool, message) =>
  new Promise((resolve, reject) => {
    let status = 0
    let headers = {}
    /** @type {Buffer[]} */
    const chunks = []
    pool.dispatch(message, {
      onRequestStart: () => {},
      onResponseStart: (_, code, received) => {
        status = code
        headers = received
      },
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
      onResponseError: (_, error) => reject(error),
    })
  })

/**
 * Runs a load on a server for some time.
 *
 * @param {object} settings
 * @param {string} settings.url
 * @param {readonly import('./messages.js').Message[]} settings.messages - sent in turn.
 * @param {number} settings.concurrency - number of callers, each with its own connection.
 * @param {number} settings.seconds
 * @param {(index: number, status: number, body: Uint8Array, headers: Record<string, string | string[] | undefined>) => void} [settings.check]
 * @returns {Promise<LoopResult>}
 */
export async function closedLoop({ url, messages, concurrency, seconds, check }) {
  const pool = new Pool(url, { connections: concurrency, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
  const histogram = latencies()
  /** @type {Record<string, number>} */
  const statuses = {}
  const before = process.cpuUsage()
  const begin = performance.now()
  const end = begin + seconds * 1000
  let next = 0
  const caller = async () => {
    while (performance.now() < end) {
      const index = next++ % messages.length
      const since = performance.now()
      try {
        const { status, headers, body } = await call(pool, messages[index])
        if (status === 200) record(histogram, since)
        tally(statuses, status)
        check?.(index, status, body, headers)
      } catch (error) {
        if (!('code' in error)) throw error
        tally(statuses, 'lost')
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
  const elapsed = (performance.now() - begin) / 1000
  const { user, system } = process.cpuUsage(before)
  await pool.destroy()
  const callerMs = (user + system) / 1000 / histogram.count
  return { perSecond: histogram.count / elapsed, p50: quantile(histogram, 50), p99: quantile(histogram, 99), callerMs, statuses }
}
