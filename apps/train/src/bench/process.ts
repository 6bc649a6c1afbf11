import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { CheckFailed } from '../errors.ts'

/** A process that answers each line it is sent with one line of JSON. */
export interface Answering {
  /** @throws CheckFailed with the last line of its standard error if it ends before it answers. */
  ask(question: string): Promise<Record<string, number>>
  stop(): void
}

/**
 * Starts a process that answers lines; its first line, unasked, says that it is ready.
 *
 * @throws CheckFailed with the last line of its standard error if it ends before it answers.
 */
export async function start<Ready = Record<string, number>>(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly ready: Ready; readonly process: Answering }> {
  const child: ChildProcess = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000)
  })
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = []
  let end: CheckFailed | undefined
  const ended = (reason: string): void => {
    const last = complaint.trim().split('\n').at(-1)
    end = new CheckFailed(`${command} ${args.slice(0, 4).join(' ')}: ${last === '' ? reason : last}`)
    for (const { reject } of waiting.splice(0)) reject(end)
  }
  child.on('error', (error) => ended(error.message))
  child.on('close', (code) => ended(`ended with status ${code}`))
  // What is written to a process that has ended is answered by its end.
  child.stdin?.on('error', () => {})
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => waiting.shift()?.resolve(line))
  const answer = async <Answer>(): Promise<Answer> => {
    if (end !== undefined) throw end
    return JSON.parse(await new Promise<string>((resolve, reject) => waiting.push({ resolve, reject }))) as Answer
  }
  const ready = await answer<Ready>()
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
