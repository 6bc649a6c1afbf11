import { type Browser, chromium } from 'playwright-core'
import { describe } from 'vitest'
import { chromiumPath, remedy } from '../scripts/chromium.js'

/** What the software that stands in for a GPU needs; without a driver, WebGL and WebGPU are computed by SwiftShader. */
const software = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]

/** Starts the browser, with more switches if they are given. Its sandbox needs rights that containers lack; only our own pages are opened. */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error(remedy)
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...software, ...more] })
}

/** Tests in the browser: where it is missing they are skipped, said in their title, and in CI they fail. */
export function describeInChromium(title: string, tests: () => void): void {
  const missing = chromiumPath() === undefined && process.env.CI !== 'true'
  describe.skipIf(missing)(missing ? `${title} (${remedy})` : title, tests)
}
