import { type Browser, chromium, type Page } from 'playwright-core'
import { describe } from 'vitest'
import { chromiumPath, remedy } from '../scripts/chromium.js'

/** WebGL and WebGPU by software, SwiftShader, where there is no driver for a GPU. */
const webgl = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader']
const webgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan']

/** Makes `performance.memory` exact, and `gc` a function of pages. */
const exactMemory = ['--js-flags=--expose-gc', '--enable-precise-memory-info']

/** Starts the browser, with WebGPU or without, and where memory is measured so that it can be. Its sandbox needs rights that containers lack; only our own pages are opened. */
export async function launchChromium({
  withWebGpu = true,
  measuresMemory = false,
}: {
  readonly withWebGpu?: boolean
  readonly measuresMemory?: boolean
} = {}): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error(remedy)
  const chosen = [...(withWebGpu ? webgpu : []), ...(measuresMemory ? exactMemory : [])]
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...webgl, ...chosen] })
}

/** Opens a new page. @param complaints - gets what it writes on the console as an error, throws, or asks of another host than its own. */
export async function openPage(browser: Browser, address: string, complaints: string[]): Promise<Page> {
  const { origin } = new URL(address)
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 } })
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(origin)) complaints.push(`asks for ${request.url()}`)
  })
  await page.goto(address)
  return page
}

/** Tests in the browser: where it is missing they are skipped, said in their title, and in CI they fail. */
export function describeInChromium(title: string, tests: () => void): void {
  const missing = chromiumPath() === undefined && process.env.CI !== 'true'
  describe.skipIf(missing)(missing ? `${title} (${remedy})` : title, tests)
}
