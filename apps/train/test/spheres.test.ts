import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ClassDataset, imageDataset, type Molecule, type ReliefMap } from '@equivar/datasets'
import { projectImage, rotateSphereSignal } from '@equivar/layers-sphere'
import { countParameters, initialize } from '@equivar/nn'
import { evaluate, Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { symmetryError, type Values } from '@equivar/verify'
import { afterAll, describe, expect, test } from 'vitest'
import { workloads } from '../src/bench/workloads.ts'
import { classes, numbers } from '../src/goals.ts'
import { buildModel, defaultSettings, findTask, loadTask, tasks } from '../src/registry.ts'
import { sphereRotation } from '../src/symmetry.ts'
import { atomSignalDataset, radiusOf } from '../src/tasks/atom-signals.ts'
import { reliefPatches } from '../src/tasks/relief.ts'
import { flag, whole } from '../src/tasks/settings.ts'
import { projectedImages } from '../src/tasks/spherical-mnist.ts'
import { equivar } from './in-process.ts'

const data = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'data')
const folder = mkdtempSync(join(tmpdir(), 'equivar-spheres-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const images = (count: number): ClassDataset =>
  imageDataset(
    { shape: [count, 28, 28], data: Uint8Array.from({ length: count * 784 }, (_, i) => (i * 37) % 256) },
    { shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i % 2) },
  )
const pixels = (all: ClassDataset, i: number): Float32Array => all.batch([i]).x?.data as Float32Array

describe('data settings of tasks', () => {
  test('no model of a task has a setting of the same name', () => {
    for (const task of tasks)
      for (const model of task.models) {
        const own = Object.keys(task.settings ?? {})
        expect(own.filter((key) => Object.keys(defaultSettings(model)).includes(key), `${task.name} ${model}`)).toEqual([])
      }
  })

  test('flags and sizes are checked', () => {
    expect([flag({ a: 1 }, 'a'), flag({}, 'a'), whole({ n: 3 }, 'n', 2)]).toEqual([true, false, 3])
    expect(() => flag({ a: 2 }, 'a')).toThrow('expected a=0 or a=1, received 2')
    expect(() => whole({ n: 1.5 }, 'n', 2)).toThrow('expected n to be a whole number from 2 to 1000000, received 1.5')
  })

  test('an unknown setting is rejected before data is loaded', async () => {
    const { status, stderr } = await equivar('train', 'spherical-mnist', '--data', folder, '--set', 'rotate=1')
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('expected a setting of spherical-mnist or s2cnn-normalized (rotateTrain, rotateTest'),
    ])
  })
})

describe('signals on the sphere', () => {
  const all = images(4)
  test('upright images are projected without rotation; others get a rotation that depends on the seed and the index', () => {
    const upright = projectedImages(all, { bandwidth: 8, rotated: false, seed: 3 })
    const { x, target } = upright.batch([2, 1])
    expect([x?.shape, target?.dtype, Array.from(target?.data as BigInt64Array, Number)]).toEqual([[2, 1, 16, 16], 'int64', [0, 1]])
    const plain = projectImage(pixels(all, 2), { rows: 28, columns: 28, bandwidth: 8 })
    expect(x?.data.slice(0, 256)).toEqual(plain)
    const turned = projectedImages(all, { bandwidth: 8, rotated: true, seed: 3 })
    const first = turned.batch([2]).x?.data
    expect(turned.batch([0, 2]).x?.data.slice(256)).toEqual(first)
    expect(first).not.toEqual(plain)
    expect(projectedImages(all, { bandwidth: 8, rotated: true, seed: 4 }).batch([2]).x?.data).not.toEqual(first)
    expect(() => upright.batch([4])).toThrow('expected example indices from 0 to 3, received 4')
    expect(upright.batch([]).x?.shape).toEqual([0, 1, 16, 16])
  })

  /** A smooth ridge through the middle of the Pacific. */
  const map: ReliefMap = {
    rows: 180,
    columns: 360,
    firstLongitude: 0.5,
    heights: Float32Array.from({ length: 180 * 360 }, (_, i) => 1000 * Math.sin(i % 360) * Math.cos(Math.floor(i / 360)) + 400),
  }

  test('patches are invariant to a constant height, classified by their centre, and 0 below the equator', () => {
    const places = [
      { latitude: 0.3, longitude: 1 },
      { latitude: -0.5, longitude: 3 },
    ]
    const options = { map, places, radius: 0.1, bandwidth: 8, rotated: false, seed: 1 }
    const patches = reliefPatches(options)
    const raised = reliefPatches({ ...options, map: { ...map, heights: map.heights.map((h) => h + 5000) } })
    const x = patches.batch([0, 1]).x?.data as Float32Array
    const other = raised.batch([0, 1]).x?.data as Float32Array
    expect(Array.from(x).every((v, i) => Math.abs(v - (other[i] as number)) < 1e-3)).toBe(true)
    expect(Array.from(raised.labels)).toEqual([1, 1])
    expect(x.slice(128, 256).every((v) => v === 0)).toBe(true)
    expect(Math.max(...x.slice(0, 128))).toBeGreaterThan(0.05)
  })
})

describe('molecules', () => {
  const water: Molecule = { elements: ['O', 'H', 'H'], positions: Float64Array.of(0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0), properties: {} }
  const atom: Molecule = { elements: ['O'], positions: Float64Array.of(1, 2, 3), properties: {} }
  const make = (molecules: readonly Molecule[]) =>
    atomSignalDataset({ molecules, energies: molecules.map((_, i) => i), elements: ['H', 'O'], bandwidth: 4, radius: 0.48 })

  test('the atoms of a batch are concatenated', () => {
    const { x, elements, batch, num_graphs, target } = make([water, atom]).batch([1, 0])
    expect([x?.shape, elements?.shape, num_graphs?.data[0]]).toEqual([[4, 2, 8, 8], [4, 2], 2n])
    expect([Array.from(batch?.data as BigInt64Array, Number), Array.from(target?.data as Float32Array)]).toEqual([
      [0, 1, 1, 1],
      [1, 0],
    ])
    // A single atom has no signal; that of the oxygen is from two hydrogens about one Angstrom away, with charges 8 x 1.
    expect(x?.data.slice(0, 128).every((v) => v === 0)).toBe(true)
    expect(x?.data[128]).toBeGreaterThan((2 * 8) / 36 / 2)
    expect(radiusOf([water, atom])).toBeCloseTo(0.48, 2)
    expect(radiusOf([atom])).toBe(1)
    expect(() => make([water]).batch([1])).toThrow('expected numbers of molecules from 0 to 0, received 1')
    const strange = { ...atom, elements: ['S'] }
    expect(() => make([strange]).batch([0])).toThrow('expected atoms of H, O, received S')
  })

  test('a molecule without geometry has the energy of its elements; molecules of a batch do not affect each other', () => {
    const regression = { offset: 3, scale: 2, perChannel: [-10, -100] }
    const model = buildModel('s2atoms', { width: 2, hidden: 3 }, { channels: 2, outputs: 1, bandwidth: 4, regression }, numbers(2))
    const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
    const values = initialize(model.module, 1)
    const run = (molecules: readonly Molecule[], given: Record<string, TensorValue>): Float64Array => {
      const batch = make(molecules).batch(molecules.map((_, i) => i))
      const inputs = Object.fromEntries(Object.keys(model.inputs).map((name) => [name, batch[name] as TensorValue]))
      return evaluate(program, { ...given, ...inputs }).y?.data as Float64Array
    }
    const silent = Object.fromEntries(Object.entries(values).map(([name, v]) => [name, { ...v, data: new Float32Array(v.data.length) }]))
    expect(Array.from(run([water, atom], silent))).toEqual([-117, -97])
    const [together, alone] = [run([water, atom], values), run([atom], values)]
    expect(together[1]).toBeCloseTo(alone[0] as number, 9)
    expect(together[0]).not.toBeCloseTo(-117, 3)
  })
})

describe('models of signals on the sphere', () => {
  const facts = { channels: 1, outputs: 10, bandwidth: 30 }
  test('have the published number of weights, the planar model about as many', () => {
    const spherical = countParameters(buildModel('s2cnn', {}, facts, classes).module)
    const planar = countParameters(buildModel('planar', {}, facts, classes).module)
    const normalized = countParameters(buildModel('s2cnn-normalized', {}, facts, classes).module)
    expect([spherical, normalized, planar]).toEqual([154_550, 154_630, 155_192])
    const w8 = workloads.find(({ name }) => name === 's2cnn')?.make()
    expect(countParameters(w8?.module as NonNullable<typeof w8>['module'])).toBe(154_550)
  })

  test('exact rotations in the spectrum hardly change the spherical model, but change the planar one', async () => {
    const random = new Random({ seed: 5 })
    const noise = Float64Array.from({ length: 2 * 256 }, () => random.normal())
    // Without the degrees that the grid cannot distinguish.
    const smooth = rotateSphereSignal(noise, 8, { alpha: 0, beta: 0, gamma: 0 })
    const x = tensorValue('float32', [2, 1, 16, 16], smooth)
    const symmetry = sphereRotation(0.02)
    expect([symmetry.name, symmetry.tolerance]).toEqual([expect.stringContaining('approximate'), 0.02])
    const change = (name: string, settings: Record<string, number>): Promise<number> => {
      const model = buildModel(name, settings, { channels: 1, outputs: 4, bandwidth: 8 }, classes)
      const program = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
      const values = initialize(model.module, 2)
      const run = async (inputs: Values): Promise<Values> => evaluate(program, { ...values, ...inputs })
      return symmetryError(run, symmetry.elements({ x }, new Random({ seed: 7 })).slice(0, 1), { x })
    }
    expect(await change('s2cnn', { width: 4, inferenceOversampling: 2 })).toBeLessThan(0.02)
    expect(await change('planar', { hidden: 4, last: 4 })).toBeGreaterThan(0.1)
  })
})

test.skipIf(!existsSync(join(data, 'mnist')))(
  'spherical-mnist: trained for a few steps and verified (skipped without the data folder)',
  async () => {
    const out = join(folder, 'digits')
    const few = ['trainCount=64', 'testCount=32', 'bandwidth=8', 'oversampling=3', 'width=4'].flatMap((setting) => ['--set', setting])
    const { status, stderr } = await equivar('train', 'spherical-mnist', '--epochs', '1', ...few, '--data', data, '--out', out, '--json')
    expect([stderr, status]).toEqual(['', 0])
    const verified = await equivar('verify', out, '--data', data)
    expect(verified.stdout).toContain('holds  unchanged by rotations of the sphere (approximate: activations alias)')
    expect(verified.status).toBe(0)
  },
)

test.skipIf(!existsSync(join(data, 'sphere')) || !existsSync(join(data, 'molecules')))(
  'relief and qm7-sphere: their data is what they say (skipped without the data folder)',
  async () => {
    const options = { data, seed: 1 }
    const earth = await loadTask(findTask('relief'), { ...options, model: 's2cnn-fine', settings: { trainCount: 200, testCount: 100 } })
    const parts = [earth.train, earth.validation, earth.test] as ClassDataset[]
    expect(parts.map(({ length }) => length)).toEqual([200, 50, 100])
    for (const { labels } of parts) {
      const land = labels.reduce((sum, label) => sum + label, 0) / labels.length
      expect(land).toBeGreaterThan(0.1)
      expect(land).toBeLessThan(0.5)
    }
    expect(earth.train.batch([0]).x?.shape).toEqual([1, 1, 32, 32])
    await expect(loadTask(findTask('relief'), { ...options, model: 's2cnn-fine', settings: { radius: 20 } })).rejects.toThrow(
      'expected a radius above 0',
    )
    const molecules = await loadTask(findTask('qm7-sphere'), { ...options, model: 's2atoms', settings: { bandwidth: 4, trainCount: 8 } })
    const { x, target } = molecules.train.batch([0, 1, 2])
    expect([x?.shape.slice(1), target?.shape]).toEqual([
      [5, 8, 8],
      [3, 1],
    ])
    expect(x?.data.every(Number.isFinite)).toBe(true)
    expect(molecules.facts.regression?.scale).toBeGreaterThan(5)
    expect(findTask('qm7-sphere').goal(molecules.facts).metric).toBe('mae')
  },
)
