// Trains the runs of an experiment one after the other and writes its table. Build first, then run
// node apps/train/bench/experiments/reproduce.mjs EXPERIMENT
// Without an experiment, it lists all. You may stop the command at any time: finished runs are in results/EXPERIMENT.jsonl and are not repeated, and a stopped
// run continues from its checkpoint. --data is the folder of data sets, --runs the folder of the runs, --threads the number of threads of ONNX Runtime (1 lets two
// experiments run at the same time), --only a regular expression that selects runs.
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lineChart } from '../../dist/line-chart.js'
import { experiments } from './experiments.mjs'

const {
  values: { data, runs, threads, only },
  positionals: [name],
} = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: 'runs' },
    threads: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
})

const experiment = experiments[name]
if (experiment === undefined) {
  for (const [each, { title, runs: all }] of Object.entries(experiments)) console.log(`${each.padEnd(20)} ${title} (${all.length} runs)`)
  process.exit(name === undefined ? 0 : 2)
}

const folder = fileURLToPath(new URL('../results/', import.meta.url))
const kept = join(folder, `${name}.jsonl`)
/** Parses lines of JSON. */
const parsed = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
const results = () => (existsSync(kept) ? parsed(readFileSync(kept, 'utf8')) : [])

const command = fileURLToPath(new URL('../../bin/equivar.js', import.meta.url))
const withData = data === undefined ? [] : ['--data', data]

/** Runs `equivar ...` and returns its lines of JSON. */
function equivar(args) {
  const child = spawn(process.execPath, [command, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) =>
      status === 0 ? resolve(parsed(text)) : reject(new Error(`equivar ${args.join(' ')}: exit status ${status}`)),
    )
  })
}

/** What a run wrote of each epoch, including those before a stop. */
const epochsOf = (out) => parsed(readFileSync(join(out, 'metrics.jsonl'), 'utf8'))

const minutesOf = (epochs) => epochs.reduce((sum, { seconds }) => sum + seconds, 0) / 60

/** A figure of validation by minutes, at no more than 60 epochs that lie evenly on a logarithmic scale. */
function curveOf(epochs, figure) {
  const chosen = new Set(Array.from({ length: 60 }, (_, i) => Math.round(epochs.length ** (i / 59)) - 1))
  return [...chosen].map((i) => [Number(minutesOf(epochs.slice(0, i + 1)).toFixed(2)), epochs[i].val[figure]])
}

async function runOnce({ key, args, curve, evaluations = { test: [] } }) {
  const out = join(runs, name, key)
  const resume = existsSync(join(out, 'checkpoint.safetensors')) ? ['--resume'] : []
  await equivar(['train', ...args, ...withData, '--threads', threads, '--out', out, ...resume])
  const measured = {}
  for (const [of, more] of Object.entries(evaluations)) {
    const [{ split: _, ...figures }] = await equivar(['evaluate', out, ...withData, ...more])
    measured[of] = figures
  }
  const epochs = epochsOf(out)
  const learned = curve === undefined ? {} : { curve: curveOf(epochs, curve) }
  appendFileSync(kept, `${JSON.stringify({ key, ...measured, minutes: Number(minutesOf(epochs).toFixed(1)), ...learned })}\n`)
}

async function writeTables() {
  const done = new Map(results().map((result) => [result.key, result]))
  const { table, chart } = experiment.show((key) => done.get(key))
  const made = `# ${experiment.title}\n\nMade by \`node apps/train/bench/experiments/reproduce.mjs ${name}\`; ${experiment.note}`
  writeFileSync(join(folder, `${name}.md`), `${made}\n\n${table}\n${chart === undefined ? '' : `\n![the same as a chart](${name}.svg)\n`}`)
  if (chart !== undefined) writeFileSync(join(folder, `${name}.svg`), `${await lineChart(chart)}\n`)
}

for (const run of experiment.runs.filter(({ key }) => new RegExp(only).test(key))) {
  if (results().some(({ key }) => key === run.key)) continue
  console.log(run.key)
  await runOnce(run)
  await writeTables()
}
await writeTables()
console.log(readFileSync(join(folder, `${name}.md`), 'utf8'))
