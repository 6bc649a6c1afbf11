import { test } from 'vitest'
import { bundleTestPage } from './browser/bundle.ts'
import { launchChromium } from './browser/chromium.ts'
import { serve } from './browser/server.ts'
import { backendNames } from './browser/backend-names.ts'
import { testModels } from './browser/models.ts'
import { operatorCases } from '../packages/tensor/test/operator-cases.ts'
test('probe', async () => {
  let t = performance.now()
  const lap = (s: string) => { console.log(s, Math.round(performance.now() - t)); t = performance.now() }
  const folders = await bundleTestPage(); lap('bundle')
  const server = await serve(folders)
  const browser = await launchChromium(); lap('launch')
  const only = process.env.ONLY?.split(',')
  for (const name of backendNames.filter(n => !only || only.includes(n))) {
    const page = await browser.newPage()
    page.on('console', m => { if (m.type()==='error'||process.env.LOUD) console.log(name, m.type(), m.text().slice(0, 300)) })
    page.on('pageerror', e => console.log(name, 'pageerror', e.message))
    await page.goto(server.url + '/')
    try { console.log(await page.evaluate((n) => (globalThis as any).equivar.open(n), name)) } catch (e) { console.log(name, String(e)); continue }
    lap(name + ' open')
    let bad = 0, worst = 0, slow: [number,string][] = []
    for (const c of operatorCases.filter(c => !process.env.CASES || process.env.CASES.split(',').includes(c.name))) {
      const s = performance.now()
      try {
        const r = await Promise.race([page.evaluate((n) => (globalThis as any).equivar.operator(n), c.name), new Promise<never>((_, no) => setTimeout(() => no(new Error('timeout')), 15000))])
        worst = Math.max(worst, r.difference)
        if (!(r.difference < 1e-4) || r.leaked) { bad++; console.log(name, c.name, r.difference, r.leaked) }
      } catch (e) { bad++; console.log(name, c.name, String(e).slice(0, 400)) ; if (/timeout/.test(String(e))) break }
      slow.push([Math.round(performance.now() - s), c.name])
    }
    console.log(name, 'bad', bad, 'worst', worst, JSON.stringify(slow.sort((a, b) => b[0] - a[0]).slice(0, 6)))
    lap(name + ' operators')
    for (const m of testModels.filter(m => !process.env.CASES || process.env.CASES.split(',').includes(m))) {
      try { console.log(name, m, await page.evaluate((n) => (globalThis as any).equivar.model(n), m)) } catch (e) { console.log(name, m, String(e).slice(0, 400)) }
      lap(name + ' ' + m)
    }
    await page.close()
  }
  await browser.close(); await server.close()
}, 600_000)
