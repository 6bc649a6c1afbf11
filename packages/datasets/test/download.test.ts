import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DownloadProgress, download, type Resource } from '@equivar/datasets/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, brokenAnswer, fileAnswer, type LoopbackServer, serve } from './loopback-server.ts'

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251)
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let folder: string
let target: string
const servers: LoopbackServer[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'equivar-download-'))
  target = join(folder, 'deep', 'file.bin')
})
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  for (const server of servers.splice(0)) await server.close()
})

async function start(answer: Answer): Promise<LoopbackServer> {
  const server = await serve(answer)
  servers.push(server)
  return server
}

const resourceAt = (...addresses: string[]): Resource => ({
  name: 'file.bin',
  folder: 'files',
  addresses,
  checksum: { algorithm: 'sha256', digest: digestOf(content) },
})

/** Downloads without waiting between retries. */
const fetchFrom = (address: string | Resource, options: Parameters<typeof download>[2] = {}): Promise<void> =>
  download(typeof address === 'string' ? resourceAt(address) : address, target, { retryDelay: 0, ...options })

const expectWhole = (): void => {
  expect(readFileSync(target).equals(content)).toBe(true)
  expect(existsSync(`${target}.part`)).toBe(false)
}

describe('download', () => {
  test('downloads a file, reports progress, and leaves only the file', async () => {
    const { address, ranges } = await start(fileAnswer(content))
    const steps: DownloadProgress[] = []
    await fetchFrom(address, { onProgress: (step) => steps.push(step) })
    expectWhole()
    expect(ranges).toEqual([undefined])
    expect(steps.at(-1)).toEqual({ name: 'file.bin', address, received: content.length, total: content.length })
    const received = steps.map((step) => step.received)
    expect(received).toEqual([...received].sort((a, b) => a - b))
  })

  test('accepts a checksum in capitals', async () => {
    const { address } = await start(fileAnswer(content))
    await fetchFrom({ ...resourceAt(address), checksum: { algorithm: 'sha256', digest: digestOf(content).toUpperCase() } })
    expectWhole()
  })

  test('resumes after a broken connection', async () => {
    const { address, ranges } = await start((request, response, attempt) =>
      (attempt < 3 ? brokenAnswer(content, 100_000) : fileAnswer(content))(request, response, attempt),
    )
    await fetchFrom(address)
    expectWhole()
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
  })

  test('resumes the download of an earlier process, and counts its bytes', async () => {
    await fetchFrom(resourceAt('http://127.0.0.1:1/'), { retries: 0 }).catch(() => undefined) // creates the folder
    writeFileSync(`${target}.part`, content.subarray(0, 250_000))
    const { address, ranges } = await start(fileAnswer(content))
    const steps: DownloadProgress[] = []
    await fetchFrom(address, { onProgress: (step) => steps.push(step) })
    expectWhole()
    expect(ranges).toEqual(['bytes=250000-'])
    expect(steps[0]!.received).toBeGreaterThan(250_000)
    expect(steps.at(-1)).toMatchObject({ received: 300_000, total: 300_000 })
  })

  test('starts over if the server does not support ranges', async () => {
    const { address, ranges } = await start((request, response, attempt) => {
      if (attempt === 1) return brokenAnswer(content, 100_000)(request, response, attempt)
      response.writeHead(200, { 'content-length': content.length }).end(content)
    })
    await fetchFrom(address)
    expectWhole()
    expect(ranges).toEqual([undefined, 'bytes=100000-'])
  })

  test.each([
    ['of the same length', content.map((byte) => byte ^ 1)],
    ['that is longer', new Uint8Array(content.length + 5)],
    ['that is shorter', new Uint8Array(1000)],
  ])('downloads from the start if the partial file belongs to a different file %s', async (_, other) => {
    await fetchFrom(resourceAt('http://127.0.0.1:1/'), { retries: 0 }).catch(() => undefined)
    writeFileSync(`${target}.part`, other)
    const { address, ranges } = await start(fileAnswer(content))
    await fetchFrom(address)
    expectWhole()
    expect(ranges).toEqual([`bytes=${other.length}-`, undefined])
  })

  test('only verifies a partial file that is complete', async () => {
    await fetchFrom(resourceAt('http://127.0.0.1:1/'), { retries: 0 }).catch(() => undefined)
    writeFileSync(`${target}.part`, content)
    const { address } = await start(fileAnswer(content))
    await fetchFrom(address)
    expectWhole()
  })

  test('refuses a file with the wrong checksum and deletes it', async () => {
    const { address, ranges } = await start(fileAnswer(content.map((byte) => byte ^ 1)))
    const { digest } = resourceAt(address).checksum
    await expect(fetchFrom(address)).rejects.toThrow(
      `could not download file.bin: ${address}: expected a file with the sha256 checksum ${digest}, received a different file`,
    )
    expect([existsSync(target), existsSync(`${target}.part`), ranges.length]).toEqual([false, false, 1])
  })

  test('throws if the connection breaks every time, and keeps the received bytes', async () => {
    const { address, ranges } = await start(brokenAnswer(content, 10_000))
    await expect(fetchFrom(address, { retries: 2 })).rejects.toThrow(`could not download file.bin: ${address}: terminated`)
    expect(ranges).toHaveLength(3)
    expect([existsSync(target), readFileSync(`${target}.part`).length]).toEqual([false, 30_000])
  })

  test('requests a missing file once, and retries after a server error', async () => {
    const missing = await start((_, response) => void response.writeHead(404).end('none'))
    await expect(fetchFrom(missing.address)).rejects.toThrow(`could not download file.bin: ${missing.address}: HTTP 404 Not Found`)
    expect(missing.ranges).toHaveLength(1)
    const busy = await start((request, response, attempt) => {
      if (attempt < 3) response.writeHead(503).end()
      else fileAnswer(content)(request, response, attempt)
    })
    await fetchFrom(busy.address)
    expectWhole()
  })

  test('tries the next address, and gives the reason for each address in the error', async () => {
    const missing = await start((_, response) => void response.writeHead(404).end())
    const good = await start(fileAnswer(content))
    await fetchFrom(resourceAt(missing.address, good.address))
    expectWhole()
    const nobody = 'http://127.0.0.1:1/file.bin'
    const failed = fetchFrom(resourceAt(missing.address, nobody), { retries: 0 })
    await expect(failed).rejects.toThrow(`${missing.address}: HTTP 404 Not Found; ${nobody}: fetch failed`)
    await expect(failed).rejects.toMatchObject({ name: 'DownloadError', addresses: [missing.address, nobody] })
  })

  test.each([
    'http://example.org/file.bin',
    'http://127.0.0.1.example.org/file.bin',
    'http://localhost.example.org/',
    'ftp://example.org/file.bin',
    'file:///etc/hostname',
    'data:text/plain,x',
    'nowhere',
  ])('%s is never asked: only https, and http on this machine', async (address) => {
    await expect(fetchFrom(address)).rejects.toThrow(/expected (https, received|an address)/)
  })

  test('a redirection is followed, but not to plain http on another machine, and not forever', async () => {
    const good = await start(fileAnswer(content))
    const to =
      (location: string): Answer =>
      (_, response) =>
        void response.writeHead(302, { location }).end()
    await fetchFrom((await start(to(good.address))).address)
    expectWhole()
    rmSync(target)
    const away = await start(to('http://example.org/file.bin'))
    await expect(fetchFrom(away.address)).rejects.toThrow('expected https, received http://example.org')
    expect(away.ranges).toHaveLength(1)
    const circle = await start(to('/file.bin'))
    await expect(fetchFrom(circle.address)).rejects.toThrow('expected at most 5 redirections')
    expect(circle.ranges).toHaveLength(6)
    expect(existsSync(target)).toBe(false)
  })

  test('no more than maxBytes are written, whether the server says the size or not', async () => {
    const small = (address: string): Resource => ({ ...resourceAt(address), maxBytes: 100_000 })
    const said = await start(fileAnswer(content))
    await expect(fetchFrom(small(said.address))).rejects.toThrow('expected at most 100000 bytes, received more')
    expect(existsSync(`${target}.part`)).toBe(false)
    const unsaid = await start((_, response) => {
      response.write(content)
      response.end(content)
    })
    await expect(fetchFrom(small(unsaid.address))).rejects.toThrow('expected at most 100000 bytes, received more')
    expect([said.ranges.length, unsaid.ranges.length]).toEqual([1, 1])
    expect(existsSync(`${target}.part`)).toBe(false)
    await fetchFrom({ ...resourceAt(said.address), maxBytes: content.length })
    expectWhole()
  })

  test('stops at a signal, and keeps the received bytes', async () => {
    const { address } = await start((_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1000))
    })
    const controller = new AbortController()
    const stopped = fetchFrom(address, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect(readFileSync(`${target}.part`)).toHaveLength(1000)
  })

  test('throws the system error if the folder cannot be created', async () => {
    writeFileSync(join(folder, 'deep'), 'a file')
    await expect(fetchFrom('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'EEXIST' })
  })
})
