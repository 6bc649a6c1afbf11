import type { Browser, Page } from 'playwright-core'
import type { BackendName } from './backend-names.ts'
import { launchChromium } from './chromium.ts'
import type { TestPage } from './page/main.ts'

/** A page that computes with one backend, and is opened anew where a call has hung or brought it down. */
export class Session {
  readonly #url: string
  readonly #backend: BackendName
  #browser: Browser | undefined
  #page: Page | undefined

  constructor(url: string, backend: BackendName) {
    this.#url = url
    this.#backend = backend
  }

  /** Calls a function of the page. @throws Error if it throws, or does not answer in time. */
  async call<K extends keyof TestPage>(
    method: K,
    args: Parameters<TestPage[K]>,
    seconds: number,
  ): Promise<Awaited<ReturnType<TestPage[K]>>> {
    try {
      return await this.#callOnce(method, args, seconds)
    } catch (error) {
      // ONNX Runtime 1.30 now and then fails to open a session on the software adapter, and can open none in that page from then on.
      if (!/refused the model \((\d+\)|another WebGPU)/.test(String(error))) throw error
      await this.close()
      return await this.#callOnce(method, args, seconds)
    }
  }

  async #callOnce<K extends keyof TestPage>(
    method: K,
    args: Parameters<TestPage[K]>,
    seconds: number,
  ): Promise<Awaited<ReturnType<TestPage[K]>>> {
    const page = this.#page ?? (await this.#open())
    const call = [method, args] as [string, unknown[]]
    return await this.#inTime(
      page.evaluate(([name, given]) => Reflect.get(Reflect.get(globalThis, 'equivar'), name)(...given), call),
      seconds,
    )
  }

  async #open(): Promise<Page> {
    this.#browser = await launchChromium()
    const page = await this.#browser.newPage()
    await page.goto(this.#url)
    await this.#inTime(
      page.evaluate((name) => Reflect.get(globalThis, 'equivar').open(name), this.#backend),
      30,
    )
    this.#page = page
    return page
  }

  async #inTime<T>(answer: Promise<T>, seconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer from ${this.#backend} within ${seconds} s`)), 1000 * seconds)
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      if (this.#page?.isClosed() !== false || String(error).includes('no answer')) await this.close()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    const browser = this.#browser
    this.#browser = undefined
    this.#page = undefined
    await browser?.close()
  }
}
