import { spawn } from 'node:child_process'

/** How a process ended. */
export interface Ended {
  readonly status: number | null
  /** The signal that ended it, such as after a crash in native code. */
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  readonly stdout: string
  /** The end of its standard error. */
  readonly stderr: string
}

const LONGEST = 4000

/** Runs Node with these arguments and a time limit. Never throws: the result describes every outcome. */
export function runNode(args: readonly string[], seconds: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr, timedOut] = ['', '', false]
    child.stdout.on('data', (text: Buffer) => {
      stdout = (stdout + text.toString()).slice(-LONGEST)
    })
    child.stderr.on('data', (text: Buffer) => {
      stderr = (stderr + text.toString()).slice(-LONGEST)
    })
    const limit = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, seconds * 1000)
    child.on('error', (error) => {
      stderr += error.message
    })
    child.on('close', (status, signal) => {
      clearTimeout(limit)
      resolve({ status, signal, timedOut, stdout, stderr })
    })
  })
}
