import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { inferenceClient } from '../src/index.ts'
import { delayAfter, retryAfterOf } from '../src/retry.ts'
import { fakeServer, json, someAnswer, someInput } from './fake-server.ts'

const quick = { firstDelay: 1, longestDelay: 5 }

describe('Retry-After', () => {
  const now = Date.parse('Sat, 01 Nov 2025 12:00:00 GMT')
  test.each<[string | null, string | null, number | undefined]>([
    ['3', null, 3000],
    [' 0 ', null, 0],
    ['Sat, 01 Nov 2025 12:00:05 GMT', null, 5000],
    ['Sat, 01 Nov 2025 11:59:00 GMT', null, 0],
    ['Sat, 01 Nov 2025 13:00:05 GMT', 'Sat, 01 Nov 2025 13:00:00 GMT', 5000],
    ['Sat, 01 Nov 2025 12:00:05 GMT', 'nonsense', 5000],
    [null, null, undefined],
    ['', null, undefined],
    ['-5', null, undefined],
    ['soon', null, undefined],
  ])('%s, server at %s: %s ms', (header, date, expected) => expect(retryAfterOf(header, date, now)).toBe(expected))
})

test('a wait is at least the one the server asks for; without one it grows with each attempt up to the longest delay', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.option(fc.nat(1e6), { nil: undefined }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, wish, random) => {
        const patience = { firstDelay: 100, longestDelay: 10_000 }
        const delay = delayAfter(attempt, wish, patience, random)
        if (wish !== undefined) return delay >= wish && delay <= wish + 100
        return (
          delay >= Math.min(10_000, 100 * 2 ** (attempt - 1)) / 2 &&
          delay <= 10_000 &&
          delay <= delayAfter(attempt + 1, wish, patience, random)
        )
      },
    ),
    { seed: 5 },
  )
})

test.each([429, 503])('after status %i the same request is sent again', async (status) => {
  const { url, seen } = await fakeServer((response, _, count) =>
    count < 3 ? json(response, status, { error: 'full' }) : json(response, 200, someAnswer),
  )
  const { outputs } = await inferenceClient({ url, ...quick }).infer('m', someInput, { id: 'a' })
  expect(outputs.y!.data).toEqual(new Float32Array([1, 2]))
  expect(seen).toHaveLength(3)
  expect(new Set(seen.map(({ body }) => body.toString())).size).toBe(1)
})

test('the request is retried if the connection breaks before or during the answer', async () => {
  const { url, seen } = await fakeServer((response, _, count) => {
    if (count === 1) response.destroy()
    else if (count === 2) response.writeHead(200, { 'content-length': 500 }).write('{"model_name"', () => response.destroy())
    else json(response, 200, someAnswer)
  })
  await expect(inferenceClient({ url, ...quick }).infer('m', someInput)).resolves.toMatchObject({ model: 'm' })
  expect(seen).toHaveLength(3)
})

test('when the retries are used up, the error describes the last answer', async () => {
  const { url, seen } = await fakeServer((response) =>
    json(response, 429, { error: '256 requests wait' }, { 'x-request-id': 'r9', 'retry-after': '0' }),
  )
  const failure = await inferenceClient({ url, retries: 2, ...quick })
    .infer('m', someInput)
    .catch((error) => error)
  expect(seen).toHaveLength(3)
  expect(failure).toMatchObject({
    name: 'InferenceError',
    kind: 'status',
    status: 429,
    serverMessage: '256 requests wait',
    requestId: 'r9',
    retryAfter: 0,
    attempts: 3,
  })
  expect(failure.message).toBe(
    'infer m: expected status 200, received 429 "256 requests wait" to request r9 after 3 attempts. Send fewer requests at once, or allow more retries. The server asks to wait 0 s.',
  )
})

test.each([400, 401, 404, 413, 500, 504])('status %i is not retried', async (status) => {
  const { url, seen } = await fakeServer((response) => json(response, status, { error: 'no' }))
  await expect(inferenceClient({ url, ...quick }).infer('m', someInput)).rejects.toMatchObject({ status, serverMessage: 'no', attempts: 1 })
  expect(seen).toHaveLength(1)
})

test('a server that asks for a longer wait than allowed gets no second request', async () => {
  const { url, seen } = await fakeServer((response) => json(response, 503, { error: 'draining' }, { 'retry-after': '3600' }))
  await expect(inferenceClient({ url }).infer('m', someInput)).rejects.toMatchObject({ status: 503, retryAfter: 3_600_000, attempts: 1 })
  await expect(inferenceClient({ url, longestDelay: 1e9, timeout: 5000 }).infer('m', someInput)).rejects.toMatchObject({
    status: 503,
    attempts: 1,
  })
  expect(seen).toHaveLength(2)
})

test('without a server the error names the URL and the reason', async () => {
  const failure = await inferenceClient({ url: 'http://127.0.0.1:1', retries: 1, ...quick })
    .infer('m', someInput)
    .catch((error) => error)
  expect(failure).toMatchObject({ kind: 'connection', attempts: 2 })
  expect(failure.message).toMatch(
    /^infer m: expected an answer from http:\/\/127\.0\.0\.1:1, received none after 2 attempts \(.+\)\. Check that the server runs there/,
  )
})

describe('with fake timers', () => {
  afterEach(() => void vi.useRealTimers())

  const refusing = (headers: Record<string, string>) => vi.fn(async () => new Response('{"error":"full"}', { status: 503, headers }))

  test('no request is sent before the time in Retry-After', async () => {
    vi.useFakeTimers()
    const fetch = refusing({ 'retry-after': '7' })
    const outcome = inferenceClient({ url: 'http://a', fetch, retries: 1 })
      .infer('m', someInput)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(6999)
    expect(fetch).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(101)
    expect(fetch).toHaveBeenCalledTimes(2)
    expect(await outcome).toMatchObject({ status: 503, attempts: 2 })
  })

  test('the timeout includes the waits, and no request starts after it', async () => {
    vi.useFakeTimers()
    const fetch = refusing({})
    const outcome = inferenceClient({ url: 'http://a', fetch, retries: 1000, timeout: 1000, firstDelay: 100 })
      .infer('m', someInput)
      .catch((error) => error)
    await vi.advanceTimersByTimeAsync(1000)
    const failure = await outcome
    expect(failure).toMatchObject({ status: 503 })
    const before = fetch.mock.calls.length
    expect(before).toBeGreaterThan(2)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(fetch).toHaveBeenCalledTimes(before)
  })

  test('no timer remains after a call', async () => {
    vi.useFakeTimers()
    const fetch = vi.fn(async () => new Response(JSON.stringify(someAnswer)))
    await inferenceClient({ url: 'http://a', fetch }).infer('m', someInput)
    expect(vi.getTimerCount()).toBe(0)
  })
})
