import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DownloadProgress, download, type Resource } from '@equivar/datasets/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Answer, brokenAnswer, fileAnswer, type LoopbackServer, serve } from './loopback-server.ts'

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251)
const digestOf = (algorithm: 'sha256' | 'md5', bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex')

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
  checksum: { algorithm: 'sha256', digest: digestOf('sha256', content) },
})

/** Downloads without waiting between retries. */
const fetchFrom = (address: string | Resource, options: Parameters<typeof download>[2] = {}): Promise<void> =>
  download(typeof address === 'string' ? resourceAt(address) : address, target, { retryDelay: 0, ...options })

const expectWhole = (): void => {
  expect(readFileSync(target).equals(content)).toBe(true)
  expect(existsSync(`${target}.part`)).toBe(false)
}

describe('download', () => {
  test('fetches a file, tells how far it is, and leaves only the file', async () => {
    const { address, ranges } = await start(fileAnswer(content))
    const steps: DownloadProgress[] = []
    await fetchFrom(address, { onProgress: (step) => steps.push(step) })
    expectWhole()
    expect(ranges).toEqual([undefined])
    expect(steps.at(-1)).toEqual({ name: 'file.bin', address, received: content.length, total: content.length })
    const received = steps.map((step) => step.received)
    expect(received).toEqual([...received].sort((a, b) => a - b))
  })

  test('takes an md5 checksum, in capitals too', async () => {
    const { address } = await start(fileAnswer(content))
    await fetchFrom({ ...resourceAt(address), checksum: { algorithm: 'md5', digest: digestOf('md5', content).toUpperCase() } })
    expectWhole()
  })

  test('goes on where a broken connection stopped', async () => {
    const { address, ranges } = await start((request, response, attempt) =>
      (attempt < 3 ? brokenAnswer(content, 100_000) : fileAnswer(content))(request, response, attempt),
    )
    await fetchFrom(address)
    expectWhole()
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
  })

  test('goes on where an earlier process stopped, and counts its bytes', async () => {
    await fetchFrom(resourceAt('http://127.0.0.1:1/'), { retries: 0 }).catch(() => undefined) // makes the folder
    writeFileSync(`${target}.part`, content.subarray(0, 250_000))
    const { address, ranges } = await start(fileAnswer(content))
    const steps: DownloadProgress[] = []
    await fetchFrom(address, { onProgress: (step) => steps.push(step) })
    expectWhole()
    expect(ranges).toEqual(['bytes=250000-'])
    expect(steps[0]!.received).toBeGreaterThan(250_000)
    expect(steps.at(-1)).toMatchObject({ received: 300_000, total: 300_000 })
  })

  test('starts over where the server has no ranges', async () => {
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
  ])('a part of another file %s is fetched anew', async (_, other) => {
    await fetchFrom(resourceAt('http://127.0.0.1:1/'), { retries: 0 }).catch(() => undefined)
    writeFileSync(`${target}.part`, other)
    const { address, ranges } = await start(fileAnswer(content))
    await fetchFrom(address)
    expectWhole()
    expect(ranges).toEqual([`bytes=${other.length}-`, undefined])
  })

  test('a whole part that was not renamed is only checked', async () => {
    await fetchFrom(resourceAt('http://127.0.0.1:1/'), { retries: 0 }).catch(() => undefined)
    writeFileSync(`${target}.part`, content)
    const { address } = await start(fileAnswer(content))
    await fetchFrom(address)
    expectWhole()
  })

  test('a file with another checksum is refused and not kept', async () => {
    const { address, ranges } = await start(fileAnswer(content.map((byte) => byte ^ 1)))
    const { digest } = resourceAt(address).checksum
    await expect(fetchFrom(address)).rejects.toThrow(
      `could not download file.bin: ${address}: expected a file with the sha256 checksum ${digest}, received another one`,
    )
    expect([existsSync(target), existsSync(`${target}.part`), ranges.length]).toEqual([false, false, 1])
  })

  test('a connection that breaks off every time is an error, and what arrived stays', async () => {
    const { address, ranges } = await start(brokenAnswer(content, 10_000))
    await expect(fetchFrom(address, { retries: 2 })).rejects.toThrow(`could not download file.bin: ${address}: terminated`)
    expect(ranges).toHaveLength(3)
    expect([existsSync(target), readFileSync(`${target}.part`).length]).toEqual([false, 30_000])
  })

  test('a file that is not there is asked for once, a server in trouble again', async () => {
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

  test('the next address is tried, and an error says what each one said', async () => {
    const missing = await start((_, response) => void response.writeHead(404).end())
    const good = await start(fileAnswer(content))
    await fetchFrom(resourceAt(missing.address, good.address))
    expectWhole()
    const nobody = 'http://127.0.0.1:1/file.bin'
    const failed = fetchFrom(resourceAt(missing.address, nobody), { retries: 0 })
    await expect(failed).rejects.toThrow(`${missing.address}: HTTP 404 Not Found; ${nobody}: fetch failed`)
    await expect(failed).rejects.toMatchObject({ name: 'DownloadError', addresses: [missing.address, nobody] })
  })

  test('a signal stops it, and what arrived stays', async () => {
    const { address } = await start((_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1000))
    })
    const controller = new AbortController()
    const stopped = fetchFrom(address, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect(readFileSync(`${target}.part`)).toHaveLength(1000)
  })

  test('a folder that cannot be made is the error of the system', async () => {
    writeFileSync(join(folder, 'deep'), 'a file')
    await expect(fetchFrom('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'EEXIST' })
  })
})
