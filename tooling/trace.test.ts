import { test } from 'vitest'
import { bundleTestPage } from './browser/bundle.ts'
import { launchChromium } from './browser/chromium.ts'
import { serve } from './browser/server.ts'
test('trace', async () => {
  const server = await serve(await bundleTestPage())
  const browser = await launchChromium()
  const page = await browser.newPage()
  let seen = 0
  page.on('console', m => { if (seen++ < Number(process.env.LOUD ?? 0)) console.log(m.text().slice(0, 1500)) })
  await page.goto(server.url + '/')
  await page.evaluate((n) => (globalThis as any).equivar.open(n), process.env.ONLY)
  if (process.env.CODE) console.log(JSON.stringify(await page.evaluate(process.env.CODE)))
  for (const c of (process.env.CASES ?? '').split(',').filter(Boolean)) {
    const [kind, name] = c.split(':')
    console.log(c, '\n', (await page.evaluate(([k, n]) => (globalThis as any).trace(k, n), [kind, name])).join('\n '))
  }
  await browser.close(); await server.close()
}, 100_000)
