// How training scales over ranks: node apps/train/bench/experiments/scaling.mjs [--launcher "mpiexec.mpich"] [--steps 10] [--rounds 3], after a build, on an idle machine
// of two cores. Measures the ring (packages/mpi/bench/allreduce.js), and the workloads W1, W5 and W8 on two ranks of one thread, beside one process by itself and beside
// two that have nothing to do with each other (what two cores that share their memory can give). Writes results/scaling.json, and draws results/scaling.svg: the efficiency that the ring predicts up to 256 ranks; with --draw it only draws.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lineChart } from '../../dist/line-chart.js'

const { values } = parseArgs({
  options: {
    launcher: { type: 'string', default: 'mpiexec.mpich' },
    steps: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    draw: { type: 'boolean', default: false },
  },
})
const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const result = (name) => pathOf(`../results/scaling.${name}`)
const [program, ...options] = values.launcher.split(' ')

const workloads = { W1: 'deepsets-mean', W5: 'dss-images-64', W8: 's2cnn' }
/** Bytes a second of usual networks, and the time that a message takes to begin. */
const networks = { '1 Gbit/s': { bandwidth: 1e9 / 8, latency: 50e-6 }, '25 Gbit/s': { bandwidth: 25e9 / 8, latency: 5e-6 } }

const lines = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** How a workload is run: two ranks; or one process, or two at once, of which the slower counts. */
const manners = ['ranks', 'one', 'two']

/** Milliseconds of a step. */
function stepOf(name, manner) {
  const job = [process.execPath, pathOf('scaling-rank.mjs'), name, values.steps]
  const commands = { ranks: [[program, ...options, '-n', '2', ...job]], one: [job], two: [job, job] }[manner]
  const runs = commands.map(
    ([command, ...args]) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
        let text = ''
        child.stdout.on('data', (part) => {
          text += part
        })
        child.on('close', (status) => (status === 0 ? resolve(lines(text)[0]) : reject(new Error(`${command}: exit status ${status}`))))
      }),
  )
  return Promise.all(runs).then((all) => ({ ms: Math.max(...all.map(({ ms }) => ms)), parameters: all[0].parameters }))
}

async function measure() {
  const ring = spawnSync(program, [...options, '-n', '2', process.execPath, pathOf('../../../../packages/mpi/bench/allreduce.js')], {
    encoding: 'utf8',
  })
  if (ring.status !== 0) throw new Error(ring.stderr)
  const steps = []
  for (const [label, name] of Object.entries(workloads)) {
    const rounds = []
    for (let round = 0; round < Number(values.rounds); round++) {
      const taken = {}
      for (const manner of manners) taken[manner] = await stepOf(name, manner)
      rounds.push(taken)
    }
    // The best round of each: what else a machine does only takes time.
    const [togetherMs, aloneMs, besideMs] = manners.map((manner) => Math.min(...rounds.map((taken) => taken[manner].ms)))
    steps.push({
      label,
      name,
      parameters: rounds[0].one.parameters,
      togetherMs,
      aloneMs,
      besideMs,
      ofAlone: aloneMs / togetherMs,
      ofBeside: besideMs / togetherMs,
    })
    console.log(steps.at(-1))
  }
  writeFileSync(result('json'), `${JSON.stringify({ launcher: values.launcher, ring: lines(ring.stdout), steps }, undefined, 2)}\n`)
}

/** The share of a step that is computing, if each of so many ranks takes a step of `ms` and then adds up gradients on a ring. */
function efficiency({ aloneMs, parameters }, ranks, { bandwidth, latency }) {
  const communication = 2 * (ranks - 1) * latency + ((2 * (ranks - 1)) / ranks) * ((4 * parameters) / bandwidth)
  return aloneMs / (aloneMs + 1000 * communication)
}

if (!values.draw) await measure()
const { steps } = JSON.parse(readFileSync(result('json'), 'utf8'))
const counts = Array.from({ length: 9 }, (_, i) => 2 ** i)
const series = Object.entries(networks).flatMap(([network, speeds]) =>
  steps.map((step) => ({
    name: `${step.label}, ${network}`,
    points: counts.map((ranks) => ({ x: ranks, y: efficiency(step, ranks, speeds) })),
  })),
)
writeFileSync(
  result('svg'),
  await lineChart({ x: { title: 'ranks', scale: 'log', ticks: counts }, y: { title: 'efficiency' }, series, width: 480, height: 280 }),
)
for (const { name, points } of series) console.log(name, points.map(({ x, y }) => `${x}: ${y.toFixed(3)}`).join('  '))
