import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constantRate, Linear, meanSquaredError, sgd } from '@equivar/nn'
import type { TensorValue } from '@equivar/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CheckpointError, fit, lastState, type RunState, trainStep } from '../src/index.ts'
import { loadCheckpoint, loadRun, saveRun } from '../src/node.ts'
import { examples, inputs, reference, start, toy } from './toy.ts'

const { step } = toy()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'equivar-run-'))
})
afterAll(() => rm(folder, { recursive: true }))

const losses = [3, 2, 2.5, 2, 1, 4, 4, 4]
/** A run whose validation losses are given, stopped after so many steps in all, if at all. */
async function run(from: RunState, patience: number, stopAfter = Number.POSITIVE_INFINITY): Promise<RunState> {
  let state = from
  const stop = new AbortController()
  const validate = async (values: Readonly<Record<string, TensorValue>>) => ({ loss: losses[Number(values.step?.data[0]) / 3 - 1] ?? 5 })
  const options = {
    step,
    backend: reference,
    train: examples,
    batchSize: 5,
    schedule: constantRate(0.1),
    seed: 3,
    epochs: 8,
    keepBest: true,
  }
  for await (const event of fit({ ...options, validate, patience, state: from, signal: stop.signal })) {
    if (event.type !== 'step') state = event.state
    else if (event.done === stopAfter) stop.abort()
  }
  return state
}

describe('a run as one file', () => {
  test('saved and loaded after any step, it ends as if it had never stopped: parameters, optimizer, early stopping, best values', async () => {
    const whole = await run(start(), 3)
    expect(whole.best?.epoch).toBe(5)
    for (const stopAfter of [1, 3, 4, 15, 23]) {
      const path = join(folder, 'run.safetensors')
      await saveRun(path, await run(start(), 3, stopAfter))
      expect(await run(await loadRun(path, step), 3)).toEqual(whole)
    }
  })

  test('behind an early stop, with more patience, it ends as if it had never stopped', async () => {
    const path = join(folder, 'early.safetensors')
    const early = await run(start(), 2)
    expect([early.step, early.waiting, early.best?.epoch]).toEqual([12, { best: 2, epochs: 2 }, 2])
    await saveRun(path, early)
    expect(await run(await loadRun(path, step), 2)).toEqual(early)
    expect(await run(await loadRun(path, step), 3)).toEqual(await run(start(), 3))
  })

  test('keeps further texts, and is refused for another model', async () => {
    const path = join(folder, 'text.safetensors')
    await saveRun(path, start(), { of: 'planes' })
    expect((await loadCheckpoint(path)).metadata.of).toBe('planes')
    const wide = new Linear({ inChannels: 2, outChannels: 2 })
    const objective = () => ({ loss: meanSquaredError(wide.forward(inputs.x), wide.forward(inputs.x)) })
    await expect(loadRun(path, trainStep(wide, { inputs, objective, optimizer: sgd() }))).rejects.toThrow(CheckpointError)
  })
})

test('the last state, and every event on the way', async () => {
  const common = { step, backend: reference, train: examples, batchSize: 5, schedule: constantRate(0.1), seed: 3, state: start() }
  const seen: string[] = []
  const last = await lastState(fit({ ...common, epochs: 2 }), async (event) => {
    seen.push(event.type)
  })
  expect(seen).toEqual(['step', 'step', 'step', 'epoch', 'step', 'step', 'step', 'epoch'])
  expect(last.step).toBe(6)
  expect(await lastState(fit({ ...common, epochs: 0 }))).toBe(common.state)
  expect(await lastState(fit({ ...common, epochs: 2, state: last }))).toBe(last)
  const stop = new AbortController()
  const stopped = await lastState(fit({ ...common, epochs: 2, signal: stop.signal }), () => stop.abort())
  expect(stopped.step).toBe(1)
})
