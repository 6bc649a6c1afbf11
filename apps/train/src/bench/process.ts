import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { CheckFailed } from '../errors.ts'

/** A process that answers each line it is sent with one line of JSON. */
export interface Answering {
  ask(question: string): Promise<Record<string, number>>
  stop(): void
}

/**
 * Starts a process that answers lines; its first line, unasked, says that it is ready.
 *
 * @throws CheckFailed with the last line of its standard error if it ends before it answers.
 */
export async function start(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly ready: Record<string, number>; readonly process: Answering }> {
  const child: ChildProcess = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000)
  })
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = []
  const ended = (reason: string): void => {
    const last = complaint.trim().split('\n').at(-1)
    for (const { reject } of waiting.splice(0)) reject(new CheckFailed(`${command} ${args[0]}: ${last === '' ? reason : last}`))
  }
  child.on('error', (error) => ended(error.message))
  child.on('exit', (code) => ended(`ended with status ${code}`))
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => waiting.shift()?.resolve(line))
  const answer = async (): Promise<Record<string, number>> =>
    JSON.parse(await new Promise<string>((resolve, reject) => waiting.push({ resolve, reject }))) as Record<string, number>
  const ready = await answer()
  return {
    ready,
    process: {
      ask: (question) => {
        child.stdin?.write(`${question}\n`)
        return answer()
      },
      stop: () => child.kill(),
    },
  }
}
