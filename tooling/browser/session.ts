import type { BackendName } from './backend-names.ts'
import type { Host } from './hosts.ts'
import type { TestPage } from './page/main.ts'

/** A backend in a page or in a process of Node, which is opened anew where a call has hung or brought it down. */
export class Session {
  readonly #start: () => Promise<Host>
  readonly #backend: BackendName
  #host: Host | undefined

  constructor(start: () => Promise<Host>, backend: BackendName) {
    this.#start = start
    this.#backend = backend
  }

  /** Calls a function there. @throws Error if it throws, or does not answer in time. */
  async call<K extends keyof TestPage>(
    method: K,
    args: Parameters<TestPage[K]>,
    seconds: number,
  ): Promise<Awaited<ReturnType<TestPage[K]>>> {
    const once = (): Promise<unknown> => this.#callOnce(method, args, seconds)
    try {
      return (await once()) as Awaited<ReturnType<TestPage[K]>>
    } catch (error) {
      // ONNX Runtime 1.30 now and then fails to open a session on the software adapter, and can open none in that page from then on.
      if (!/refused the model \((\d+\)|another WebGPU)/.test(String(error))) throw error
      await this.close()
      return (await once()) as Awaited<ReturnType<TestPage[K]>>
    }
  }

  async #callOnce(method: string, args: readonly unknown[], seconds: number): Promise<unknown> {
    const host = this.#host ?? (await this.#open())
    return await this.#inTime(host.call(method, args), seconds)
  }

  async #open(): Promise<Host> {
    const host = await this.#start()
    this.#host = host
    await this.#inTime(host.call('open', [this.#backend]), 30)
    return host
  }

  async #inTime<T>(answer: Promise<T>, seconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer from ${this.#backend} within ${seconds} s`)), 1000 * seconds)
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      if (this.#host?.gone() !== false || String(error).includes('no answer')) await this.close()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    const host = this.#host
    this.#host = undefined
    await host?.close()
  }
}
