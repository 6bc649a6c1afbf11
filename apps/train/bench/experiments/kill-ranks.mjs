// Kills a rank at random moments of a training over MPI: node apps/train/bench/experiments/kill-ranks.mjs [--kills 20] [--ranks 2] [--launcher mpiexec.mpich] [--seed 1],
// after a build. Every time: the job must end within seconds with a status other than 0; resumed, it must end with the bytes of a run that was never killed.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from '@equivar/tensor'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    ranks: { type: 'string', default: '2' },
    launcher: { type: 'string', default: 'mpiexec.mpich' },
    seed: { type: 'string', default: '1' },
  },
})
const [launcher, ...options] = values.launcher.split(' ')
const random = new Random({ seed: Number(values.seed) })
const command = fileURLToPath(new URL('../../bin/equivar.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'kill-ranks-'))
const what = ['train', 'signals', '--epochs', '3', '--set', 'trainSets=128', '--threads', '1', '--json']

/** Starts a job; `ended` is its status, its messages, and when it ended. */
function start(out, ...more) {
  const child = spawn(launcher, [...options, '-n', values.ranks, process.execPath, command, ...what, '--out', out, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr += text
  })
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal, stderr, at: performance.now() }))),
  }
}

/** Processes of the command in that folder that are no launcher. */
const ranksOf = (out) =>
  readdirSync('/proc').filter((pid) => {
    try {
      const [program = '', ...args] = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') : []
      return program === process.execPath && args[0] === command && args.includes(out)
    } catch {
      return false
    }
  })

const bytesOf = (out) => ['model.onnx', 'checkpoint.safetensors'].map((name) => readFileSync(join(out, name)).toString('base64')).join()

const reference = join(folder, 'reference')
const began = performance.now()
const { status } = await start(reference).ended
if (status !== 0) throw new Error(`the reference run ended with status ${status}`)
const seconds = (performance.now() - began) / 1000
console.log(`${values.ranks} ranks, ${launcher}: a whole run takes ${seconds.toFixed(1)} s`)

const counts = { identical: 0, nothingYet: 0, over: 0 }
let slowest = 0
for (let i = 0; i < Number(values.kills); i++) {
  const out = join(folder, `run-${i}`)
  const { ended } = start(out)
  const after = random.uniform() * seconds
  await new Promise((resolve) => setTimeout(resolve, 1000 * after))
  const pids = ranksOf(out)
  const victim = pids[random.integer(Math.max(1, pids.length))]
  const killed = performance.now()
  if (victim !== undefined) process.kill(Number(victim), 'SIGKILL')
  const end = await ended
  if (victim === undefined || end.status === 0) {
    counts.over++
    rmSync(out, { recursive: true, force: true })
    continue
  }
  const took = (end.at - killed) / 1000
  slowest = Math.max(slowest, took)
  if (ranksOf(out).length > 0) throw new Error(`kill ${i}: ranks are left after the launcher has ended`)
  const [line = ''] = end.stderr.split('\n').filter((text) => /rank|PROCESS|exited on signal|signal 9/i.test(text))
  const resumed = existsSync(join(out, 'config.json')) ? await start(out, '--resume').ended : undefined
  if (resumed === undefined) counts.nothingYet++
  else if (resumed.status !== 0) throw new Error(`kill ${i}: --resume ended with status ${resumed.status}: ${resumed.stderr}`)
  else if (bytesOf(out) !== bytesOf(reference)) throw new Error(`kill ${i}: after --resume the bytes differ (${out})`)
  else counts.identical++
  console.log(
    `kill ${i} after ${after.toFixed(1)} s: ended in ${took.toFixed(2)} s with status ${end.status ?? end.signal}; ${resumed === undefined ? 'nothing to resume yet' : 'resumed, the same bytes'}   ${line.trim()}`,
  )
  rmSync(out, { recursive: true, force: true })
}
console.log(JSON.stringify({ ...counts, slowestEndSeconds: slowest }))
rmSync(folder, { recursive: true, force: true })
