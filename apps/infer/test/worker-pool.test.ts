import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { RunFailed, WorkerLost } from '../src/errors.ts'
import { WorkerPool, type WorkerPoolOptions } from '../src/workers/worker-pool.ts'
import { until } from './running.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-pool-'))
const script = join(folder, 'worker.mjs')
const pools: WorkerPool[] = []

/** A worker without ONNX Runtime. The model's first byte decides whether it loads, its number how its runs end. */
beforeAll(() => {
  writeFileSync(
    script,
    `process.on('message', ({ kind, model, bytes, id }) => {
      if (kind === 'load' && bytes[0] === 2) process.exit(4)
      if (kind === 'load') process.send(bytes[0] === 1 ? { kind: 'refused', model, message: 'no such device' } : { kind: 'loaded', model })
      if (kind === 'run' && model === 1) process.exit(3)
      if (kind === 'run' && model === 2) process.send({ kind: 'failed', id, message: 'bad shape', seconds: 0 })
      if (kind === 'run' && model === 3) process.send({ kind: 'result', id, outputs: { y: { dtype: 'int32', shape: [1], data: Int32Array.of(process.pid) } }, seconds: 0 })
    })`,
  )
  return () => rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close()
})

function make(options: Partial<WorkerPoolOptions> = {}) {
  const lost: string[] = []
  const pool = new WorkerPool({
    workers: 2,
    device: 'cpu',
    threads: 1,
    stuckAfter: 60_000,
    script,
    onCapacity: () => {},
    onReady: () => {},
    onLost: (_, reason) => lost.push(reason),
    ...options,
  })
  pools.push(pool)
  return { pool, lost }
}

const good = new Uint8Array(1)
const load = async (pool: WorkerPool, ...models: number[]): Promise<void> => {
  for (const model of models) await pool.load(model, good, { inTurn: model % 2 === 0 })
}

test('runs go to the least busy worker', async () => {
  const { pool } = make()
  await pool.start()
  await load(pool, 0, 3)
  expect([pool.ready, pool.idleSlots, pool.free]).toEqual([2, 4, true])
  const results = await Promise.all([pool.run(3, {}, ['y']), pool.run(3, {}, ['y'])])
  expect(new Set(results.map(({ outputs }) => outputs.y?.data[0])).size).toBe(2)
  // Model 0 never answers; each worker accepts two runs.
  const pending = Array.from({ length: 4 }, () => pool.run(0, {}, []).catch((error: Error) => error))
  expect([pool.idleSlots, pool.free]).toEqual([0, false])
  pool.close()
  for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(WorkerLost)
})

test('a worker that ends is replaced, and the new one loads all models', async () => {
  const { pool, lost } = make({ workers: 1 })
  await pool.start()
  await load(pool, 1, 3)
  await expect(pool.run(1, {}, [])).rejects.toThrow('The worker that ran this request stopped (exit status 3)')
  await until(() => pool.ready === 1, 'there is another')
  expect(lost).toEqual(['exit status 3'])
  expect((await pool.run(3, {}, [])).outputs.y?.dtype).toBe('int32')
})

test('a worker that does not answer is replaced', async () => {
  const { pool, lost } = make({ workers: 1, stuckAfter: 50 })
  await pool.start()
  await load(pool, 0)
  await expect(pool.run(0, {}, [])).rejects.toThrow(WorkerLost)
  await until(() => pool.ready === 1, 'there is another')
  expect(lost).toEqual(['signal SIGKILL'])
})

test('a failed run reports its error, and the worker continues', async () => {
  const { pool } = make({ workers: 1 })
  await pool.start()
  await load(pool, 2, 3)
  await expect(pool.run(2, {}, [])).rejects.toThrow(new RunFailed('bad shape'))
  expect((await pool.run(3, {}, [])).outputs.y?.shape).toEqual([1])
})

test.each([true, false])('a model that a worker cannot load is kept by no worker (in turn: %s)', async (inTurn) => {
  const { pool } = make()
  await pool.start()
  await expect(pool.load(7, Uint8Array.of(1), { inTurn })).rejects.toThrow('no such device')
  await load(pool, 3)
  expect([pool.ready, (await pool.run(3, {}, [])).outputs.y?.dtype]).toEqual([2, 'int32'])
})

test('a model that ends a worker while it loads is rejected, and the workers are replaced', async () => {
  const { pool, lost } = make()
  await pool.start()
  await expect(pool.load(7, Uint8Array.of(2), { inTurn: true })).rejects.toThrow(
    'A worker stopped while it loaded the model (exit status 4).',
  )
  await until(() => pool.ready === 2, 'there are two again')
  expect(lost).toEqual(['exit status 4'])
})
