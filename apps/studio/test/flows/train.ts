import { readFileSync } from 'node:fs'
import { importOnnx } from '@equivar/export-onnx'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, launchChromium, openPage } from '../../../../tooling/browser/chromium.ts'
import { type OpenStudio, openStudio } from '../open-studio.ts'

describeInChromium('training on the page', () => {
  let studio: OpenStudio
  const status = async (pattern: RegExp): Promise<void> => {
    const text = () => studio.page.locator('.status').textContent()
    await expect.poll(text, { timeout: 60_000, interval: 50 }).toMatch(pattern)
  }
  const alert = async (pattern: RegExp): Promise<void> => {
    await expect.poll(() => studio.page.getByRole('alert').textContent(), { timeout: 30_000, interval: 50 }).toMatch(pattern)
  }
  const button = (name: string | RegExp) => studio.page.getByRole('button', { name })
  const number = async (side: string, what: string): Promise<number> =>
    Number(await studio.page.locator(`.tile.${side} [data-${what}]`).getAttribute(`data-${what}`))
  /** A run that has come to networks and is paused. */
  const pausedRun = async (): Promise<void> => {
    await studio.go('#/train?steps=2000')
    await button('Train both').click()
    await studio.page.locator('.gallery .is-right, .gallery .is-wrong').first().waitFor()
    await button('Pause').click()
    await status(/^Paused/)
    await expect.poll(() => button('Run the plain model').isEnabled(), { timeout: 10_000 }).toBe(true)
  }

  beforeAll(async () => {
    studio = await openStudio()
  }, 120_000)
  afterAll(() => studio?.close())

  test('a run pauses, goes on and is reset; at a pause there are files', async () => {
    await pausedRun()
    const progress = () => studio.page.locator('progress').getAttribute('value')
    const before = Number(await progress())
    await button('Continue').click()
    await status(/^Both learn/)
    await expect.poll(async () => Number(await progress()), { timeout: 20_000 }).toBeGreaterThan(before)
    await button('Reset').click()
    await status(/^Press/)
    expect(await progress()).toBe('0')
    expect(studio.complaints).toEqual([])
  })

  test('both networks learn on ONNX Runtime; the symmetric one is better, keeps its answer, and becomes a file', async () => {
    await studio.go('#/train?steps=60&backend=onnx-wasm')
    await studio.picture('train-ready')
    expect(await studio.accessFaults()).toEqual([])
    await button('Train both').click()
    await status(/^Trained/)
    await studio.picture('train-done')
    expect(await studio.accessFaults()).toEqual([])
    expect(await number('symmetric', 'accuracy')).toBeGreaterThan((await number('plain', 'accuracy')) + 0.2)
    expect(await number('symmetric', 'change')).toBeLessThan(1e-5)
    expect(await number('plain', 'change')).toBeGreaterThan(0.01)
    expect(await studio.page.locator('.gallery .is-right, .gallery .is-wrong').count()).toBe(24)
    const [download] = await Promise.all([studio.page.waitForEvent('download'), button('Download points-symmetric.onnx').click()])
    expect(importOnnx(readFileSync(await download.path())).program.outputs.map(({ name }) => name)).toEqual(['logits'])
    expect(studio.complaints).toEqual([])
  })

  test('task and examples are chosen by keys, the link keeps them, and a link with what is not there says so', async () => {
    await studio.go('#/train')
    await studio.page.getByRole('radio', { name: /^Points/ }).focus()
    for (const _ of [1, 2]) await studio.page.keyboard.press('ArrowDown')
    await studio.page.getByRole('slider', { name: /Training examples/ }).focus()
    await studio.page.keyboard.press('ArrowRight')
    expect(await studio.link()).toMatch(/#\/train\?task=graphs&examples=800$/)
    await studio.picture('train-graphs')
    await studio.go('#/train?task=poems&seed=2')
    await alert(/“poems”/)
    expect(await studio.page.getByLabel('Seed').inputValue()).toBe('2')
    expect(studio.complaints).toEqual([])
  })

  test('a link to another task ends the run, and nothing of it stands beside the other task', async () => {
    await pausedRun()
    const shown = studio.page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const texts = new Set<string>()
          const look = () => {
            const task = document.querySelector<HTMLInputElement>('input[name=task]:checked')?.value
            texts.add(`${task}: ${document.querySelector('.status')?.textContent}`)
          }
          new MutationObserver(look).observe(document.querySelector('.view')!, { subtree: true, childList: true, characterData: true })
          const frames = (left: number): void => {
            look()
            if (left === 0) resolve([...texts])
            else requestAnimationFrame(() => frames(left - 1))
          }
          addEventListener('hashchange', () => frames(10), { once: true })
        }),
    )
    await studio.go('#/train?task=graphs')
    expect((await shown).filter((text) => !/^(points: Paused|graphs: Press)/.test(text))).toEqual([])
    expect(await button('Run the plain model').isEnabled()).toBe(false)
    expect(studio.complaints).toEqual([])
  })

  test('the data-efficiency curve grows to its last size; reset takes it away', async () => {
    await studio.go('#/train?task=graphs&steps=20')
    await button(/^Draw the data/).click()
    await status(/^The curve is drawn/)
    const curve = studio.page.getByRole('img', { name: /^Right answers by training/ })
    expect(await curve.locator('circle').count()).toBe(14)
    await studio.picture('train-efficiency')
    await button('Reset').click()
    expect(await curve.locator('circle').count()).toBe(0)
    expect(studio.complaints).toEqual([])
  })

  test.each(['tfjs-webgl', 'tfjs-webgpu'])(
    '%s: a GPU that is lost ends the run with a message, and the next run works',
    async (backend) => {
      await studio.go(`#/train?backend=${backend}&steps=10000`)
      await button('Train both').click()
      await status(/^Both learn.* On SwiftShader/)
      const protocol = await studio.browser.newBrowserCDPSession()
      await protocol.send('Browser.crashGpuProcess')
      await alert(/^The GPU was lost/)
      studio.complaints.length = 0
      await studio.go('#/train?steps=20')
      await button('Train both').click()
      await status(/^Trained/)
      expect(await studio.page.getByRole('alert').count()).toBe(0)
      expect(studio.complaints).toEqual([])
    },
  )

  test('a backend that is not there is a message', async () => {
    const browser = await launchChromium({ withWebGpu: false })
    try {
      const page = await openPage(browser, studio.page.url().replace(/#.*/, '#/train?backend=tfjs-webgpu'), studio.complaints)
      await page.getByRole('button', { name: 'Train both' }).click()
      await expect.poll(() => page.getByRole('alert').textContent(), { timeout: 20_000 }).toMatch(/WebGPU is not available in this browser/)
      expect(await page.getByRole('button', { name: 'Train both' }).isEnabled()).toBe(true)
    } finally {
      await browser.close()
    }
  })
})
