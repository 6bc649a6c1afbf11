import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleTestPage } from '../browser/bundle.ts'
import { describeInChromium, launchChromium } from '../browser/chromium.ts'
import type { Held } from '../browser/page/main.ts'
import { type FileServer, serve } from '../browser/server.ts'
import { root } from './workspace.ts'

/** Bytes that compiled code may take in the second half of a run. 1 kB that is kept at each of 500 steps takes as much. */
const GROWTH = 500_000

describeInChromium('memory of a page that trains', () => {
  let server: FileServer
  let folder = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(root, 'node_modules/.browser-'))
    server = await serve(await bundleTestPage(folder))
  }, 120_000)

  afterAll(async () => {
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each([
    ['tfjs wasm', 'deep sets', 1000, 100],
    ['tfjs webgl', 'deep sets', 40, 4],
    ['tfjs webgpu', 'deep sets', 30, 3],
    ['onnxruntime-web wasm', 'deep sets', 1000, 100],
  ] as const)('%s, %s: %d steps leave no tensor, and the heap as it was', async (backend, model, steps, every) => {
    const browser = await launchChromium({ measuresMemory: true })
    try {
      const page = await browser.newPage()
      await page.goto(server.url)
      const held: Held[] = await page.evaluate((given) => Reflect.get(globalThis, 'equivar').watchMemory(...given), [
        backend,
        model,
        steps,
        every,
      ] as const)
      expect(held).toHaveLength(10)
      expect(new Set(held.map(({ tensors }) => tensors)).size).toBe(1)
      const [half, end] = [held[4] as Held, held[9] as Held]
      expect(end.heap - half.heap).toBeLessThan(GROWTH)
    } finally {
      await browser.close()
    }
  })
})
