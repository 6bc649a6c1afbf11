/** Throughput and latency by concurrency, of our server and the peers. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { inspectOnnx } from '@equivar/export-onnx'
import { readInferRequest } from '../dist/protocol/infer-request.js'
import { closedLoop } from './closed-loop.js'
import { difference, directRuns } from './direct.js'
import { message, outputsOf } from './messages.js'
import { peerName, processorTimeOf, startOurs, startPeer } from './processes.js'
import { workload } from './workloads.js'

/** Number of different requests per cell of the table. */
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

/** A cell: p50 / p99 in ms, answers per second, the server's processor time per answer, and the statuses other than 200. */
function cell({ perSecond, p50, p99, statuses, processorMs }, times) {
  const others = Object.entries(statuses).filter(([status]) => status !== '200')
  const note = others.length === 0 ? '' : ` (${others.map(([status, count]) => `${count} x ${status}`).join(', ')})`
  return `${milliseconds(p50)} / ${milliseconds(p99)} ms, ${perSecond.toFixed(0)}/s (${times.toFixed(2)}), ${milliseconds(processorMs)} ms${note}`
}

const median = (times) => [...times].sort((a, b) => a - b)[times.length >> 1]

/** The median time in which our server parses a request's JSON, in ms. @param {readonly import('./messages.js').Message[]} messages @param {string} file */
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

/** The reference outputs, and the median time of one run of ONNX Runtime on one thread in ms, a lower bound for any server. */
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
 * @typedef {import('./closed-loop.js').LoopResult & { processorMs: number, worst: number }} Slice
 * @typedef {{ name: string, server: import('./processes.js').Running, slices: Record<number, Slice[]> }} Contender
 */

/** Measures one server under one load for a short time. @returns {Promise<Slice>} */
async function measure(server, { messages, expected, concurrency, seconds }) {
  let worst = 0
  const check = (index, status, body, headers) => {
    if (status === 200) worst = Math.max(worst, difference(expected[index], outputsOf(body, headers['inference-header-content-length'])))
  }
  // Answers are compared before the clock runs.
  await closedLoop({ url: server.url, messages, concurrency, seconds: seconds / 4, check })
  const before = await processorTimeOf(server.pid)
  const loop = await closedLoop({ url: server.url, messages, concurrency, seconds })
  const processorMs = (1000 * ((await processorTimeOf(server.pid)) - before)) / (loop.statuses[200] ?? 0)
  return { ...loop, processorMs, worst }
}

/** The medians of the slices, and the sums of their statuses. @param {readonly Slice[]} slices @returns {Slice} */
function together(slices) {
  const middle = (key) => median(slices.map((slice) => slice[key]))
  /** @type {Record<string, number>} */
  const statuses = {}
  for (const slice of slices) {
    for (const [status, count] of Object.entries(slice.statuses)) statuses[status] = (statuses[status] ?? 0) + count
  }
  const [perSecond, p50, p99, processorMs] = ['perSecond', 'p50', 'p99', 'processorMs'].map(middle)
  const [callerMs, worst] = [Math.min(...slices.map((slice) => slice.callerMs)), Math.max(...slices.map((slice) => slice.worst))]
  return { perSecond, p50, p99, processorMs, callerMs, worst, statuses }
}

/** Measures all servers under all loads in turns, so that a slowdown of the machine affects all of them. @returns {Promise<Contender[]>} */
async function measureAll(columns, { messages, expected }, { concurrencies, seconds, warm, rounds }) {
  /** @type {Contender[]} */
  const running = []
  try {
    for (const { name, start } of columns) running.push({ name, server: await start(), slices: {} })
    for (const { server } of running) await closedLoop({ url: server.url, messages, concurrency: 16, seconds: warm })
    for (const concurrency of concurrencies) {
      for (let round = 0; round < rounds; round++) {
        for (const { server, slices } of running) {
          slices[concurrency] ??= []
          slices[concurrency].push(await measure(server, { messages, expected, concurrency, seconds }))
        }
      }
    }
    return running
  } finally {
    for (const { server } of running) await server.stop()
  }
}

/**
 * Measures and prints the tables, one for each model and encoding.
 *
 * @param {import('./load.js').Settings} settings
 * @returns {Promise<boolean>} whether every answer was correct.
 */
export async function table(settings) {
  const { models, encodings, concurrencies, extent, write, report } = settings
  let isRight = true
  for (const [name, file] of Object.entries(models)) {
    const make = workload(name, file, extent)
    const workloads = Array.from({ length: pool }, make)
    const { expected, runMs } = await expectedAnswers(settings, workloads)
    for (const encoding of encodings) {
      const messages = workloads.map((entry) => message(entry, encoding))
      const bytes = messages.reduce((sum, { body }) => sum + body.length, 0) / pool
      const measured = await measureAll(contenders(settings, encoding), { messages, expected }, settings)
      let callerMs = Number.POSITIVE_INFINITY
      const rows = concurrencies.map((concurrency) => {
        const results = measured.map(({ slices }) => together(slices[concurrency]))
        const cells = results.map((result, column) => {
          callerMs = Math.min(callerMs, result.callerMs)
          if (result.worst > 1e-5) isRight = false
          // The slices of one round are neighbours in time, so the median of their ratios is steadier than the ratio of medians.
          const [ours, theirs] = [measured[0], measured[column]].map(({ slices }) => slices[concurrency])
          const times = median(ours.map(({ perSecond }, round) => perSecond / theirs[round].perSecond))
          const { name: contender } = measured[column]
          report({ kind: 'table', model: name, encoding, contender, concurrency, bytes: Math.round(bytes), runMs, times, ...result })
          return `${cell(result, times)}${result.worst > 1e-5 ? ` WRONG by ${result.worst}` : ''}`
        })
        return `| ${concurrency} | ${cells.join(' | ')} |`
      })
      const readMs = encoding === 'json' ? readingMs(messages, file) : 0
      const parts = [
        `${milliseconds(runMs)} ms of ONNX Runtime`,
        ...(readMs > 0 ? [`${milliseconds(readMs)} ms of reading the JSON`] : []),
        `${milliseconds(callerMs)} ms of the caller`,
      ]
      // An upper bound of the throughput if joined runs do not pay.
      const most = (1000 * availableParallelism()) / (runMs + readMs + callerMs)
      write(
        `\n### ${name}, ${encoding}, ${(bytes / 1024).toFixed(1)} KiB a request: ${parts.join(', ')}; of these alone the cores do ${most.toFixed(0)} a second\n`,
      )
      write('p50 / p99, answers a second (how many times as many the first column has), processor time of an answer\n')
      write(`| callers | ${measured.map((contender) => contender.name).join(' | ')} |`)
      write(`|${'---|'.repeat(measured.length + 1)}`)
      for (const row of rows) write(row)
    }
  }
  return isRight
}
