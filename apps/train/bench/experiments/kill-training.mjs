/**
 * Kills `equivar train` with SIGKILL at random moments: in its first second, while it writes at the end of an epoch, while it replaces another run, and anywhere.
 * After each kill the run is resumed. It must end with the same files as a run that was never killed, byte for byte (metrics but for times), or be refused
 * with the reason; never may files of two runs end up together. The data is generated. Build first, then run
 *
 *     node apps/train/bench/experiments/kill-training.mjs [--kills 200] [--fold-kills 50] [--seed 1]
 *
 * It prints one JSON object: how many kills of each kind there were, and how the commands after them ended. Exit status 1: a run ended differently.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { strToU8, zipSync } from 'fflate'

const command = fileURLToPath(new URL('../../bin/equivar.js', import.meta.url))
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    'fold-kills': { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
})
const [kills, foldKills] = [values.kills, values['fold-kills']].map(Number)
const folder = mkdtempSync(join(tmpdir(), 'equivar-kills-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The state of a generator of uniform numbers in [0, 1). */
let state = Number(values.seed)
const uniform = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

/** Rings of 4 to 9 nodes, whose class is whether the size is even, as a TU archive with ten folds. */
function generate(path) {
  const graphs = Array.from({ length: 40 }, (_, i) => {
    const n = 4 + (i % 6)
    const nodes = Array.from({ length: n }, (_, k) => `${k % 2} 2 ${(k + 1) % n} ${(k + n - 1) % n}`)
    return [`${n} ${n % 2}`, ...nodes].join('\n')
  })
  const entries = { 'RINGS/RINGS.txt': strToU8(`${graphs.length}\n${graphs.join('\n')}\n`) }
  for (let fold = 0; fold < 10; fold++) {
    const all = Array.from(graphs, (_, i) => i)
    const isTest = (i) => i % 10 === fold
    entries[`RINGS/10fold_idx/test_idx-${fold + 1}.txt`] = strToU8(all.filter(isTest).join('\n'))
    entries[`RINGS/10fold_idx/train_idx-${fold + 1}.txt`] = strToU8(all.filter((i) => !isTest(i)).join('\n'))
  }
  mkdirSync(join(path, 'tu'), { recursive: true })
  writeFileSync(join(path, 'tu', 'RINGS.zip'), zipSync(entries))
}

const common = ['train', 'tu:RINGS', '--data', folder, '--threads', '1', ...['hidden=4', 'layers=2'].flatMap((s) => ['--set', s])]
const single = (seed) => [...common, '--keep', 'best', '--epochs', '6', '--seed', String(seed)]
const folded = [...common, '--folds', '10', '--epochs', '2', '--seed', '1']

/** Starts the command. @param kill - is given the process, and ends it or not. */
async function equivar(args, kill = () => {}) {
  const started = performance.now()
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const stop = kill(child)
  const [status, signal] = await once(child, 'close')
  stop?.()
  return { status, killed: signal === 'SIGKILL', stderr, ms: performance.now() - started }
}

/** Kills after a time. */
const after = (ms) => (child) => {
  const timer = setTimeout(() => child.kill('SIGKILL'), ms)
  return () => clearTimeout(timer)
}

/** Kills a moment after the `count`-th time that something was written to the run directory. */
const amidWrites = (out, count) => (child) => {
  mkdirSync(out, { recursive: true })
  let seen = 0
  const watcher = watch(out, () => {
    if (++seen === count) setTimeout(() => child.kill('SIGKILL'), 3 * uniform())
  })
  return () => watcher.close()
}

const content = (out, name) =>
  existsSync(join(out, name)) ? readFileSync(join(out, name), 'utf8').replaceAll(/"(seconds|waited)":[\d.e-]+/g, '') : ''
/** What a finished run holds that does not depend on time. */
function resultOf(out) {
  const bytes = (name) => (existsSync(join(out, name)) ? readFileSync(join(out, name)).toString('base64') : '')
  const parts = ['checkpoint.safetensors', 'model.onnx', 'train-step.onnx', 'config.json', 'folds.json', 'folds.jsonl'].map(bytes)
  return JSON.stringify([
    ...parts,
    content(out, 'metrics.jsonl'),
    readdirSync(out)
      .filter((name) => name !== 'report.html')
      .sort(),
  ])
}

const counts = { kills: {}, resumed: 0, refused: 0, identical: 0, different: 0 }
const failures = []
function expectSame(out, wanted, what) {
  if (resultOf(out) === wanted) counts.identical++
  else {
    counts.different++
    const names = ['checkpoint', 'model', 'step', 'config', 'summary', 'folds', 'metrics', 'files']
    const [found, expected] = [resultOf(out), wanted].map((text) => JSON.parse(text))
    const differing = names.filter((_, i) => JSON.stringify(found[i]) !== JSON.stringify(expected[i]))
    failures.push(`${what}: not as without a kill: ${differing.join(', ')} (${found.at(-1).join(' ')})`)
  }
}
// Stopped early, it says what it has seen so far.
process.once('SIGTERM', () => {
  console.log(JSON.stringify({ ...counts, failures, complete: false }))
  process.exit(1)
})
const count = (kind, result) => {
  if (result.killed) counts.kills[kind] = (counts.kills[kind] ?? 0) + 1
}

/** Resumes until the run is complete, or is refused; then it starts again. */
async function complete(args, out, wanted, what) {
  const result = await equivar([...args, '--out', out, '--resume'])
  if (result.status === 0) {
    counts.resumed++
    expectSame(out, wanted, what)
    return
  }
  counts.refused++
  if (result.status !== 2 || !/^equivar: [^\n]+\n$/.test(result.stderr)) failures.push(`${what}: status ${result.status}, ${result.stderr}`)
}

/** The moment of a kill by kind. @param usual - milliseconds of a run without a kill. */
const kinds = (usual) => ({
  'first second': () => after(1000 * uniform()),
  'amid writes': (out) => amidWrites(out, 1 + Math.floor(40 * uniform())),
  anywhere: () => after(usual * uniform()),
})

/** Kills runs, one to four times each, until there were enough kills. */
async function killRuns(args, { enough, wanted, usual, name }) {
  const all = Object.entries(kinds(usual))
  const before = Object.values(counts.kills).reduce((a, b) => a + b, 0)
  const done = () => Object.values(counts.kills).reduce((a, b) => a + b, 0) - before
  for (let run = 0; done() < enough; run++) {
    const out = join(folder, `${name}-${run}`)
    const [kind, kill] = all[run % all.length]
    const times = 1 + Math.floor(4 * uniform())
    let resume = []
    for (let i = 0; i < times && done() < enough; i++) {
      const result = await equivar([...args, '--out', out, ...resume], kill(out))
      count(`${name}, ${kind}`, result)
      if (!result.killed) break
      if (existsSync(join(out, 'config.json'))) resume = ['--resume']
    }
    await complete(args, out, wanted, `${name} ${run}, ${kind}`)
    rmSync(out, { recursive: true, force: true })
  }
}

/** Kills runs that replace a finished run, and then resumes both. */
async function killReplacements({ enough, wanted, other, usual }) {
  for (let kill = 0; kill < enough; ) {
    const out = join(folder, 'replaced')
    rmSync(out, { recursive: true, force: true })
    await equivar([...single(9), '--out', out])
    const moment = kill % 2 === 0 ? amidWrites(out, 1 + Math.floor(14 * uniform())) : after(usual * uniform())
    const result = await equivar([...single(1), '--out', out, '--overwrite'], moment)
    count('while replacing', result)
    if (!result.killed) continue
    kill++
    await complete(single(1), out, wanted, `replacement ${kill}`)
    await complete(single(9), out, other, `replaced run ${kill}`)
  }
}

generate(folder)
const outs = ['whole', 'other', 'folds'].map((name) => join(folder, name))
const first = await equivar([...single(1), '--out', outs[0]])
const second = await equivar([...single(9), '--out', outs[1]])
const third = await equivar([...folded, '--out', outs[2]])
if ([first, second, third].some(({ status }) => status !== 0)) throw new Error(first.stderr + second.stderr + third.stderr)
const [wanted, other, folds] = outs.map(resultOf)
const replacements = Math.ceil(kills / 10)
await killRuns(single(1), { enough: kills - replacements, wanted, usual: first.ms, name: 'run' })
await killReplacements({ enough: replacements, wanted, other, usual: first.ms })
await killRuns(folded, { enough: foldKills, wanted: folds, usual: third.ms, name: 'folds' })
console.log(JSON.stringify({ ...counts, failures }))
process.exitCode = failures.length === 0 ? 0 : 1
