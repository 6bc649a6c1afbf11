import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importOnnx } from '@equivar/export-onnx'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, launchChromium, openPage } from '../../../tooling/browser/chromium.ts'
import { type FileServer, serve } from '../../../tooling/browser/server.ts'

const here = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Where screenshots are left to be looked at. */
const screenshots = process.env.EQUIVAR_SCREENSHOTS

async function picture(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}

describeInChromium('the example page', () => {
  let folder = ''
  let server: FileServer
  let browser: Browser
  let page: Page
  /** What the page wrote on the console as an error, or asked of another host. */
  let complaints: string[] = []

  const open = async (): Promise<void> => {
    // Below a path, as on a host that serves more than this page.
    page = await openPage(browser, `${server.url}/some/where/`, complaints)
  }
  const choose = async (task: string, backend: string, epochs: number): Promise<void> => {
    await page.getByText(task, { exact: true }).click()
    await page.getByLabel('Compute with').selectOption({ label: backend })
    await page.getByLabel('Epochs').fill(String(epochs))
  }
  const text = (id: string): Promise<string> =>
    page
      .locator(`#${id}`)
      .textContent()
      .then((found) => found ?? '')
  const status = async (pattern: RegExp, seconds = 60): Promise<void> => {
    await expect.poll(() => text('status'), { timeout: 1000 * seconds, interval: 50 }).toMatch(pattern)
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(here, 'node_modules/.page-'))
    await build({ root: here, configFile: join(here, 'vite.config.ts'), logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } })
    server = await serve({ '/some/where/': folder })
    browser = await launchChromium()
    await open()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('trains a set network, exports it, and runs the file', async () => {
    await picture(page, 'ready')
    expect(await page.locator('#gallery svg').count()).toBe(12)
    await choose('Sets of points', 'TensorFlow.js, WebAssembly', 4)
    await page.getByRole('button', { name: 'Train' }).click()
    await status(/^Epoch 1/)
    const first = Number(await text('loss'))
    await picture(page, 'training')
    await status(/^Trained: 200 of 200 steps/)
    expect(Number(await text('loss'))).toBeLessThan(first)
    expect(Number(await page.locator('#equivariance').getAttribute('data-value'))).toBeLessThan(1e-5)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Download/ }).click()])
    expect(download.suggestedFilename()).toBe('model.onnx')
    const { program } = importOnnx(readFileSync(await download.path()))
    expect(program.outputs.map(({ name }) => name)).toEqual(['logits'])
    await page.getByRole('button', { name: 'Run with' }).click()
    await expect.poll(() => text('outcome'), { timeout: 20_000 }).toMatch(/of 300 unseen examples/)
    expect(Number(/[\d.]+ %/.exec(await text('outcome'))?.[0].slice(0, -2))).toBeGreaterThan(60)
    expect(await page.locator('#gallery .right, #gallery .wrong').count()).toBe(12)
    await picture(page, 'points')
    expect(complaints).toEqual([])
  })

  test.each(['TensorFlow.js, WebAssembly', 'ONNX Runtime, WebAssembly'])(
    'trains the signals model on %s, stops when told, and its file runs',
    async (backend) => {
      await choose('Sets of signals', backend, 30)
      await page.getByRole('button', { name: 'Train' }).click()
      await status(/^Epoch 1/)
      await page.getByRole('button', { name: 'Stop' }).click()
      await status(/^Trained: \d+ of 900 steps/)
      expect(Number(/\d+/.exec(await text('status'))?.[0])).toBeLessThan(900)
      expect(Number(await page.locator('#equivariance').getAttribute('data-value'))).toBeLessThan(1e-5)
      await page.getByRole('button', { name: 'Run with' }).click()
      await expect.poll(() => text('outcome'), { timeout: 20_000 }).toMatch(/of 150 unseen examples/)
      await picture(page, 'signals')
      expect(complaints).toEqual([])
    },
  )

  test('on a phone nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await picture(page, 'phone')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await page.setViewportSize({ width: 1100, height: 900 })
  })

  test('a file that is no network, or one of another task, is refused with a message, and the page goes on', async () => {
    const broken = join(folder, 'broken.onnx')
    writeFileSync(broken, 'no network')
    await page.locator('#file').setInputFiles(broken)
    await expect.poll(() => text('message')).toMatch('broken.onnx: expected a complete ONNX model')
    await picture(page, 'broken-file')
    await page.getByRole('button', { name: 'Run with' }).click()
    await expect.poll(() => text('outcome')).toMatch(/of 150 unseen examples/)
    expect(await page.locator('#message').isVisible()).toBe(false)
    expect(complaints).toEqual([])
  })

  test.each(['TensorFlow.js, WebGL', 'TensorFlow.js, WebGPU'])(
    '%s: a GPU that is lost ends the run with a message, and the next run works',
    async (backend) => {
      await choose('Sets of points', backend, 50)
      await page.getByRole('button', { name: 'Train' }).click()
      await status(/^\d.* steps, on SwiftShader/)
      await page.waitForTimeout(1000)
      const protocol = await browser.newBrowserCDPSession()
      await protocol.send('Browser.crashGpuProcess')
      await expect.poll(() => text('message'), { timeout: 30_000 }).toMatch(/^The GPU was lost/)
      await picture(page, 'lost-gpu')
      complaints = []
      await choose('Sets of points', 'TensorFlow.js, WebAssembly', 1)
      await page.getByRole('button', { name: 'Train' }).click()
      await status(/^Trained: 50 of 50 steps/)
      expect(await page.locator('#message').isVisible()).toBe(false)
      expect(complaints).toEqual([])
    },
  )

  test('a backend that is not there is a message, and the page goes on', async () => {
    await page.close()
    await browser.close()
    browser = await launchChromium({ withWebGpu: false })
    await open()
    await choose('Sets of points', 'TensorFlow.js, WebGPU', 1)
    await page.getByRole('button', { name: 'Train' }).click()
    await expect.poll(() => text('message'), { timeout: 20_000 }).toMatch(/WebGPU is not available in this browser/)
    await picture(page, 'no-webgpu')
    await choose('Sets of points', 'TensorFlow.js, WebAssembly', 1)
    await page.getByRole('button', { name: 'Train' }).click()
    await status(/^Trained: 50 of 50 steps/)
    expect(complaints).toEqual([])
  })
})
