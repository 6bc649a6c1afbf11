import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import { input, mul, program } from '@equivar/tensor'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signalsModel, writeModel } from '../../apps/infer/test/models.ts'
import { servers } from '../../apps/infer/test/running.ts'
import { describeInChromium, launchChromium } from '../browser/chromium.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-page-'))
const started = servers()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** logits = x. The name of a class is hostile to a page that takes it for HTML. */
function classifier(): Uint8Array {
  const x = input('x', 'float32', ['batch', 2])
  const metadata = { task: 'pets', config: JSON.stringify({ classes: ['cat', '<img src=x onerror=alert(1)>'] }) }
  return exportOnnx(program({ inputs: { x }, outputs: { logits: mul(x, 1) }, metadata }))
}

describeInChromium('the page of equivar-infer', () => {
  let browser: Browser
  beforeAll(async () => {
    writeModel(join(folder, 'pets.onnx'), classifier())
    writeModel(join(folder, 'signals.onnx'), signalsModel())
    browser = await launchChromium()
  }, 60_000)
  afterAll(() => browser?.close())

  /** Sends what stands in the form. @returns the sentence and the JSON that the page then shows. */
  async function send(page: Page): Promise<{ said: string; json: string }> {
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('#json').filter({ hasText: 'outputs' }).waitFor()
    return { said: (await page.locator('#answer').textContent()) ?? '', json: (await page.locator('#json').textContent()) ?? '' }
  }

  test('asks for the token, shows each model, and answers examples with class names', async () => {
    const server = await started(folder, [], { EQUIVAR_INFER_TOKEN: 'secret-token' })
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('console', (line) => {
      if (line.type() === 'error' && !line.text().includes('401')) problems.push(line.text())
    })
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(server.url)
    await page.getByLabel('Token').fill('secret-token')
    await page.getByRole('button', { name: 'Show models' }).click()
    await page.getByLabel('Model').waitFor()
    expect(await page.locator('#tensors').textContent()).toBe('takesxFP32[batch, 2]giveslogitsFP32[batch, 2]')
    expect(await page.locator('#classes').textContent()).toBe('Classes: cat, <img src=x onerror=alert(1)>')
    await page.getByLabel('Example').fill('{"x": [1, 1]}')
    const { said, json } = await send(page)
    expect(said).toBe('cat (50.0 %)')
    expect(JSON.parse(json)).toMatchObject({ outputs: [{ name: 'logits', shape: [1, 2], data: [1, 1] }] })
    await page.getByLabel('Model').selectOption('signals/versions/1')
    await page.locator('#tensors').getByText('mask').waitFor()
    expect(JSON.parse((await send(page)).json)).toMatchObject({ outputs: [{ shape: [1, 3] }] })
    await page.getByLabel('Example').fill('{"y": 1}')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('expected inputs named x, mask, received y.').waitFor()
    expect(problems).toEqual([])
  }, 120_000)
})

test('the page holds no other address, and its policy allows nothing but its own script and calls', async () => {
  writeModel(join(folder, 'pets.onnx'), classifier())
  const server = await started(folder)
  const response = await fetch(server.url)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; connect-src 'self'; base-uri 'none';/,
  )
  const html = await response.text()
  expect(html).not.toMatch(/https?:|innerHTML|src=|pets/)
  expect(html.length).toBeLessThan(10_000)
})
