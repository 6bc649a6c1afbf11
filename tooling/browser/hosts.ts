import { type ChildProcess, fork } from 'node:child_process'
import type { Page } from 'playwright-core'
import { softwareVulkan } from '../scripts/chromium.js'
import { launchChromium } from './chromium.ts'
import type { Answer } from './node/main.ts'

/** Where calls are made. */
export interface Host {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  /** Whether it can take no more calls. */
  gone(): boolean
  close(): Promise<void>
}

/** A browser with the test page. */
export async function pageHost(url: string): Promise<Host> {
  const browser = await launchChromium()
  const page: Page = await browser.newPage()
  await page.goto(url)
  return {
    call: (method, args) =>
      page.evaluate(([name, given]) => Reflect.get(Reflect.get(globalThis, 'equivar'), name)(...given), [method, args] as [
        string,
        unknown[],
      ]),
    gone: () => page.isClosed(),
    close: () => browser.close(),
  }
}

/** A process of Node, since ONNX Runtime on WebGPU may take the process down with it. Its WebGPU runs on the driver that Chromium brings. */
export async function processHost(script: string): Promise<Host> {
  const child: ChildProcess = fork(script, [], {
    env: { ...process.env, ...softwareVulkan() },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let asked = 0
  let end: string | undefined
  child.on('message', (answer: Answer) => {
    const caller = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) caller?.reject(new Error(answer.error))
    else caller?.resolve(answer.value)
  })
  const ended = new Promise<void>((resolve) => {
    child.on('exit', (code, signal) => {
      end = `the process ended (${signal ?? `exit status ${code}`})`
      for (const { reject } of waiting.values()) reject(new Error(end))
      waiting.clear()
      resolve()
    })
  })
  return {
    call: (method, args) =>
      new Promise((resolve, reject) => {
        if (end !== undefined) return reject(new Error(end))
        const id = ++asked
        waiting.set(id, { resolve, reject })
        child.send({ id, method, args })
      }),
    gone: () => end !== undefined,
    close: async () => {
      // Not asked to end: ONNX Runtime (1.30) may crash in doing so where it has used WebGPU.
      child.kill('SIGKILL')
      await ended
    },
  }
}
