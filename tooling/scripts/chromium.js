import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where distributions put it. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']

/** What to do where there is none. */
export const remedy = `expected a Chromium ($CHROMIUM, ${places.join(', ')}), found none; install it (apt-get install chromium) or name it in $CHROMIUM`

/**
 * The browser that the tests use: `$CHROMIUM`, or where distributions put it.
 *
 * @returns {string | undefined}
 */
export function chromiumPath() {
  const { CHROMIUM } = process.env
  return (CHROMIUM === undefined ? places : [CHROMIUM]).find((path) => existsSync(path))
}

/** In CI, where a browser that is missing is an error, installs Debian's if there is none. Elsewhere it is left to the user. */
export function installChromium() {
  if (process.env.CI !== 'true' || chromiumPath() !== undefined || process.platform !== 'linux') return
  const rights = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive']
  for (const command of [['update'], ['install', '--yes', '--no-install-recommends', 'chromium']]) {
    const [program, ...rest] = [...rights, 'apt-get', ...command]
    spawnSync(/** @type {string} */ (program), rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  }
}

/**
 * What makes a process of Node find the software driver for Vulkan that Debian's Chromium carries: ONNX Runtime's WebGPU runs on it.
 *
 * @returns {Record<string, string> | undefined} environment variables; undefined where there is no such driver.
 */
export function softwareVulkan() {
  const folder = '/usr/lib/chromium'
  const driver = join(folder, 'vk_swiftshader_icd.json')
  if (process.env.VK_DRIVER_FILES !== undefined) return {}
  if (!existsSync(driver)) return undefined
  // The loader of drivers is there too, for machines that have none.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':')
  return { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries }
}
