import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where distributions put it. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser that is installed: `$CHROMIUM`, or where distributions put it. */
export function chromiumPath(): string | undefined {
  return [process.env.CHROMIUM, ...places].find((path) => path !== undefined && existsSync(path))
}

/** What the software that stands in for a GPU needs; without a driver, WebGL and WebGPU are computed by SwiftShader. */
const software = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
]

/** Starts it. The sandbox needs rights that containers lack; only our own pages are opened. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined)
    throw new Error(
      `expected a Chromium ($CHROMIUM, ${places.join(', ')}), found none; install it (apt-get install chromium) or name it in $CHROMIUM`,
    )
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...software] })
}
