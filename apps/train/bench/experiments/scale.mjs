// Time and memory as one size grows: node apps/train/bench/experiments/scale.mjs [CURVE ...] [--against torch] [--threads 2] [--rounds 3] [--wait 5], after a build, on an
// idle machine with 24 GiB. Writes what `equivar bench --scale` says to results/scale.jsonl (a curve that is measured again replaces what is there), and
// results/scale.md and results/scale.svg from all that is there; with --draw it only draws.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { curves } from '../../dist/bench/curves.js'
import { lineChart } from '../../dist/line-chart.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    wait: { type: 'string', default: '5' },
    draw: { type: 'boolean', default: false },
  },
})
const result = (name) => fileURLToPath(new URL(`../results/scale.${name}`, import.meta.url))
const parsed = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
const kept = () => (existsSync(result('jsonl')) ? parsed(readFileSync(result('jsonl'), 'utf8')) : [])

/** Measures a curve and puts it in the place of what is kept of it. */
function measure(name) {
  const command = fileURLToPath(new URL('../../bin/equivar.js', import.meta.url))
  const against = values.against === undefined ? [] : ['--against', values.against]
  const args = [
    'bench',
    '--scale',
    name,
    ...against,
    '--threads',
    values.threads,
    '--rounds',
    values.rounds,
    '--wait',
    values.wait,
    '--json',
  ]
  const { status, stdout } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`equivar ${args.join(' ')}: exit status ${status}`)
  const lines = [
    ...kept().filter(({ curve }) => curve !== name),
    ...parsed(stdout).map((line) => ({ ...line, threads: Number(values.threads) })),
  ]
  writeFileSync(result('jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

/** The lines of sizes that did not fail. */
const measuredOf = (lines) => lines.filter(({ trainMs }) => trainMs !== undefined)

/** Milliseconds: by the clock, with one thread of the processor. */
const taken = (line, of) => (line.threads === 1 ? line.cpuMs[of] : line[`${of}Ms`])

/** The charts of a curve: time and memory, both axes logarithmic. */
async function charts({ title, axis, sizes }, lines) {
  const sides = [...new Set(lines.map(({ side }) => side))]
  const points = (side, of) =>
    measuredOf(lines)
      .filter((line) => line.side === side && of(line) > 0)
      .map((line) => ({ x: line.size, y: of(line) }))
  const x = { title: `${axis} (${title})`, scale: 'log', ticks: sizes }
  const draw = (y, series) =>
    lineChart({ x, y: { title: y, scale: 'log' }, series: series.filter((each) => each.points.length > 0), width: 330 })
  return [
    await draw(
      'ms',
      sides.flatMap((side) =>
        ['train', 'infer'].map((of) => ({ name: `${side}, ${of}`, points: points(side, (line) => taken(line, of)) })),
      ),
    ),
    await draw(
      'MiB above what is held before',
      sides.map((side) => ({ name: side, points: points(side, (line) => line.aboveMiB) })),
    ),
  ]
}

/** Pictures in rows and columns, as one. */
function gridOf(rows) {
  const size = (svg) => ['width', 'height'].map((name) => Number(new RegExp(`<svg[^>]* ${name}="([\\d.]+)"`).exec(svg)[1]))
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => size(row[column])[0])) + 10)
  const width = widths.reduce((a, b) => a + b, 0)
  let top = 0
  const placed = rows.flatMap((row) => {
    const inRow = row.map((svg, i) => svg.replace('<svg ', `<svg x="${widths.slice(0, i).reduce((a, b) => a + b, 0)}" y="${top}" `))
    top += Math.max(...row.map((svg) => size(svg)[1])) + 10
    return inRow
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">${placed.join('')}</svg>\n`
}

async function write() {
  const lines = kept()
  const known = curves.filter(({ name }) => lines.some(({ curve }) => curve === name))
  const of = ({ name }) => lines.filter(({ curve }) => curve === name)
  const cell = (value) => (value === undefined ? '' : value >= 100 ? value.toFixed(0) : value.toPrecision(3))
  const tables = known.map((curve) => {
    const rows = measuredOf(of(curve))
    const power = of(curve).filter(({ exponents }) => exponents !== undefined)
    return [
      `## ${curve.name}: ${curve.title}`,
      '',
      `| ${curve.axis} | side | train, ms | infer, ms | MiB above | peak MiB |`,
      '| --- | --- | --- | --- | --- | --- |',
      ...rows.map(
        (line) =>
          `| ${line.size} | ${line.side} | ${cell(taken(line, 'train'))} | ${cell(taken(line, 'infer'))} | ${cell(line.aboveMiB)} | ${line.peakMiB.toFixed(0)} |`,
      ),
      ...power.map(
        ({ side, exponents }) =>
          `| exponent | ${side} | ${cell(exponents.train)} | ${cell(exponents.infer)} | ${cell(exponents.memory)} | |`,
      ),
    ].join('\n')
  })
  const by = [
    ...new Set(lines.map(({ threads }) => (threads === 1 ? 'processor time of one thread' : `by the clock, ${threads} threads`))),
  ].join(', ')
  const heading = `# Time and memory of a training step and of inference as one size grows; ${by}\n\nA fresh process for each size; exponents by least squares over the largest half of the sizes, three at least. Made by \`node apps/train/bench/experiments/scale.mjs\`.`
  writeFileSync(result('md'), `${[heading, '![the same as charts](scale.svg)', ...tables].join('\n\n')}\n`)
  const rows = []
  for (const curve of known) rows.push(await charts(curve, of(curve)))
  writeFileSync(result('svg'), gridOf(rows))
}

const names = positionals.length === 0 ? curves.map(({ name }) => name) : positionals
if (!values.draw) for (const name of names) measure(name)
await write()
console.log(readFileSync(result('md'), 'utf8'))
