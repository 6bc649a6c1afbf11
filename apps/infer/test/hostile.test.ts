import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scalingModel, slowModel, writeModel } from './models.ts'
import { metric, post, type Running, servers, startsWithout, until, whileHeld, workersOf } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-hostile-'))
const models = join(folder, 'models')
writeModel(join(models, 'm.onnx'), scalingModel(2))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const started = servers()
const sockets: Socket[] = []
afterAll(() => {
  for (const socket of sockets) socket.destroy()
})

const valid = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] }

/** A connection that sends a text and keeps what it receives. */
async function open({ url }: Running, text = ''): Promise<{ socket: Socket; received: () => string; closed: () => boolean }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  sockets.push(socket)
  let answer = ''
  let closed = false
  socket
    .setEncoding('latin1')
    .on('data', (data: string) => {
      answer += data
    })
    .on('error', () => {})
    .once('close', () => {
      closed = true
    })
  await once(socket, 'connect')
  if (text !== '') socket.write(text)
  return { socket, received: () => answer, closed: () => closed }
}

const head = (length: number): string => `POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`

describe('a server of small limits', () => {
  let server: Running
  let url: string
  beforeAll(async () => {
    server = await started(models, ['--max-body', '4M', '--max-pending', '8M', '--max-connections', '24', '--body-timeout', '60000'])
    url = `${server.url}/v2/models/m/infer`
  }, 60_000)

  test.each([
    ['a million open lists', '['.repeat(1_000_000)],
    ['a million open objects', '{"a":'.repeat(500_000)],
    ['a nested id', `{"id":${'['.repeat(20_000)}${']'.repeat(20_000)},"inputs":[]}`],
    ['a nested name', `{"inputs":[{"name":${'['.repeat(9000)}${']'.repeat(9000)}}]}`],
    ['a nested shape', `{"inputs":[{"name":"x","datatype":"FP32","shape":${'['.repeat(9000)}${']'.repeat(9000)},"data":[1]}]}`],
    ['nested data', `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":${'['.repeat(9000)}${']'.repeat(9000)}}]}`],
    ['objects in data', `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[${'{"a":'.repeat(9000)}1${'}'.repeat(9000)},1]}]}`],
    ['nested parameters', `{"inputs":[],"parameters":${'[{"a":'.repeat(5000)}1${'}]'.repeat(5000)}}`],
    ['nested outputs', `{"inputs":[],"outputs":${'['.repeat(9000)}${']'.repeat(9000)}}`],
    ['many keys', `{${Array.from({ length: 300_000 }, (_, i) => `"${i}":1`).join()}}`],
    ['white space', ' '.repeat(4_000_000)],
    ['no text', Buffer.alloc(4_000_000, 255)],
    ['a string without an end', `"${'a'.repeat(3_000_000)}`],
    ['a huge number', `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1${'0'.repeat(3_000_000)},1]}]}`],
  ])('%s: 400 with a reason', async (_, body) => {
    const { status, json } = await post(url, body)
    expect([status, typeof json.error]).toEqual([400, 'string'])
    expect((json.error as string).length).toBeLessThan(400)
    expect(json.error).not.toMatch(/undefined|\[object|Cannot read|call stack|Invalid array length/)
  })

  test('a long valid request is answered as a short one', async () => {
    const rows = 100_000
    const data = Array.from({ length: 2 * rows }, (_, i) => Math.fround(i / 7))
    const nested = Array.from({ length: rows }, (_, i) => data.slice(2 * i, 2 * i + 2))
    for (const given of [data, nested]) {
      const { status, json } = await post(url, { id: 'a', inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 2], data: given }] })
      expect([status, json.id]).toEqual([200, 'a'])
      expect(Float32Array.from(json.outputs?.[0]?.data ?? [])).toEqual(Float32Array.from(data, (value) => 2 * value))
    }
  })

  test('long bodies on paths that take none are not read', async () => {
    for (const path of ['/v2/repository/index', '/nothing', '/v2/models/none/infer']) {
      const { status, json } = await post(`${server.url}${path}`, '['.repeat(3_000_000)).catch(() => ({ status: 0, json: {} }))
      expect([0, 400, 404], `${path} ${JSON.stringify(json)}`).toContain(status)
    }
    expect((await post(`${server.url}/v2/repository/index`, '{"ready":true}')).status).toBe(200)
  })

  test('stalled uploads keep nobody out, whatever length they announce', async () => {
    const stalled = await Promise.all(Array.from({ length: 12 }, () => open(server, `${head(4_000_000)}{"inputs":`)))
    await until(async () => (await metric(server, 'pending_bytes')) === 12 * 10, 'their bytes are counted')
    expect((await post(url, valid)).status).toBe(200)
    for (const { socket } of stalled) socket.destroy()
    await until(async () => (await metric(server, 'pending_bytes')) === 0, 'they are gone')
  })

  test('stalled uploads that fill the memory give way to others', async () => {
    const part = 'x'.repeat(2_000_000)
    const stalled = await Promise.all(Array.from({ length: 4 }, () => open(server, head(4_000_000) + part)))
    await until(async () => (await metric(server, 'pending_bytes')) === 8_000_000, 'the memory is almost full')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const big = JSON.stringify({ inputs: [{ ...valid.inputs[0], shape: [250_000, 2], data: Array(500_000).fill(1) }] })
    expect((await post(url, big)).status).toBe(200)
    const refused = stalled.filter(({ received }) => received().startsWith('HTTP/1.1 408'))
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.received()).toContain('it stalled while other requests needed the memory')
    for (const { socket } of stalled) socket.destroy()
    await until(async () => (await metric(server, 'pending_bytes')) === 0, 'they are gone')
  })

  test('a body in parts of one byte is read', async () => {
    const body = JSON.stringify(valid)
    const parts = Array.from(body, (byte) => `1\r\n${byte}\r\n`).join('')
    const { received } = await open(
      server,
      `POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${parts}0\r\n\r\n`,
    )
    await until(() => received().includes('"data":[2,4]'), 'it is answered')
  })

  test('of too many connections, those that are idle longest are closed', async () => {
    const silent: Awaited<ReturnType<typeof open>>[] = []
    for (let i = 0; i < 30; i++) silent.push(await open(server, i % 2 === 0 ? '' : 'GET /v2 HTTP/1.1\r\nHost: local'))
    // On a connection of its own: those that fetch keeps were idle longest, and are being closed.
    const [response] = await once(request(url, { method: 'POST', agent: false }).end(JSON.stringify(valid)), 'response')
    expect(response.resume().statusCode).toBe(200)
    await until(() => silent[5]?.closed() === true, 'the first ones are closed')
    expect(silent[29]?.closed()).toBe(false)
    expect(await metric(server, 'connections')).toBeLessThanOrEqual(24)
    for (const { socket } of silent) socket.destroy()
  })

  test.each(['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'localhost@evil'])(
    'a web page that points its name %s to this machine is refused',
    async (host) => {
      const answer = async (name: string): Promise<[number | undefined, string]> => {
        const call = request(`${server.url}/v2/models/m/infer`, { method: 'POST', headers: { host: name } }).end(JSON.stringify(valid))
        const [response] = await once(call, 'response')
        let text = ''
        for await (const chunk of response) text += chunk
        return [response.statusCode, text]
      }
      const [status, text] = await answer(host)
      expect([status, text.includes('--allow-host')]).toEqual([403, true])
      for (const name of ['localhost', 'LOCALHOST:1', '127.0.0.1:9', '127.1.2.3', '[::1]:80']) expect((await answer(name))[0]).toBe(200)
    },
  )
})

test('further names can be allowed, and with a token any name is', async () => {
  const status = async ({ url }: Running, headers: Record<string, string>): Promise<number | undefined> => {
    const [response] = await once(request(`${url}/v2`, { headers }).end(), 'response')
    return response.resume().statusCode
  }
  const named = await started(models, ['--allow-host', 'Models.example'])
  expect(await status(named, { host: 'models.example:80' })).toBe(200)
  expect(await status(named, { host: 'other.example' })).toBe(403)
  const secret = await started(models, [], { EQUIVAR_INFER_TOKEN: 'secret' })
  expect(await status(secret, { host: 'other.example', authorization: 'Bearer secret' })).toBe(200)
})

test('where few files may be open, connections leave enough of them for models and workers', async () => {
  const path = join(folder, 'few', 'm.onnx')
  writeModel(path, scalingModel(2))
  const command = fileURLToPath(new URL('../bin/equivar-infer.js', import.meta.url))
  const args = ['serve', join(folder, 'few'), '--port', '0', '--json', '--workers', '1', '--reload', '50']
  const gate = join(folder, 'no worker starts')
  const child = spawn('sh', ['-c', 'ulimit -n 128; exec "$0" "$@"', process.execPath, command, ...args], {
    env: { ...process.env, ...startsWithout(gate) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { url } = JSON.parse(line.toString()) as { url: string }
  const server: Running = { url, process: child, errors: () => errors, stop: async () => 0 }
  for (let i = 0; i < 200; i++) await open(server)
  writeModel(`${path}.new`, scalingModel(3))
  renameSync(`${path}.new`, path)
  await until(() => errors.includes('it is unloaded after its last request'), 'the new model is loaded')
  const [worker] = await workersOf(server)
  writeFileSync(gate, '')
  process.kill(worker as number, 'SIGKILL')
  await until(async () => (await fetch(`${url}/v2/health/ready`)).status === 503, 'the worker is gone')
  rmSync(gate)
  await until(async () => (await fetch(`${url}/v2/health/ready`)).status === 200, 'there is another')
  expect((await post(`${url}/v2/models/m/infer`, valid)).json.outputs?.[0]?.data).toEqual([3, 6])
  expect(errors).not.toContain('EMFILE')
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)
})

describe('certificates', () => {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const write = async (): Promise<{ cert: string; key: string }> => {
    const made = await generate([{ name: 'commonName', value: 'localhost' }])
    writeFileSync(cert, made.cert)
    writeFileSync(key, made.private)
    return { cert: made.cert, key: made.private }
  }
  /** The fingerprint of the certificate that the server shows. */
  const shown = async ({ url }: Running): Promise<string> => {
    const socket = connectTls({ port: Number(new URL(url).port), host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint
  }

  test('SIGHUP with unusable ones changes nothing, and with usable ones replaces them', async () => {
    const first = await write()
    const server = await started(models, ['--tls-cert', cert, '--tls-key', key, '--max-connections', '16'])
    const before = await shown(server)
    const other = await generate([{ name: 'commonName', value: 'localhost' }])
    const spoilers = [
      () => writeFileSync(cert, 'no certificate'),
      () => writeFileSync(cert, first.cert.slice(0, 300)),
      () => writeFileSync(cert, ''),
      () => writeFileSync(key, other.private),
      () => rmSync(key),
      () => rmSync(cert),
    ]
    for (const [i, spoil] of spoilers.entries()) {
      spoil()
      server.process.kill('SIGHUP')
      await until(() => server.errors().split('the certificate cannot be used').length === i + 2, `spoiler ${i} is noticed`)
      expect(await shown(server)).toBe(before)
      writeFileSync(cert, first.cert)
      writeFileSync(key, first.key)
    }
    await write()
    server.process.kill('SIGHUP')
    await until(async () => (await shown(server)) !== before, 'the new one is shown')
    // Connections that do not even begin with TLS count, too.
    for (let i = 0; i < 40; i++) await open(server)
    expect(await shown(server)).not.toBe(before)
    expect(server.process.exitCode).toBeNull()
    expect(await server.stop()).toBe(0)
  })

  test('at the start they are invalid arguments', async () => {
    await write()
    writeFileSync(key, 'no key')
    await expect(started(models, ['--tls-cert', cert, '--tls-key', key])).rejects.toThrow(
      'expected the private key in PEM format, received a file without one',
    )
    writeFileSync(key, ['BEGIN', 'abc', 'END'].map((word) => (word === 'abc' ? word : `-----${word} PRIVATE KEY-----`)).join('\n'))
    await expect(started(models, ['--tls-cert', cert, '--tls-key', key])).rejects.toThrow('files that cannot be used together')
  })
})

describe('errors that nothing handles', () => {
  /** Runs code in the server's main thread before its own. */
  const planted = (code: string): Record<string, string> => {
    const file = join(folder, `plant-${code.length}.mjs`)
    writeFileSync(file, `import { isMainThread } from 'node:worker_threads'\nif (isMainThread && process.send === undefined) { ${code} }`)
    return { NODE_OPTIONS: `--import=${file}` }
  }
  /** Runs code in the server's main thread at the signal SIGUSR2. */
  const plantedForSignal = (code: string): Record<string, string> => planted(`process.once('SIGUSR2', () => { ${code} })`)

  test('a rejection is logged, and the server continues', async () => {
    const server = await started(models, [], plantedForSignal("void Promise.reject(new Error('planted'))"))
    server.process.kill('SIGUSR2')
    await until(() => server.errors().includes('nothing handled its error'), 'it is logged')
    expect(server.errors()).toContain('planted')
    expect((await post(`${server.url}/v2/models/m/infer`, valid)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })

  test('after an exception the server drains and ends with status 1', async () => {
    const server = await started(models, [], plantedForSignal("throw new Error('planted')"))
    const exit = once(server.process, 'exit')
    server.process.kill('SIGUSR2')
    const [status] = await exit
    expect(status).toBe(1)
    expect(server.errors()).toContain('an unexpected exception; the server drains and ends')
    expect(server.errors()).toContain('"msg":"drained"')
  })

  test('SIGHUP before the server listens does not end it', async () => {
    const early =
      "const timer = setInterval(() => { if (process.listenerCount('SIGHUP') === 0) return; clearInterval(timer); process.kill(process.pid, 'SIGHUP') })"
    const server = await started(models, [], planted(early))
    server.process.kill('SIGHUP')
    expect((await post(`${server.url}/v2/models/m/infer`, valid)).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })
})

test('answers 503 are logged in a line without a stack', async () => {
  writeModel(join(folder, 'slow', 'slow.onnx'), slowModel())
  const server = await started(join(folder, 'slow'), ['--timeout', '1', '--max-batch', '1'])
  const rows = { inputs: [{ name: 'x', datatype: 'FP32', shape: [200, 512], data: Array(200 * 512).fill(1) }] }
  expect((await whileHeld(server, () => post(`${server.url}/v2/models/slow/infer`, rows))).status).toBe(503)
  await until(() => server.errors().includes('"status":503'), 'it is logged')
  expect(server.errors()).not.toContain('"stack"')
})
