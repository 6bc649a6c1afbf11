/** Moderate load on all models in both encodings for a long time: no answer may be wrong or lost, and latency and memory must not grow. */
import { closedLoop } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { message, outputsOf } from './messages.js'
import { memoryOf } from './processes.js'
import { workload } from './workloads.js'

/** Number of different requests per model and encoding. */
const pool = 100

/** Number of parts into which the time is divided. */
const parts = 10

/**
 * @param {import('./load.js').Settings} settings
 * @param {number} seconds
 * @returns {Promise<boolean>}
 */
export async function soak(settings, seconds) {
  const { write, report } = settings
  const run = await directRuns(settings.models)
  const makers = Object.entries(settings.models).map(([name, file]) => workload(name, file, 'mixed', settings.seed))
  const workloads = Array.from({ length: pool * makers.length }, (_, i) => makers[i % makers.length]())
  const expected = await Promise.all(workloads.map(run))
  const messages = settings.encodings.flatMap((encoding) => workloads.map((entry) => message(entry, encoding)))
  const server = await settings.startSubject()
  let worst = 0
  const check = (index, status, body, headers) => {
    if (status !== 200) return
    worst = Math.max(worst, difference(expected[index % workloads.length], outputsOf(body, headers['inference-header-content-length'])))
  }
  const rows = []
  write('| part | answers a second | p50 ms | p99 ms | MiB | statuses |\n|---|---|---|---|---|---|')
  try {
    for (let part = 1; part <= parts; part++) {
      const result = await closedLoop({
        url: server.url,
        messages,
        concurrency: settings.concurrencies.at(-1) ?? 16,
        seconds: seconds / parts,
        check,
      })
      const mib = await memoryOf(server.pid)
      rows.push({ ...result, mib })
      write(
        `| ${part} | ${result.perSecond.toFixed(0)} | ${result.p50.toFixed(2)} | ${result.p99.toFixed(2)} | ${mib.toFixed(0)} | ${JSON.stringify(result.statuses)} |`,
      )
    }
  } finally {
    await server.stop()
  }
  report({ kind: 'soak', seconds, worst, rows })
  const failures = [
    ...(worst > 1e-6 ? [`an answer was off by ${worst}`] : []),
    ...(rows.some(({ statuses }) => Object.keys(statuses).join() !== '200') ? ['not every answer was 200'] : []),
    ...(rows[parts - 1].mib > 1.1 * rows[1].mib + 32 ? ['memory grew'] : []),
    ...(rows[parts - 1].p50 > 1.5 * rows[1].p50 + 1 ? ['latency grew'] : []),
  ]
  write(`largest difference from runs without a server: ${worst}`)
  for (const failure of failures) write(`FAILED: ${failure}`)
  return failures.length === 0
}
