import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, launchChromium } from '../browser/chromium.ts'
import { type FileServer, serve } from '../browser/server.ts'
import { root } from './workspace.ts'

/** `EQUIVAR_SOAK=10 npx vitest run tooling/test/soak.test.ts`: ten minutes, on the backend that $EQUIVAR_SOAK_BACKEND names. What takes seconds is in memory.test.ts. */
const minutes = Number(process.env.EQUIVAR_SOAK ?? 0)
const backend = process.env.EQUIVAR_SOAK_BACKEND ?? 'TensorFlow.js, WebAssembly'
const SAMPLES = 20
/** More than there is time for. */
const STEPS = 1_000_000
const MEBIBYTE = 2 ** 20

/** Bytes. */
interface Sample {
  readonly minute: number
  readonly step: number
  /** The page's JavaScript heap after its garbage was collected. */
  readonly heap: number
  /** Resident memory of the page's process: its worker's heap, where it trains, and WebAssembly's memory are in it. */
  readonly resident: number
}

/** Collects the garbage of a page or a worker. @returns the bytes of its heap, which a worker does not know. */
const collected = (): number => {
  const { gc, performance } = globalThis as unknown as { gc(): void; performance: { memory?: { usedJSHeapSize: number } } }
  gc()
  return performance.memory?.usedJSHeapSize ?? 0
}

/** Resident bytes of the largest process that shows pages. */
async function residentBytes(browser: Browser): Promise<number> {
  const protocol = await browser.newBrowserCDPSession()
  const { processInfo } = await protocol.send('SystemInfo.getProcessInfo')
  await protocol.detach()
  const renderers = processInfo.filter(({ type }) => type === 'renderer')
  const sizes = renderers.map(({ id }) => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]))
  return Math.max(...sizes)
}

const mean = (samples: readonly Sample[], of: (sample: Sample) => number): number =>
  samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length

describeInChromium('the studio, left training', () => {
  let server: FileServer
  let browser: Browser
  let folder = ''

  beforeAll(async () => {
    if (minutes === 0) return
    const studio = join(root, 'apps/studio')
    folder = mkdtempSync(join(root, 'node_modules/.browser-'))
    await build({
      root: studio,
      configFile: join(studio, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: folder, emptyOutDir: true },
    })
    server = await serve({ '/': folder })
    browser = await launchChromium({ measuresMemory: true })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  const sample = async (page: Page, minute: number): Promise<Sample> => {
    for (const worker of page.workers()) await worker.evaluate(collected)
    const step = STEPS * Number(await page.locator('progress').getAttribute('value'))
    return { minute, step, heap: await page.evaluate(collected), resident: await residentBytes(browser) }
  }

  test.skipIf(minutes === 0)(
    minutes === 0 ? 'does not grow ($EQUIVAR_SOAK, the minutes, is not set)' : 'does not grow',
    async () => {
      const page = await browser.newPage()
      await page.goto(`${server.url}/#/train?task=signals&steps=${STEPS}`)
      await page.getByLabel('Compute with').selectOption({ label: backend })
      await page.getByRole('button', { name: 'Train both' }).click()
      await expect.poll(() => page.locator('.status').textContent(), { timeout: 120_000 }).toMatch(/^Both learn/)
      const samples: Sample[] = []
      for (let i = 1; i <= SAMPLES; i++) {
        await page.waitForTimeout((minutes * 60_000) / SAMPLES)
        const one = await sample(page, (minutes * i) / SAMPLES)
        samples.push(one)
        const [heap, resident] = [one.heap, one.resident].map((bytes) => (bytes / MEBIBYTE).toFixed(1))
        process.stdout.write(`${one.minute.toFixed(1)} min, step ${one.step}: heap ${heap} MiB, process ${resident} MiB\n`)
      }
      const [second, last] = [samples.slice(SAMPLES / 4, SAMPLES / 2), samples.slice((3 * SAMPLES) / 4)]
      const growth = (of: (one: Sample) => number): number => (mean(last, of) - mean(second, of)) / MEBIBYTE
      expect(mean(last, ({ step }) => step)).toBeGreaterThan(mean(second, ({ step }) => step))
      expect(growth(({ heap }) => heap)).toBeLessThan(1)
      expect(growth(({ resident }) => resident)).toBeLessThan(16)
    },
    60_000 * (minutes + 4),
  )
})
