/** Throughput and latency against concurrency, ours beside the peer. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { inspectOnnx } from '@equivar/export-onnx'
import { readInferRequest } from '../dist/protocol/infer-request.js'
import { closedLoop } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { message, outputsOf } from './messages.js'
import { peerName, processorTimeOf, startOurs, startPeer } from './processes.js'
import { workload } from './workloads.js'

/** Different requests of one cell of the table. */
const pool = 64

/** @param {import('./load.js').Settings} settings @param {import('./messages.js').Encoding} encoding */
function contenders(settings, encoding) {
  const { server, peer } = settings
  const peerRuns = settings.peerRuns.filter(({ run }) => encoding === 'json' || run !== 'documented')
  return [
    { name: 'equivar-infer', start: () => startOurs('equivar-infer', server, settings.options) },
    {
      name: 'equivar-infer, one by one',
      start: () => startOurs('equivar-infer, one by one', server, [...settings.options, '--max-batch', '1']),
    },
    ...(peer === undefined ? [] : peerRuns.map((run) => ({ name: peerName(run), start: () => startPeer(peer, { ...server, ...run }) }))),
  ]
}

const milliseconds = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1))

/** A cell: p50 / p99 in ms, answers a second, the server's processor time for each, and whatever was not answered with 200. */
function cell({ perSecond, p50, p99, statuses, processorMs }) {
  const others = Object.entries(statuses).filter(([status]) => status !== '200')
  const note = others.length === 0 ? '' : ` (${others.map(([status, count]) => `${count} x ${status}`).join(', ')})`
  return `${milliseconds(p50)} / ${milliseconds(p99)} ms, ${perSecond.toFixed(0)}/s, ${milliseconds(processorMs)} ms${note}`
}

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1]

/** The median milliseconds in which our server reads a request's JSON. @param {readonly import('./messages.js').Message[]} messages @param {string} file */
function readingMs(messages, file) {
  const { inputs, outputs } = inspectOnnx(readFileSync(file))
  const rounds = Array.from({ length: 10 }, () => messages).flat()
  const times = rounds.map(({ body }) => {
    const started = performance.now()
    readInferRequest(body, undefined, { inputs, outputs, maxElements: Number.POSITIVE_INFINITY })
    return performance.now() - started
  })
  return median(times)
}

/** The answers to be given, and the median milliseconds that ONNX Runtime takes for one in one thread: what no server is below. */
async function expectedAnswers(settings, workloads) {
  const run = await directRuns(settings.models)
  const expected = await Promise.all(workloads.map(run))
  const times = []
  for (const entry of [...workloads, ...workloads, ...workloads]) {
    const started = performance.now()
    await run(entry)
    times.push(performance.now() - started)
  }
  return { expected, runMs: median(times) }
}

/**
 * Measures and prints the tables, one for each model and encoding.
 *
 * @param {import('./load.js').Settings} settings
 * @returns {Promise<boolean>} whether every answer was right.
 */
export async function table(settings) {
  const { models, encodings, concurrencies, seconds, warm, extent, write, report } = settings
  let isRight = true
  for (const [name, file] of Object.entries(models)) {
    const make = workload(name, file, extent)
    const workloads = Array.from({ length: pool }, make)
    const { expected, runMs } = await expectedAnswers(settings, workloads)
    for (const encoding of encodings) {
      const messages = workloads.map((entry) => message(entry, encoding))
      const bytes = messages.reduce((sum, { body }) => sum + body.length, 0) / pool
      /** @type {Record<string, string[]>} */
      const rows = Object.fromEntries(concurrencies.map((concurrency) => [concurrency, []]))
      const columns = contenders(settings, encoding)
      let callerMs = Number.POSITIVE_INFINITY
      for (const { name: contender, start } of columns) {
        const server = await start()
        try {
          await closedLoop({ url: server.url, messages, concurrency: 16, seconds: warm })
          for (const concurrency of concurrencies) {
            let worst = 0
            const check = (index, status, body, headers) => {
              if (status === 200 && concurrency === concurrencies[0])
                worst = Math.max(worst, difference(expected[index], outputsOf(body, headers['inference-header-content-length'])))
            }
            const before = await processorTimeOf(server.pid)
            const loop = await closedLoop({ url: server.url, messages, concurrency, seconds, check })
            const result = { ...loop, processorMs: (1000 * ((await processorTimeOf(server.pid)) - before)) / (loop.statuses[200] ?? 0) }
            callerMs = Math.min(callerMs, loop.callerMs)
            if (worst > 1e-5) isRight = false
            rows[concurrency].push(cell(result) + (worst > 1e-5 ? ` WRONG by ${worst}` : ''))
            report({ kind: 'table', model: name, encoding, contender, concurrency, bytes: Math.round(bytes), runMs, ...result })
          }
        } finally {
          await server.stop()
        }
      }
      const readMs = encoding === 'json' ? readingMs(messages, file) : 0
      const parts = [
        `${milliseconds(runMs)} ms of ONNX Runtime`,
        ...(readMs > 0 ? [`${milliseconds(readMs)} ms of reading the JSON`] : []),
        `${milliseconds(callerMs)} ms of the caller`,
      ]
      // Where joined runs do not pay, our server gives no more.
      const most = (1000 * availableParallelism()) / (runMs + readMs + callerMs)
      write(
        `\n### ${name}, ${encoding}, ${(bytes / 1024).toFixed(1)} KiB a request: ${parts.join(', ')}; of these alone the cores do ${most.toFixed(0)} a second\n`,
      )
      write('p50 / p99, answers a second, processor time of an answer\n')
      write(`| callers | ${columns.map((column) => column.name).join(' | ')} |`)
      write(`|${'---|'.repeat(columns.length + 1)}`)
      for (const concurrency of concurrencies) write(`| ${concurrency} | ${rows[concurrency].join(' | ')} |`)
    }
  }
  return isRight
}
