import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { initialize, parametersOf } from '@equivar/nn'
import { evaluate, program, Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { symmetryError, type Values } from '@equivar/verify'
import { PNG } from 'pngjs'
import { afterAll, describe, expect, test } from 'vitest'
import { choice, classes, type Goal, numbers } from '../src/goals.ts'
import type { Facts, Features, Settings } from '../src/model.ts'
import { buildModel } from '../src/registry.ts'
import { quarterTurn, type TaskSymmetry } from '../src/symmetry.ts'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-own-images-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const features = (channels: number): Features => ({
  offset: Array.from({ length: channels }, (_, i) => 0.3 + i),
  scale: Array.from({ length: channels }, (_, i) => 2 + i),
})
const normal = (shape: readonly number[]): TensorValue => {
  const random = new Random({ seed: 9 })
  return tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
  )
}

/** The output of a model with its initial weights, in float64. */
function outputOf(
  name: string,
  settings: Settings,
  facts: Facts,
  goal: Goal,
): { run(x: Values): TensorValue; symmetries: readonly TaskSymmetry[] } {
  const model = buildModel(name, settings, facts, goal)
  const graph = program({ inputs: { ...model.inputs, ...Object.fromEntries(parametersOf(model.module)) }, outputs: { y: model.output() } })
  const weights = initialize(model.module, 1)
  return { run: (x) => evaluate(graph, { ...weights, ...x }).y as TensorValue, symmetries: model.symmetries }
}

/** How much the output changes under a symmetry. */
const change = ({ run }: ReturnType<typeof outputOf>, symmetry: TaskSymmetry, batch: Values): Promise<number> =>
  symmetryError(async (inputs) => ({ y: run(inputs) }), symmetry.elements(batch, new Random({ seed: 5 })), batch)

describe('laws', () => {
  test.each([
    [1, 4],
    [3, 5],
    [2, 9],
    [1, 12],
    [3, 14],
    [1, 28],
  ])('p4cnn-any-size: quarter turns, %i channels, side %i', async (channels, side) => {
    const facts = { channels, outputs: 2, features: features(channels), size: [side, side] } as const
    const batch = { x: normal([2, channels, side, side]) }
    const model = outputOf('p4cnn-any-size', { width: 2 }, facts, classes)
    expect(model.symmetries).toEqual([quarterTurn])
    expect(await change(model, quarterTurn, batch)).toBeLessThan(1e-10)
    expect(await change(outputOf('cnn-any-size', { width: 2 }, facts, classes), quarterTurn, batch)).toBeGreaterThan(1e-3)
  })

  test.each([
    ['dss-any-size', classes, [2, 2]],
    ['siamese-any-size', numbers(3), [2, 2]],
    ['dss-any-size', choice, [2, 4]],
  ] as const)('%s: permutations of the images, goal %#', async (name, goal, shape) => {
    const facts = { channels: 2, outputs: 2, features: features(2), size: [9, 16], regression: { offset: [1, 2], scale: [3, 4] } } as const
    const mask: TensorValue = { dtype: 'bool', shape: [2, 4], data: Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 0) }
    const batch = { x: normal([2, 4, 2, 9, 16]), mask }
    const model = outputOf(name, { width: 2 }, facts, goal)
    expect(model.run(batch).shape).toEqual(shape)
    expect(model.symmetries).toHaveLength(1)
    expect(await change(model, model.symmetries[0] as TaskSymmetry, batch)).toBeLessThan(1e-10)
    // What is stored where no image exists does not count.
    const data = (batch.x.data as Float32Array).map((value, i) => (i >= 6 * 2 * 9 * 16 ? 5 : value))
    expect(model.run({ x: { ...batch.x, data }, mask })).toEqual(model.run(batch))
  })

  test.each(['dss', 'siamese'])('%s: signals of several channels', async (name) => {
    const facts = { channels: 3, outputs: 2, features: features(3), regression: { offset: [1, 2], scale: [3, 4] } }
    const mask: TensorValue = { dtype: 'bool', shape: [2, 3], data: Uint8Array.of(1, 1, 1, 1, 1, 0) }
    const batch = { x: normal([2, 3, 3, 12]), mask }
    const model = outputOf(name, { elements: 3, hidden: 4, kernel: 3 }, facts, numbers(3))
    for (const symmetry of model.symmetries) expect(await change(model, symmetry, batch), symmetry.name).toBeLessThan(1e-10)
  })
})

test('models have any size, down to one pixel, with numbers as they are predicted', () => {
  for (const size of [
    [1, 1],
    [3, 40],
    [33, 2],
  ] as const) {
    const facts = { channels: 2, outputs: 1, features: features(2), size, regression: { offset: [7], scale: [0] } }
    const { data, shape } = outputOf('cnn-any-size', { width: 2 }, facts, numbers(1)).run({ x: normal([3, 2, ...size]) })
    expect([shape, [...data]]).toEqual([
      [3, 1],
      [7, 7, 7],
    ])
  }
})

test('the p4 network refuses images that are not square', () => {
  const facts = { channels: 1, outputs: 2, size: [8, 9] } as const
  expect(() => buildModel('p4cnn-any-size', {}, facts, classes)).toThrow(/expected square images, .* received 8x9; use cnn-any-size/)
})

const SIDE = 8
const random = new Random({ seed: 4 })
/** Noise with a bright bar of six pixels, which stands or lies anywhere. */
function picture(stands: boolean): number[][] {
  const [along, across] = [random.integer(3), random.integer(8)]
  const isBar = (row: number, column: number): boolean => {
    const [a, b] = stands ? [row, column] : [column, row]
    return b === across && a >= along && a < along + 6
  }
  return Array.from({ length: SIDE }, (_, r) =>
    Array.from({ length: SIDE }, (_, c) => Math.floor(random.uniform() * 60) + (isBar(r, c) ? 180 : 0)),
  )
}
function savePicture(path: string, pixels: readonly (readonly number[])[]): void {
  const image = new PNG({ width: SIDE, height: SIDE })
  pixels.flat().forEach((value, at) => {
    image.data.set([value, value, value, 255], 4 * at)
  })
  writeFileSync(path, PNG.sync.write(image))
}
const scaled = (pixels: readonly (readonly number[])[]): number[][] => pixels.map((row) => row.map((value) => value / 255))

const ran = async (...args: string[]): Promise<Record<string, unknown>[]> => {
  const { status, stdout, stderr } = await equivar(...args)
  expect([status, stderr], args.join(' ')).toEqual([0, ''])
  return jsonLines(stdout)
}
const quick = ['--threads', '1', '--set', 'width=4', '--set', 'learningRate=0.01', '--json']

/** Accuracy on the test part of a run. */
const accuracyOf = async (run: string): Promise<unknown> => (await ran('evaluate', run, '--split', 'test', '--json'))[0]?.accuracy

test('a folder of images: trains, verifies, exports, and predicts raw examples by the names of their classes', async () => {
  for (const name of ['stands', 'lies']) {
    mkdirSync(join('pictures', name), { recursive: true })
    for (let i = 0; i < 60; i++) savePicture(join('pictures', name, `${i}.png`), picture(name === 'stands'))
  }
  await ran('train', '--data', 'pictures', '--out', 'images', '--epochs', '12', ...quick)
  expect(await accuracyOf('images')).toBeGreaterThan(0.8)
  expect((await equivar('verify', 'images')).status).toBe(0)
  writeFileSync('new.json', JSON.stringify({ x: [true, false, true].map((stands) => [scaled(picture(stands))]) }))
  expect((await ran('predict', 'images/model.onnx', 'new.json')).map((line) => line.class)).toEqual(['stands', 'lies', 'stands'])
  mkdirSync('fresh/deep', { recursive: true })
  savePicture('fresh/a.png', picture(false))
  savePicture('fresh/deep/b.png', picture(true))
  // Worker threads need the built files.
  const command = join(dirname(fileURLToPath(import.meta.url)), '../bin/equivar.js')
  const predicted = (input: string) => {
    const { stdout, stderr } = spawnSync(process.execPath, [command, 'predict', 'images/model.onnx', input], { encoding: 'utf8' })
    expect(stderr).toBe('')
    return jsonLines<{ id: string; class: string }>(stdout).map((line) => [line.id, line.class])
  }
  expect(predicted('fresh')).toEqual([
    ['a.png', 'lies'],
    ['deep/b.png', 'stands'],
  ])
  expect(predicted('fresh/deep/b.png')).toEqual([['b.png', 'stands']])
}, 120_000)

test('sets of images: their class from folders', async () => {
  for (const name of ['even', 'odd'])
    for (let i = 0; i < 50; i++) {
      const set = join('albums', name, String(i))
      mkdirSync(set, { recursive: true })
      // "odd" has one image that differs.
      for (let k = 0; k < 2 + (i % 2); k++) savePicture(join(set, `${k}.png`), picture(name === 'even' || k > 0))
    }
  await ran('train', '--data', 'albums', '--out', 'sets', '--epochs', '12', ...quick)
  expect(await accuracyOf('sets')).toBeGreaterThan(0.8)
  expect((await equivar('verify', 'sets')).status).toBe(0)
}, 120_000)

test('sets of images from lines: one is chosen', async () => {
  const lines = Array.from({ length: 100 }, (_, i) => {
    const size = 3 + (i % 2)
    const chosen = random.integer(size)
    return { x: Array.from({ length: size }, (_, k) => [scaled(picture(k !== chosen))]), chosen }
  })
  writeFileSync('chosen.ndjson', lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await ran('train', '--data', 'chosen.ndjson', '--out', 'chosen', '--epochs', '12', ...quick)
  expect(await accuracyOf('chosen')).toBeGreaterThan(0.7)
  expect((await equivar('verify', 'chosen')).status).toBe(0)
}, 120_000)
