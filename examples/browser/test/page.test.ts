import { mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, launchChromium, openPage } from '../../../tooling/browser/chromium.ts'
import { type FileServer, serve } from '../../../tooling/browser/server.ts'

const here = join(dirname(fileURLToPath(import.meta.url)), '..')

describeInChromium('the example page', () => {
  let folder = ''
  let server: FileServer
  let browser: Browser
  let page: Page
  /** What the page wrote on the console as an error, or asked of another host. */
  const complaints: string[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(here, 'node_modules/.page-'))
    await build({ root: here, configFile: join(here, 'vite.config.ts'), logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
    server = await serve({ '/some/where/': folder })
    browser = await launchChromium()
    // Below a path, as on a host that serves more than this page.
    page = await openPage(browser, `${server.url}/some/where/`, complaints)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['TensorFlow.js', 'ONNX Runtime'])('trains on %s, and its file runs', async (backend) => {
    await page.getByLabel('Compute with').selectOption(backend)
    await page.getByRole('button', { name: 'Train' }).click()
    await expect
      .poll(() => page.getByRole('status').first().textContent(), { timeout: 60_000, interval: 50 })
      .toMatch(/Trained: model.onnx/)
    await page.getByRole('button', { name: 'Run the file' }).click()
    const answer = page.locator('output')
    await expect.poll(() => answer.textContent(), { timeout: 20_000, interval: 50 }).toMatch(/of 200 sets/)
    expect(Number(/(\d+) of 200/.exec((await answer.textContent()) ?? '')?.[1])).toBeGreaterThan(160)
    await answer.evaluate((element) => element.replaceChildren())
    expect(complaints).toEqual([])
  })
})
