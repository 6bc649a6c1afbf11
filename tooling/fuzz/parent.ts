import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Order, Report } from './child.ts'
import type { Breach } from './laws.ts'

/** A child is ended when it stands at one input for so long; less than that is judged by the processor time that the child measures. */
const STALLED_MS = 20_000
/** The heap of a child, in MiB. Typed arrays lie outside of it and are judged by the peak of the process. */
const HEAP_MIB = 512

/** Runs a child. @returns what it reports, or a crash if it ends without a word. */
function runOne(script: string, order: Order, progress: () => number): Promise<Report> {
  return new Promise((resolve) => {
    const child = fork(script, ['child', JSON.stringify(order)], {
      execArgv: [`--max-old-space-size=${HEAP_MIB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let report: Report | undefined
    let stalled = false
    let last = progress()
    let since = performance.now()
    let words = ''
    const watch = setInterval(() => {
      const now = progress()
      if (now !== last) [last, since] = [now, performance.now()]
      if (performance.now() - since < STALLED_MS) return
      stalled = true
      child.kill('SIGKILL')
    }, 250)
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('latin1')).slice(-2000)
    })
    child.on('message', (message) => {
      report = message as Report
    })
    child.on('close', (code, signal) => {
      clearInterval(watch)
      const died: Breach = stalled
        ? { law: 'time', detail: `no end after ${STALLED_MS / 1000} s` }
        : { law: 'crash', detail: `${signal ?? `exit ${code}`}: ${/FATAL[^\n]*|\w*Error[^\n]*/.exec(words)?.[0] ?? words.slice(-200)}` }
      resolve(report ?? { next: progress() + 1, breach: died })
    })
  })
}

/** Starts children and waits for what they find, in a folder for what they leave. */
export class Children {
  readonly #script: string
  readonly #folder: string

  constructor(script: string, folder: string) {
    this.#script = script
    this.#folder = folder
  }

  /** Mutants from one number to another; ends at the first that breaks a law. */
  mutants(target: string, seed: number, from: number, to: number): Promise<Report> {
    const progress = join(this.#folder, 'progress')
    const number = Buffer.alloc(8)
    number.writeDoubleLE(from)
    writeFileSync(progress, number)
    return runOne(this.#script, { kind: 'mutants', target, seed, from, to, progress }, () => {
      const bytes = readFileSync(progress)
      return bytes.length < 8 ? from : bytes.readDoubleLE()
    })
  }

  /** One input in a process of its own. */
  async input(target: string, input: Uint8Array): Promise<Breach | undefined> {
    const path = join(this.#folder, 'input')
    writeFileSync(path, input)
    const { breach } = await runOne(this.#script, { kind: 'file', target, path }, () => 0)
    return breach
  }
}
