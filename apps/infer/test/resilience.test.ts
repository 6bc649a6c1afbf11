import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { scalingModel, slowModel, writeModel } from './models.ts'
import { metric, post, type Running, servers, startsWithout, until, whileHeld, workersOf } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-resilience-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const started = servers()
const serve = (models: string, ...args: string[]): Promise<Running> => started(models, args)

/** Runs that one worker accepts at a time. */
const RUNS = 2

const ones = (rows: number, channels: number) => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, channels], data: Array(rows * channels).fill(1) }],
})

test('SIGTERM under load: every accepted request is answered, new ones are rejected, and the exit status is 0', async () => {
  writeModel(join(folder, 'slow.onnx'), slowModel())
  const server = await serve(join(folder, 'slow.onnx'), '--max-batch', '1')
  const url = `${server.url}/v2/models/slow/infer`
  const { taken, later, ended } = await whileHeld(server, async () => {
    const calls = Promise.all(Array.from({ length: 24 }, () => post(url, ones(48, 512))))
    await until(async () => (await metric(server, 'queue_length')) === 24 - RUNS, 'all are accepted')
    const exit = once(server.process, 'exit')
    server.process.kill('SIGTERM')
    await until(() => server.errors().includes('"msg":"draining"'), 'the signal has come')
    const late = post(url, ones(1, 512)).then(
      ({ status, json }) => `${status} ${json.error}`,
      () => 'refused',
    )
    return { taken: calls, later: late, ended: exit }
  })
  expect((await taken).map(({ status }) => status)).toEqual(Array(24).fill(200))
  expect(await later).toMatch(/^(503 The server is stopping|refused)/)
  expect(await ended).toEqual([0, null])
})

test('connections without a request or with half a request do not keep the server alive', async () => {
  const path = join(folder, 'silent', 'm.onnx')
  writeModel(path, scalingModel(1))
  const server = await serve(path, '--body-timeout', '200', '--timeout', '200')
  const { hostname, port } = new URL(server.url)
  const sockets = ['', 'POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\n'].map((text) => {
    const socket = connect(Number(port), hostname, () => socket.write(text))
    return socket
  })
  const closed = sockets.map((socket) => once(socket.on('error', () => {}).resume(), 'close'))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  expect((await post(`${server.url}/v2/models/m/infer`, ones(1, 2))).status).toBe(200)
  expect(await server.stop()).toBe(0)
  await Promise.all(closed)
})

test('under load, a changed model answers as its old or its new version, and an invalid file changes nothing', async () => {
  const path = join(folder, 'changing', 'm.onnx')
  writeModel(path, scalingModel(1))
  const server = await serve(join(folder, 'changing'), '--reload', '20')
  const url = `${server.url}/v2/models/m/infer`
  let done = false
  const seen = new Set<number>()
  const caller = async (): Promise<void> => {
    for (let last = 1; !done; ) {
      const { status, json } = await post(url, ones(1, 2))
      expect([status, json.error]).toEqual([200, undefined])
      const [a = 0, b] = json.outputs?.[0]?.data ?? []
      expect([b, a >= last, Number.isInteger(a)]).toEqual([a, true, true])
      last = a
      seen.add(a)
    }
  }
  const callers = Array.from({ length: 4 }, caller)
  for (let factor = 2; factor <= 4; factor++) {
    writeFileSync(path, scalingModel(factor).subarray(0, 60 + factor))
    await until(() => server.errors().split('model cannot be loaded').length >= factor, 'the half-written file was refused')
    writeFileSync(`${path}.new`, scalingModel(factor))
    renameSync(`${path}.new`, path)
    await until(() => seen.has(factor), `factor ${factor} is served`)
  }
  done = true
  await Promise.all(callers)
  expect([...seen].sort()).toEqual([1, 2, 3, 4])
  await until(() => server.errors().split('it is unloaded after its last request').length === 4, 'all that were replaced are gone')
}, 60_000)

test('a worker killed under load: its requests get 503, the others are answered, and it is replaced', async () => {
  writeModel(join(folder, 'killed', 'slow.onnx'), slowModel())
  const server = await serve(join(folder, 'killed'), '--workers', '2', '--max-batch', '1')
  const url = `${server.url}/v2/models/slow/infer`
  const { answers } = await whileHeld(server, async ([first]) => {
    const calls = Promise.all(Array.from({ length: 24 }, () => post(url, ones(48, 512))))
    await until(async () => (await metric(server, 'queue_length')) === 24 - 2 * RUNS, 'both work')
    process.kill(first as number, 'SIGKILL')
    await until(async () => (await metric(server, 'workers_lost_total')) === 1, 'its end is noticed')
    return { answers: calls }
  })
  const statuses = await answers
  const lost = statuses.filter(({ status }) => status === 503)
  expect(lost).toHaveLength(RUNS)
  expect(statuses.filter(({ status }) => status === 200)).toHaveLength(24 - RUNS)
  for (const { json, headers } of lost) {
    expect(json.error).toBe('The worker that ran this request stopped (signal SIGKILL) and is being replaced. Send the request again.')
    expect(headers.get('retry-after')).toBe('1')
  }
  await until(async () => (await metric(server, 'workers_ready')) === 2, 'there are two again')
  expect(await metric(server, 'workers_lost_total')).toBe(1)
  expect((await post(url, ones(1, 512))).status).toBe(200)
})

test('the only worker killed: requests wait for its replacement, and the server reports that it is not ready', async () => {
  writeModel(join(folder, 'only', 'm.onnx'), scalingModel(2))
  const gate = join(folder, 'no worker starts')
  const server = await started(join(folder, 'only'), [], startsWithout(gate))
  const [worker] = await workersOf(server)
  writeFileSync(gate, '')
  process.kill(worker as number, 'SIGKILL')
  await until(async () => (await fetch(`${server.url}/v2/health/ready`)).status === 503, 'it is not ready')
  expect((await fetch(`${server.url}/v2/health/live`)).status).toBe(200)
  rmSync(gate)
  await until(async () => (await fetch(`${server.url}/v2/health/ready`)).status === 200, 'it is ready again')
  expect((await post(`${server.url}/v2/models/m/infer`, ones(1, 2))).status).toBe(200)
})

test('a model replaced while the body of a request arrives: the new version answers it', async () => {
  const path = join(folder, 'replaced', 'm.onnx')
  writeModel(path, scalingModel(1))
  const server = await serve(join(folder, 'replaced'), '--reload', '20')
  const body = JSON.stringify(ones(1, 2))
  const { hostname, port } = new URL(server.url)
  let answer = ''
  const socket = connect(Number(port), hostname)
  socket.setEncoding('utf8').on('data', (data: string) => {
    answer += data
  })
  socket.write(
    `POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  )
  await until(async () => (await metric(server, 'pending_bytes')) > 0, 'the request has begun')
  writeModel(`${path}.new`, scalingModel(5))
  renameSync(`${path}.new`, path)
  await until(() => server.errors().includes('it is unloaded after its last request'), 'the model is replaced')
  socket.write(body.slice(10))
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).toContain('"data":[5,5]')
})
