import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** A file server that knows files and nothing else: no special headers, as any web host has it. */
export interface FileServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves folders under paths: `{ '/': 'dist', '/ort/': 'node_modules/onnxruntime-web/dist' }`; the longest path wins. */
export async function serve(folders: Readonly<Record<string, string>>): Promise<FileServer> {
  const mounts = Object.entries(folders).sort(([a], [b]) => b.length - a.length)
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname))
    const [mount, folder] = mounts.find(([prefix]) => path.startsWith(prefix)) ?? []
    const file = mount === undefined || folder === undefined ? '' : join(folder, path.slice(mount.length) || 'index.html')
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
