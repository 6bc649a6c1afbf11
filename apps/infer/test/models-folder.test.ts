import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { demandModels, Registry } from '../src/models/registry.ts'
import { findModels } from '../src/models/repository.ts'
import type { ServedModel } from '../src/models/served-model.ts'
import { scalingModel, writeModel } from './models.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-models-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const namesIn = async (path: string): Promise<string[]> => (await findModels(path)).map(({ name, version }) => `${name}/${version}`)

describe('where models are found', () => {
  const put = (...paths: string[]): void => {
    for (const path of paths) writeModel(join(folder, path), scalingModel(1))
  }

  test('in a folder of files, of versions in the layout of Triton, and of run directories', async () => {
    put('mixed/flat.onnx', 'mixed/triton/1/model.onnx', 'mixed/triton/12/model.onnx', 'mixed/run/model.onnx', 'mixed/run/train-step.onnx')
    put('mixed/-bad.onnx', 'mixed/with space/1/model.onnx', 'mixed/triton/x/model.onnx', 'mixed/triton/0/model.onnx')
    writeFileSync(join(folder, 'mixed/notes.txt'), '')
    expect(await namesIn(join(folder, 'mixed'))).toEqual(['flat/1', 'run/1', 'triton/1', 'triton/12'])
  })

  test('in a run directory, in the folder of one model with versions, and as a file', async () => {
    put('one/model.onnx', 'one/train-step.onnx', 'versions/2/model.onnx', 'named.onnx')
    expect(await namesIn(join(folder, 'one'))).toEqual(['one/1'])
    expect(await namesIn(join(folder, 'versions'))).toEqual(['versions/2'])
    expect(await namesIn(join(folder, 'one/model.onnx'))).toEqual(['one/1'])
    expect(await namesIn(join(folder, 'versions/2/model.onnx'))).toEqual(['versions/2'])
    expect(await namesIn(join(folder, 'named.onnx'))).toEqual(['named/1'])
  })

  test('an empty or missing path is an error', async () => {
    await expect(findModels(join(folder, 'nowhere'))).rejects.toThrow('expected an ONNX file or a folder of models, found none')
  })
})

function watched(path: string, refuse = false) {
  const events: string[] = []
  const busy = new Set<ServedModel>()
  const registry = new Registry({
    path,
    load: async (key) => {
      if (refuse) throw new Error('no such device')
      events.push(`load ${key}`)
    },
    unload: (key) => events.push(`unload ${key}`),
    isIdle: (model) => !busy.has(model),
    onLoad: (model) => events.push(`loaded ${model}`),
    onRefuse: (model, reason) => events.push(`refused ${model}: ${reason}`),
    onRetire: (model) => events.push(`retired ${model}`),
  })
  return { registry, events, busy }
}

describe('the served models', () => {
  test('a new version is loaded before the old one is unloaded, which happens after its last request', async () => {
    const path = join(folder, 'changing')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry, events, busy } = watched(path)
    await registry.scan({ settled: false })
    const before = registry.find('m', undefined)
    busy.add(before)
    writeModel(join(path, 'm.onnx'), scalingModel(22))
    await registry.scan({ settled: false })
    await registry.scan({ settled: false })
    const after = registry.find('m', undefined)
    expect(after).not.toBe(before)
    expect(events).toEqual(['load 0', 'loaded m/1', 'load 1', 'loaded m/1', 'retired m/1'])
    busy.delete(before)
    registry.idle(before)
    registry.idle(before)
    registry.idle(after)
    expect(events.slice(5)).toEqual(['unload 0'])
  })

  test('a file that was written just now is left for the next scan', async () => {
    const path = join(folder, 'young')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry } = watched(path)
    await registry.scan({ settled: true })
    expect(registry.models).toEqual([])
    while (registry.models.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await registry.scan({ settled: true })
    }
  })

  test('an invalid file changes nothing, and is tried again when it changes', async () => {
    const path = join(folder, 'broken')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry, events } = watched(path)
    await registry.scan({ settled: false })
    const before = registry.find('m', '1')
    writeModel(join(path, 'm.onnx'), scalingModel(2).subarray(0, 50))
    await registry.scan({ settled: false })
    await registry.scan({ settled: false })
    expect(registry.find('m', '1')).toBe(before)
    expect(events.filter((event) => event.startsWith('refused'))).toEqual([expect.stringContaining('expected a complete ONNX model')])
    expect(registry.index).toEqual([
      { name: 'm', version: '1', state: 'READY', reason: expect.stringContaining('expected a complete ONNX model') },
    ])
    writeModel(join(path, 'm.onnx'), scalingModel(3))
    await registry.scan({ settled: false })
    expect(registry.find('m', '1')).not.toBe(before)
  })

  test('a removed model is no longer found; the default is the highest version', async () => {
    const path = join(folder, 'removed')
    for (const version of ['2', '10']) writeModel(join(path, 'm', version, 'model.onnx'), scalingModel(1))
    const { registry, events } = watched(path)
    await registry.scan({ settled: false })
    expect(registry.versionsOf('m')).toEqual(['2', '10'])
    expect(registry.find('m', undefined).version).toBe('10')
    rmSync(join(path, 'm/10'), { recursive: true })
    await registry.scan({ settled: false })
    expect(registry.find('m', undefined).version).toBe('2')
    expect(events.at(-1)).toMatch(/^unload/)
    expect(() => registry.find('m', '10')).toThrow('expected a version of "m" among 2, received "10".')
    expect(() => registry.find('../m', undefined)).toThrow('expected a model among m, received "../m".')
    expect(() => registry.find('m', '../2')).toThrow(expect.objectContaining({ statusCode: 404 }))
  })

  test('the error names the reason if there is no model or none can be loaded', async () => {
    const empty = join(folder, 'empty')
    writeModel(join(empty, 'notes.txt'), new Uint8Array(1))
    const { registry } = watched(empty)
    await registry.scan({ settled: false })
    expect(() => demandModels(registry, empty)).toThrow('expected NAME.onnx, NAME/VERSION/model.onnx or a run directory, found no model')
    const path = join(folder, 'refused')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const refused = watched(path, true).registry
    await refused.scan({ settled: false })
    expect(() => demandModels(refused, path)).toThrow('m/1: no such device')
    expect(refused.index).toEqual([{ name: 'm', version: '1', state: 'UNAVAILABLE', reason: 'no such device' }])
  })

  test('an unloaded model stays unloaded until it is loaded; running requests finish first', async () => {
    const path = join(folder, 'unloading')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry, events, busy } = watched(path)
    await registry.scan({ settled: false })
    const model = registry.find('m', undefined)
    busy.add(model)
    registry.unload('m')
    expect(() => registry.find('m', undefined)).toThrow('(none is loaded)')
    expect(registry.index).toEqual([{ name: 'm', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' }])
    writeModel(join(path, 'm.onnx'), scalingModel(22))
    await registry.scan({ settled: false, retry: true })
    expect(registry.models).toEqual([])
    registry.idle(model)
    await registry.load('m')
    expect(registry.find('m', '1')).not.toBe(model)
    expect(events.slice(2)).toEqual(['retired m/1', 'unload 0', 'load 1', 'loaded m/1'])
    await expect(registry.load('n')).rejects.toThrow('expected a model among m, received "n".')
    expect(() => registry.unload('n')).toThrow(expect.objectContaining({ statusCode: 404 }))
  })

  test('a model that is unloaded while a scan loads it is not served', async () => {
    const path = join(folder, 'crossing')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry, events } = watched(path)
    await registry.scan({ settled: false })
    writeModel(join(path, 'm.onnx'), scalingModel(22))
    const scanned = registry.scan({ settled: false })
    const loading = registry.load('m')
    registry.unload('m')
    await Promise.all([scanned, loading.catch(() => undefined)])
    expect(registry.models).toEqual([])
    expect(events.filter((event) => event.startsWith('unload ')).length).toBe(events.filter((event) => event.startsWith('load ')).length)
  })

  test('loading a model that cannot be loaded says why', async () => {
    const path = join(folder, 'unloadable')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry } = watched(path, true)
    await expect(registry.load('m')).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('m/1: no such device') })
  })

  test('models that could not be loaded are retried on request', async () => {
    const path = join(folder, 'again')
    writeModel(join(path, 'm.onnx'), scalingModel(1))
    const { registry, events } = watched(path, true)
    for (const retry of [false, false, true]) await registry.scan({ settled: false, retry })
    expect(events).toEqual(['refused m/1: no such device', 'refused m/1: no such device'])
  })
})
