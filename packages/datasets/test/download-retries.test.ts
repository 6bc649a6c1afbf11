import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DownloadError, type DownloadProgress, download, type Resource } from '@equivar/datasets/node'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RefusedError, request } from '../src/node/request.ts'

/** The milliseconds of each pause, which no test waits for. */
const pauses = vi.hoisted((): number[] => [])
vi.mock('node:timers/promises', () => ({
  setTimeout: async (milliseconds: number, _value: unknown, options: { signal?: AbortSignal }) => {
    pauses.push(milliseconds)
    options.signal?.throwIfAborted()
  },
}))

/** What a server answers, or what the connection breaks with. */
type Answer = () => Response | Promise<Response>

const content = Uint8Array.of(1, 2, 3, 4, 5, 6)
const digest = createHash('sha256').update(content).digest('hex')
const address = 'https://example.org/file.bin'
const resource: Resource = { name: 'file.bin', folder: 'files', addresses: [address], checksum: { algorithm: 'sha256', digest } }
const whole = (): Response => new Response(content, { headers: { 'content-length': '6' } })
const broken = (): never => {
  throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') })
}

let folder: string
let target: string
/** The headers and the settings of each request. */
let asked: { address: string; headers: Record<string, string>; redirect: unknown }[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'equivar-retries-'))
  target = join(folder, 'file.bin')
  asked = []
  pauses.splice(0)
})
afterEach(() => {
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true, force: true })
})

/** Lets each request get the next answer, the last one again and again. */
function answers(...all: Answer[]): void {
  vi.stubGlobal('fetch', async (url: URL, { headers, redirect }: { headers: Record<string, string>; redirect: unknown }) => {
    asked.push({ address: String(url), headers, redirect })
    return await all[Math.min(asked.length, all.length) - 1]!()
  })
}
/** The message of a download that must fail. */
async function failure(options: Parameters<typeof download>[2] = {}, changes: Partial<Resource> = {}): Promise<string> {
  const error = await download({ ...resource, ...changes }, target, options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DownloadError)
  return (error as Error).message.replace('could not download file.bin: ', '')
}

describe('retries', () => {
  test('are three, after 500, 1000 and 2000 ms', async () => {
    answers(broken)
    expect(await failure()).toBe(`${address}: fetch failed (ECONNRESET)`)
    expect([asked.length, pauses]).toEqual([4, [500, 1000, 2000]])
  })

  test('are as many as asked for, each after twice the time', async () => {
    answers(broken)
    await failure({ retries: 2, retryDelay: 7 })
    expect([asked.length, pauses]).toEqual([3, [7, 14]])
    await failure({ retries: 0 })
    expect(asked.length).toBe(4)
  })

  test.each([
    [500, 3],
    [503, 3],
    [429, 3],
    [400, 1],
    [404, 1],
    [499, 1],
    [304, 1],
  ])('HTTP %i is asked for %i times', async (status, times) => {
    answers(() => new Response(null, { status, statusText: status === 404 ? 'Not Found' : '' }))
    expect(await failure({ retries: 2 })).toBe(`${address}: HTTP ${status}${status === 404 ? ' Not Found' : ''}`)
    expect(asked.length).toBe(times)
  })

  test('an answer without a body is refused', async () => {
    answers(() => new Response(null, { status: 204 }))
    expect(await failure()).toBe(`${address}: HTTP 204`)
    expect(asked.length).toBe(1)
  })

  test('stop at a signal, with its reason, while they wait', async () => {
    answers(broken)
    const controller = new AbortController()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(download(resource, target, { signal: controller.signal })).rejects.toBe(reason)
    expect([asked.length, pauses]).toEqual([1, []])
  })

  test('reasons that are no errors are shown', async () => {
    answers(() => Promise.reject('a word'))
    expect(await failure({ retries: 0 })).toBe(`${address}: a word`)
  })

  test('an error of the file system is thrown as it is, without another try', async () => {
    answers(whole)
    mkdirSync(`${target}.part`)
    await expect(download(resource, target)).rejects.toMatchObject({ code: 'EISDIR' })
    expect(asked.length).toBeLessThan(2)
  })
})

describe('what a server says', () => {
  const partial = (range: string | undefined, bytes = content.subarray(2)): Response =>
    new Response(bytes, { status: 206, headers: range === undefined ? {} : { 'content-range': range } })

  test('no compression is asked for, and bytes from the first that is missing', async () => {
    answers(whole)
    await download(resource, target)
    expect(asked).toEqual([{ address, headers: { 'accept-encoding': 'identity' }, redirect: 'manual' }])
    rmSync(target)
    writeFileSync(`${target}.part`, content.subarray(0, 2))
    answers(() => partial('bytes 2-5/6'))
    await download(resource, target)
    expect(asked[1]?.headers).toEqual({ 'accept-encoding': 'identity', range: 'bytes=2-' })
    expect(new Uint8Array(readFileSync(target))).toEqual(content)
  })

  test('without a length the progress has no total, and the bytes come as they are', async () => {
    answers(() => new Response(content))
    const steps: DownloadProgress[] = []
    await download(resource, target, { onProgress: (step) => steps.push(step) })
    expect(steps).toEqual([{ name: 'file.bin', address, received: 6, total: undefined }])
  })

  test.each(['bytes 1-5/6', 'bytes 20-25/26', 'byte 2-5/6', 'x bytes 2-5/6', 'bytes 2', undefined])(
    'the range %j is another one than that from 2 on',
    async (range) => {
      writeFileSync(`${target}.part`, content.subarray(0, 2))
      answers(() => partial(range))
      expect(await failure()).toBe(`${address}: expected the bytes from 2, received a different range`)
      expect(readFileSync(`${target}.part`).length).toBe(2)
    },
  )

  test.each([
    ['bytes */6', true],
    ['bytes */66', false],
    ['bytes */6 ', true],
    ['xbytes */6', false],
    [undefined, false],
  ])('with a whole part and the range %j, the part is kept: %s', async (range, kept) => {
    writeFileSync(`${target}.part`, content)
    answers(() => new Response('none', { status: 416, headers: range === undefined ? {} : { 'content-range': range } }), whole)
    await download(resource, target)
    expect(asked.map(({ headers }) => headers.range)).toEqual(kept ? ['bytes=6-'] : ['bytes=6-', undefined])
  })

  test('a part that belongs to no file is said to be too long', async () => {
    writeFileSync(`${target}.part`, content)
    answers(() => new Response(null, { status: 416 }))
    expect(await failure({ retries: 0 })).toBe(`${address}: the partial file is longer than the complete file`)
    expect(existsSync(`${target}.part`)).toBe(false)
  })

  test('fewer or more bytes than it said are asked for again', async () => {
    answers(() => new Response(content.subarray(0, 4), { headers: { 'content-length': '6' } }))
    expect(await failure({ retries: 0 })).toBe(`${address}: expected 6 bytes, received 4`)
    rmSync(`${target}.part`)
    answers(() => new Response(content, { headers: { 'content-length': '5' } }))
    expect(await failure({ retries: 0 })).toBe(`${address}: expected 5 bytes, received 6`)
  })

  test('as many bytes as allowed are received, said or not, and those on disk count', async () => {
    for (const answer of [whole, () => new Response(content)]) {
      answers(answer)
      await download({ ...resource, maxBytes: 6 }, target)
      rmSync(target)
      expect(await failure({}, { maxBytes: 5 })).toBe(`${address}: expected at most 5 bytes, received more`)
    }
    writeFileSync(`${target}.part`, content.subarray(0, 2))
    answers(() => partial('bytes 2-5/6'))
    expect(await failure({}, { maxBytes: 5 })).toBe(`${address}: expected at most 5 bytes, received more`)
    expect(existsSync(`${target}.part`)).toBe(false)
  })

  test('without maxBytes at most 1 GiB is received', async () => {
    answers(() => new Response(content, { headers: { 'content-length': `${2 ** 30 + 1}` } }))
    expect(await failure()).toBe(`${address}: expected at most ${2 ** 30} bytes, received more`)
    answers(() => new Response(content, { headers: { 'content-length': `${2 ** 30}` } }))
    expect(await failure({ retries: 0 })).toBe(`${address}: expected ${2 ** 30} bytes, received 6`)
  })

  test('a wrong file is asked for again only if a part was there', async () => {
    const wrong = (): Response => new Response(Uint8Array.of(9))
    answers(wrong)
    expect(await failure()).toBe(`${address}: expected a file with the sha256 checksum ${digest}, received a different file`)
    expect(asked.length).toBe(1)
    writeFileSync(`${target}.part`, content.subarray(0, 2))
    await failure()
    expect(asked.length).toBe(3)
  })

  test('the error of the last address is the cause', async () => {
    answers(() => new Response(null, { status: 410, statusText: 'Gone' }))
    const addresses = ['https://example.org/a', 'https://example.org/b']
    const error = await download({ ...resource, addresses }, target).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'DownloadError', addresses, cause: { message: 'HTTP 410 Gone' } })
    expect((error as Error).message).toBe(
      'could not download file.bin: https://example.org/a: HTTP 410 Gone; https://example.org/b: HTTP 410 Gone',
    )
  })
})

describe('request', () => {
  test.each(['https://example.org/', 'http://localhost/', 'http://[::1]:80/', 'http://127.0.0.1/', 'http://127.255.10.3/'])(
    'asks for %s',
    async (safe) => {
      answers(whole)
      expect((await request(safe, {})).status).toBe(200)
    },
  )

  test.each([
    ['http://example.org:8080/x', 'expected https, received http://example.org:8080'],
    ['http://128.0.0.1/', 'expected https, received http://128.0.0.1'],
    ['http://1127.0.0.1.example.org/', 'expected https, received http://1127.0.0.1.example.org'],
    ['http://x127.0.0.1.org/', 'expected https, received http://x127.0.0.1.org'],
    ['http://127.0.0.1.org/', 'expected https, received http://127.0.0.1.org'],
    ['http://127.0.0.example/', 'expected https, received http://127.0.0.example'],
    ['ftp://localhost/', 'expected https, received ftp://localhost'],
    ['nowhere', 'expected an address'],
  ])('refuses %s', async (unsafe, message) => {
    answers(whole)
    await expect(request(unsafe, {})).rejects.toThrow(new RefusedError(message))
    expect(asked).toEqual([])
  })

  const moved = (status: number, location?: string): Response =>
    new Response(null, { status, headers: location === undefined ? {} : { location } })

  test.each([300, 301, 302, 303, 307, 308, 399])('follows %i, to an address or to a path of the same server', async (status) => {
    answers(
      () => moved(status, 'https://example.com/a/b'),
      () => moved(status, '../c'),
      whole,
    )
    expect((await request('https://example.org/', {})).status).toBe(200)
    expect(asked.map((one) => one.address)).toEqual(['https://example.org/', 'https://example.com/a/b', 'https://example.com/c'])
  })

  test.each([200, 299, 400, 404])('answers %i are returned, wherever they point', async (status) => {
    answers(() => moved(status, 'https://example.com/'))
    expect((await request('https://example.org/', {})).status).toBe(status)
    expect(asked.length).toBe(1)
  })

  test('a redirection to nowhere is the answer, and one to what is no address is refused', async () => {
    answers(() => moved(302))
    expect((await request('https://example.org/', {})).status).toBe(302)
    answers(() => moved(302, 'https://'))
    await expect(request('https://example.org/', {})).rejects.toThrow(new RefusedError('expected an address'))
  })

  test('five redirections are followed', async () => {
    const away = (): Response => moved(302, '/x')
    answers(away, away, away, away, away, whole)
    expect((await request('https://example.org/', {})).status).toBe(200)
    asked = []
    answers(away)
    await expect(request('https://example.org/', {})).rejects.toThrow(new RefusedError('expected at most 5 redirections'))
    expect(asked.length).toBe(6)
  })
})
