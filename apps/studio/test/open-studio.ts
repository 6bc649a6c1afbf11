import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { launchChromium, openPage } from '../../../tooling/browser/chromium.ts'
import { type FileServer, serve } from '../../../tooling/browser/server.ts'
import { parseAddress } from '../src/address.ts'
import { views } from '../src/views.ts'

const here = join(dirname(fileURLToPath(import.meta.url)), '..')
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** The built studio in a browser. */
export interface OpenStudio {
  readonly browser: Browser
  readonly page: Page
  /** What the page wrote on the console as an error, or asked of another host. */
  readonly complaints: string[]
  /** Goes to a part of the address after `#`. */
  go(hash: string): Promise<void>
  /** Follows a link after the page was busy for half a second: what was due in that time is done before the page hears of the link. */
  followWhenBusy(hash: string): Promise<void>
  /** The address as the page has it now: what the browser tells of it comes later. */
  link(): Promise<string>
  /** Leaves a screenshot to be looked at in the folder `EQUIVAR_SCREENSHOTS`, if it is named. */
  picture(name: string): Promise<void>
  /** What is wrong for people who cannot see the page or use a mouse: the faults of axe-core, serious and critical ones. */
  accessFaults(): Promise<string[]>
  close(): Promise<void>
}

/** The studio as it is built once for all tests, below a path of a server. */
let built: Promise<{ readonly folder: string; readonly server: FileServer }> | undefined

async function buildStudio(): Promise<{ readonly folder: string; readonly server: FileServer }> {
  const folder = mkdtempSync(join(here, 'node_modules/.studio-'))
  await build({ root: here, configFile: join(here, 'vite.config.ts'), logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } })
  return { folder, server: await serve({ '/some/where/': folder }) }
}

/** Ends the server and removes the build. */
export async function closeStudio(): Promise<void> {
  const { folder, server } = (await built) ?? {}
  await server?.close()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}

/** Opens the studio in a browser of its own. */
export async function openStudio(): Promise<OpenStudio> {
  built ??= buildStudio()
  const { server } = await built
  const browser = await launchChromium()
  const complaints: string[] = []
  const page = await openPage(browser, `${server.url}/some/where/`, complaints)
  return {
    browser,
    page,
    complaints,
    go: async (hash) => {
      await page.evaluate(
        (to) =>
          new Promise<void>((resolve) => {
            if (location.hash === to) return resolve()
            // The page has drawn the new address in the second frame after it was told.
            const frames = (left: number) => (left === 0 ? resolve() : requestAnimationFrame(() => frames(left - 1)))
            addEventListener('hashchange', () => frames(2), { once: true })
            location.hash = to
          }),
        hash,
      )
      const { view } = parseAddress(hash)
      if (view in views) await page.locator(`nav a[aria-current=page][href="#/${view}"]`).waitFor()
      await page.locator('.view[aria-busy=false]').waitFor()
    },
    followWhenBusy: (hash) =>
      page.evaluate(async (to) => {
        // What was changed just before is drawn first.
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 40)))
        for (const start = performance.now(); performance.now() - start < 500; );
        location.hash = to
      }, hash),
    link: () => page.evaluate(() => location.href),
    picture: async (name) => {
      const screenshots = process.env.EQUIVAR_SCREENSHOTS
      if (screenshots === undefined) return
      mkdirSync(screenshots, { recursive: true })
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
    },
    accessFaults: async () => {
      if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axe })
      const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof import('axe-core') }).axe.run())
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      return serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
    },
    close: async () => {
      await browser.close()
    },
  }
}
