import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'

/** @typedef {{ readonly url: string, readonly token: string, readonly stop: () => void }} Registry A registry: its address, a token that may publish. */

/** A port that is free now. @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })

/** The program of Verdaccio. */
function verdaccio() {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve('verdaccio/package.json')
  const { bin } = require(manifest)
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin.verdaccio)
}

/** Waits until a server answers. @param {string} url */
async function answered(url, tries = 240) {
  for (let i = 0; i < tries; i++) {
    if (
      await fetch(`${url}-/ping`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`rehearsal: the registry at ${url} does not answer`)
}

/**
 * Starts a registry on loopback. It takes packages of this project only by publishing; all others it fetches from the registry that npm is set to.
 *
 * @param {string} folder - for its storage.
 * @returns {Promise<Registry>}
 */
export async function startRegistry(folder) {
  mkdirSync(folder, { recursive: true })
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const file = join(folder, 'config.yaml')
  writeFileSync(
    file,
    JSON.stringify({
      storage: join(folder, 'storage'),
      auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 10 } },
      uplinks: { upstream: { url: upstream, timeout: '120s', maxage: '1d' } },
      packages: {
        '@equivar/*': { access: '$all', publish: '$authenticated', unpublish: '$authenticated' },
        '**': { access: '$all', proxy: 'upstream' },
      },
      max_body_size: '200mb',
      log: { type: 'file', path: join(folder, 'log.txt'), level: 'warn' },
    }),
  )
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const child = spawn(process.execPath, [verdaccio(), '--config', file, '--listen', `127.0.0.1:${port}`], { stdio: 'ignore' })
  await answered(url)
  const name = 'rehearsal'
  const response = await fetch(`${url}-/user/org.couchdb.user:${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: `${Math.random()}${Math.random()}`, type: 'user' }),
  })
  const { token } = /** @type {{ token: string }} */ (await response.json())
  return { url, token, stop: () => child.kill() }
}

/** What an .npmrc has to say to use the registry. @param {Pick<Registry, 'url' | 'token'>} registry */
export const npmrc = ({ url, token }) =>
  Object.entries({
    registry: url,
    [`${url.replace('http:', '')}:_authToken`]: token,
    fund: false,
    audit: false,
    'update-notifier': false,
  })
    .map((entry) => `${entry.join('=')}\n`)
    .join('')
