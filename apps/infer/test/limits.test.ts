import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scalingModel, slowModel, writeModel } from './models.ts'
import { type Answer, metric, post, type Running, servers, until, whileHeld } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-limits-'))
const models = join(folder, 'models')
writeModel(join(models, 'm.onnx'), scalingModel(2))
writeModel(join(models, 'slow.onnx'), slowModel())
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const started = servers()
const serve = (...args: string[]): Promise<Running> => started(models, args)

const scaled = (rows = 1) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 2], data: Array(2 * rows).fill(1) }] })
const slow = (rows: number) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 512], data: Array(512 * rows).fill(1) }] })

/** Sends raw bytes and returns everything received until the connection closes. */
function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.setEncoding('utf8').on('data', (data: string) => {
      answer += data
    })
    socket.on('close', () => resolve(answer)).on('error', reject)
  })
}

describe('sizes', () => {
  let server: Running
  let url: string
  beforeAll(async () => {
    server = await serve('--max-body', '2k', '--max-elements', '100', '--body-timeout', '300')
    url = `${server.url}/v2/models/m/infer`
  }, 60_000)

  test('a body that is too long is rejected before it is read, or as soon as it exceeds the limit', async () => {
    const long = ' '.repeat(4000)
    const { status, json } = await post(url, long)
    expect([status, json.error]).toEqual([
      413,
      'expected a body of at most 2048 bytes, received 4000. Send fewer examples in one request, or raise --max-body.',
    ])
    const head = 'POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
    const chunked = await raw(server.url, `${head}fa0\r\n${long}\r\n0\r\n\r\n`)
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /)
    expect(chunked).toContain('{"error":"expected a body of at most 2048 bytes, received a longer one. Send fewer')
  })

  test('too many elements are rejected by their shape', async () => {
    const shape = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1e9, 2], data: [] }] }
    expect((await post(url, shape)).json.error).toBe('input "x": expected at most 100 numbers, received shape [1000000000, 2].')
    expect((await post(url, scaled(50))).status).toBe(200)
    expect((await post(url, scaled(51))).status).toBe(400)
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('a body in %s gets the answer of the plain one, and what it unpacks to is limited', async (encoding, pack) => {
    const headers = { 'content-encoding': encoding }
    const plain = await post(url, scaled(3))
    expect(plain.status).toBe(200)
    expect((await post(url, pack(JSON.stringify(scaled(3))), headers)).json).toEqual(plain.json)
    const bomb = await post(url, pack(' '.repeat(1e6)), headers)
    expect([bomb.status, bomb.json.error]).toEqual([413, expect.stringContaining('at most 2048 bytes, received a longer one')])
    const whole = pack(JSON.stringify(scaled()))
    for (const broken of [whole.subarray(0, -5), Buffer.from('{"inputs": []}'), Buffer.alloc(0)]) {
      const { status, json } = await post(url, broken, headers)
      expect([status, json.error]).toEqual([400, expect.stringMatching(/in its Content-Encoding|expected JSON/)])
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^equivar_infer_pending_bytes 0$/m)
  })

  test('a body in another encoding is rejected', async () => {
    const { status, json } = await post(url, scaled(), { 'content-encoding': 'br' })
    expect([status, json.error]).toEqual([415, 'expected a body in the encoding gzip, deflate or none, received "br".'])
  })

  test('a request that arrives too slowly is ended', async () => {
    const answer = await raw(server.url, 'POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"inp')
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain(
      '{"error":"expected the whole request within the time limit, received a part of it. The connection is closed."}',
    )
    expect((await post(url, scaled())).status).toBe(200)
  })

  test('malformed HTTP gets an answer, and the connection is closed', async () => {
    expect(await raw(server.url, 'hello\r\n\r\n')).toContain('{"error":"expected an HTTP request, received something else."}')
    expect(await raw(server.url, `GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
    expect((await post(url, scaled())).status).toBe(200)
  })
})

describe('load', () => {
  const counts = (answers: readonly Answer[]): Record<number, number> => {
    const result: Record<number, number> = {}
    for (const { status } of answers) result[status] = (result[status] ?? 0) + 1
    return result
  }
  /** Sends 40 requests; the workers stand still until one of them is refused. */
  const crowd = async (server: Running, send: () => Promise<Answer>): Promise<Answer[]> => {
    const { sent } = await whileHeld(server, async () => {
      let refused = false
      const calls = Array.from({ length: 40 }, async () => {
        const answer = await send()
        refused ||= answer.status === 429
        return answer
      })
      await until(() => refused, 'one is refused')
      return { sent: Promise.all(calls) }
    })
    return sent
  }

  test('requests beyond the queue get 429 with Retry-After, the others are answered, and the server recovers', async () => {
    const server = await serve('--queue', '4', '--max-batch', '1')
    const url = `${server.url}/v2/models/slow/infer`
    const answers = await crowd(server, () => post(url, slow(16)))
    const { 200: done = 0, 429: refused = 0 } = counts(answers)
    expect(done + refused).toBe(40)
    expect(done).toBeGreaterThanOrEqual(5)
    expect(refused).toBeGreaterThan(0)
    for (const { status, headers, json } of answers) {
      if (status !== 429) continue
      expect(headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/)
      expect(json.error).toBe('expected at most 4 waiting requests of "slow", received one more. Send the request again later.')
    }
    expect((await post(url, slow(1))).status).toBe(200)
  })

  test('waiting bodies do not exceed the memory limit', async () => {
    const server = await serve('--max-body', '64k', '--max-pending', '128k', '--max-batch', '1')
    const url = `${server.url}/v2/models/slow/infer`
    const answers = await crowd(server, () => post(url, slow(16)))
    const { 200: done = 0, 429: refused = 0 } = counts(answers)
    expect([done + refused, done > 0, refused > 0]).toEqual([40, true, true])
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^equivar_infer_pending_bytes 0$/m)
  })

  test('a request beyond the time limit gets 503', async () => {
    const server = await serve('--timeout', '1', '--max-batch', '1')
    const { status, headers, json } = await whileHeld(server, () => post(`${server.url}/v2/models/slow/infer`, slow(200)))
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    expect(json.error).toBe('expected an answer from "slow" within 1 ms, received none. Send the request again later.')
    expect((await fetch(`${server.url}/v2/health/ready`)).status).toBe(200)
  })

  test('a request leaves the queue when its caller disconnects', async () => {
    const server = await serve('--max-batch', '1')
    const url = `${server.url}/v2/models/slow/infer`
    const gone = new AbortController()
    const body = JSON.stringify(slow(256))
    await whileHeld(server, async () => {
      const calls = Array.from({ length: 12 }, () => fetch(url, { method: 'POST', body, signal: gone.signal }).catch(() => undefined))
      await until(async () => (await metric(server, 'queue_length{model="slow"}')) > 3, 'some wait')
      gone.abort()
      await Promise.all(calls)
      await until(async () => (await metric(server, 'requests_total{model="slow",code="499"}')) > 3, 'they are given up')
      await until(async () => (await metric(server, 'queue_length{model="slow"}')) === 0, 'none waits')
    })
  })
})

describe('access', () => {
  test('without the token only the health paths answer', async () => {
    const server = await started(models, [], { EQUIVAR_INFER_TOKEN: 'secret-token' })
    const url = `${server.url}/v2/models/m/infer`
    for (const authorization of [undefined, 'Bearer wrong', 'Bearer secret-toke', 'Basic secret-token', 'secret-token']) {
      const { status, headers, json } = await post(url, scaled(), authorization === undefined ? {} : { authorization })
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(json.error).toContain('expected the header "Authorization: Bearer TOKEN"')
    }
    for (const path of ['/v2', '/metrics', '/v2/models/m', '/openapi.json', '/nothing']) {
      expect((await fetch(server.url + path)).status, path).toBe(401)
    }
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(401)
    for (const path of ['/', '/v2/health/live', '/v2/health/ready']) expect((await fetch(server.url + path)).status).toBe(200)
    expect((await post(url, scaled(), { authorization: 'Bearer secret-token' })).status).toBe(200)
    expect(server.errors()).not.toContain('secret-token')
  })

  test('web pages of allowed origins may call, others may not', async () => {
    const page = 'https://page.example'
    const server = await started(models, ['--allow-origin', page, '--allow-origin', 'http://localhost:5173'], {
      EQUIVAR_INFER_TOKEN: 'secret-token',
    })
    const url = `${server.url}/v2/models/m/infer`
    const asked = (origin: string): Promise<Response> =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
      })
    const allowed = await asked(page)
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, page])
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization')
    expect((await asked('https://other.example')).headers.get('access-control-allow-origin')).toBeNull()
    const { status, headers } = await post(url, scaled(), { origin: page, authorization: 'Bearer secret-token' })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, page])
    expect(headers.get('access-control-expose-headers')).toContain('inference-header-content-length')
    // A page can also read the reason of an error.
    expect((await post(url, scaled(), { origin: page })).headers.get('access-control-allow-origin')).toBe(page)
  })

  test('over TLS', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }])
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
    const server = await serve('--tls-cert', certFile, '--tls-key', keyFile)
    expect(server.url).toMatch(/^https:/)
    const status = await new Promise((resolve, reject) => {
      const call = httpsRequest(`${server.url}/v2/models/m/infer`, { method: 'POST', ca: cert, servername: 'localhost' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      call.on('error', reject).end(JSON.stringify(scaled()))
    })
    expect(status).toBe(200)
  })
})
