import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type ClassDataset,
  type Dataset,
  imageDataset,
  middlePoses,
  oddImages,
  rotatedImages,
  signals,
  warpedImages,
} from '@equivar/datasets'
import { countParameters, initialize, parametersOf } from '@equivar/nn'
import { evaluate, program, Random, type TensorValue } from '@equivar/tensor'
import { symmetryError, type Values } from '@equivar/verify'
import { afterAll, describe, expect, test } from 'vitest'
import { choice, classes, type Goal } from '../src/goals.ts'
import type { Facts, Settings } from '../src/model.ts'
import { buildModel, findTask, loadTask, tasks } from '../src/registry.ts'
import { quarterTurn, reflection, type TaskSymmetry } from '../src/symmetry.ts'
import { equivar } from './in-process.ts'

const data = join(process.env.EQUIVAR_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'data')
const folder = mkdtempSync(join(tmpdir(), 'equivar-images-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const random = new Random({ seed: 3 })
/** Smooth images of 28 x 28, three for each of two classes. */
const pictures: ClassDataset = imageDataset(
  {
    shape: [6, 28, 28],
    data: Uint8Array.from(
      { length: 6 * 784 },
      (_, at) => 127 * (1 + Math.sin(((at % 28) * (1 + Math.floor(at / 784))) / 9 + Math.floor((at % 784) / 28) / 5)),
    ),
  },
  { shape: [6], data: Uint8Array.of(0, 0, 0, 1, 1, 1) },
)
const mesh = { poses: Float32Array.from({ length: 16 * 5 * 3 }, () => random.normal()), vertices: 5, faces: [0, 1, 2] }
const poses = {
  mesh,
  clips: [{ start: 0, frames: 16 }],
  starts: () => true,
  spacings: [1],
  count: 4,
  size: 5,
  points: 4,
  noise: 0.1,
  seed: 1,
}

const families: [string, readonly string[], Facts, Goal, Dataset][] = [
  [
    'signals',
    findTask('signals').models.filter((name) => name.endsWith('-published')),
    { channels: 1, outputs: 3 },
    classes,
    signals({ train: 4, validation: 0, test: 0 }).train,
  ],
  ['rotated-mnist', findTask('rotated-mnist').models, { channels: 1, outputs: 10 }, classes, rotatedImages(pictures, { seed: 1 })],
  [
    'image-selection',
    findTask('image-selection').models,
    { channels: 1, outputs: 1 },
    choice,
    oddImages(pictures, { count: 4, size: 3, noise: 0.3, seed: 1 }),
  ],
  ['shape-selection', findTask('shape-selection').models, { channels: 3, outputs: 1 }, choice, middlePoses(poses)],
  ['mesh-selection', findTask('mesh-selection').models, { channels: 3, outputs: 1 }, choice, middlePoses({ ...poses, points: 'mesh' })],
]

describe.each(families)('%s', (_, models, facts, goal, examples) => {
  test.each(models)('%s has its declared symmetries', async (name) => {
    const small: Record<string, Settings> = { classes: name.endsWith('-published') ? { width: 8 } : {}, choice: { width: 8 } }
    const model = buildModel(name, small[goal.kind] ?? {}, facts, goal)
    const run = program({ inputs: { ...model.inputs, ...Object.fromEntries(parametersOf(model.module)) }, outputs: { y: model.output() } })
    const values = initialize(model.module, 1)
    const output = (batch: Values): TensorValue =>
      evaluate(run, { ...values, ...Object.fromEntries(Object.keys(model.inputs).map((key) => [key, batch[key] as TensorValue])) })
        .y as TensorValue
    const batch = examples.batch([0])
    const error = (symmetry: TaskSymmetry): Promise<number> =>
      symmetryError(async (inputs) => ({ y: output(inputs) }), symmetry.elements(batch, new Random({ seed: 5 })).slice(0, 1), batch)
    for (const symmetry of model.symmetries) expect(await error(symmetry), symmetry.name).toBeLessThan(1e-10)
    // Models without the symmetry must fail.
    if (name === 'z2cnn') expect(await error(quarterTurn)).toBeGreaterThan(1e-3)
    if (name === 'p4cnn') expect(await error(reflection)).toBeGreaterThan(1e-3)
  })
})

test('networks have the published numbers of parameters', () => {
  const count = (task: string, facts: Facts): Record<string, number> =>
    Object.fromEntries(
      findTask(task).models.map((name) => [name, countParameters(buildModel(name, {}, facts, findTask(task).goal(facts)).module)]),
    )
  expect(count('signals', { channels: 1, outputs: 3 })).toMatchObject({
    'dss-published': 3_233_043 + 1_600,
    'siamese-published': 3_047_883 + 1_100,
    'sridhar-published': 3_047_883 + 1_100,
    'aittala-published': 3_216_883 + 800,
    'siamese-deepsets-published': 3_020_903 + 1_200,
    'deepsets-published': 3_206_503 + 10_000,
    'mlp-published': 3_161_763 + 4_200,
  })
  expect(count('rotated-mnist', { channels: 1, outputs: 10 })).toMatchObject({ p4cnn: 24_680, p4mcnn: 49_080 })
  for (const [task, channels] of [
    ['image-selection', 1],
    ['shape-selection', 3],
    ['mesh-selection', 3],
  ] as const) {
    const sizes = Object.values(count(task, { channels, outputs: 1 }))
    expect(Math.max(...sizes) / Math.min(...sizes), `${task}: ${sizes}`).toBeLessThan(1.15)
  }
})

test('a transformer undoes quarter turns and estimates their angle', () => {
  const facts = { channels: 1, outputs: 10, transformation: 'rotation' } as const
  const model = buildModel('etn', { channels: 4, predictor: 4 }, facts, classes)
  const run = program({
    inputs: { ...model.inputs, ...Object.fromEntries(parametersOf(model.module)) },
    outputs: { y: model.output(), pose: model.pose?.() as ReturnType<typeof model.output> },
  })
  const values = initialize(model.module, 1)
  const turn = (theta: number): Record<string, TensorValue> => {
    const matrix = (t: number): number[] => [Math.cos(t), -Math.sin(t), 0, Math.sin(t), Math.cos(t), 0, 0, 0, 1]
    const { x } = warpedImages(pictures, { matrix, range: [theta, theta], seed: 1 }).batch([0, 4])
    return evaluate(run, { ...values, x: x as TensorValue }) as Record<string, TensorValue>
  }
  const [still, turned] = [turn(0), turn(Math.PI / 2)]
  for (const i of [0, 1]) {
    const difference = (turned.pose?.data[i] as number) - (still.pose?.data[i] as number)
    expect(Math.cos(difference - Math.PI / 2)).toBeGreaterThan(1 - 1e-6)
  }
  still.y?.data.forEach((v, i) => {
    expect(turned.y?.data[i]).toBeCloseTo(v as number, 3)
  })
})

test('data settings', async () => {
  const options = { model: 'dss', seed: 1 }
  const [whole, part] = [
    await loadTask(findTask('signals'), options),
    await loadTask(findTask('signals'), { ...options, settings: { trainSets: 50 } }),
  ]
  expect([whole.train.length, part.train.length, part.test.length]).toEqual([3000, 50, 300])
  expect(part.train.batch([49])).toEqual(whole.train.batch([49]))
  expect(part.test.batch([299])).toEqual(whole.test.batch([299]))
  await expect(loadTask(findTask('signals'), { ...options, settings: { trainSets: 0 } })).rejects.toThrow(
    'expected trainSets to be a whole number from 1 to 3000, received 0',
  )
  for (const { settings = {}, description, published } of tasks) {
    expect(Object.values(settings).every(Number.isFinite)).toBe(true)
    expect([description, published].every((text) => text.length > 0)).toBe(true)
  }
})

test('data settings on the command line', async () => {
  const unknown = await equivar('train', 'signals', '--set', 'sets=3')
  expect([unknown.status, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('expected a setting of signals or dss (trainSets, elements,'),
  ])
  const out = join(folder, 'signals')
  const run = await equivar(
    'train',
    'signals',
    '--model',
    'mlp-published',
    '--epochs',
    '1',
    '--set',
    'trainSets=32',
    '--set',
    'width=16',
    '--out',
    out,
  )
  expect([run.status, run.stderr]).toEqual([0, ''])
  expect((await equivar('evaluate', out, '--split', 'train')).stdout).toContain('32 examples')
  expect((await equivar('evaluate', out, '--split', 'train', '--set', 'trainSets=16')).stdout).toContain('16 examples')
  expect(await equivar('evaluate', out, '--set', 'hidden=3')).toMatchObject({
    status: 2,
    stderr: 'equivar: --set: expected a data setting of signals (trainSets), received "hidden"\n',
  })
  expect((await equivar('evaluate', out, '--split', 'untransformed')).stderr).toContain(
    'expected train, validation or test, received "untransformed", which signals does not have',
  )
})

test.skipIf(!existsSync(join(data, 'mnist')) || !existsSync(join(data, 'meshes')))(
  'tasks on files are trained, checked and evaluated (skipped without the data folder)',
  async () => {
    const run = async (task: string, ...args: string[]): Promise<string> => {
      const out = join(folder, task)
      const { status, stdout, stderr } = await equivar('train', task, '--data', data, '--epochs', '1', '--out', out, ...args)
      expect([status, stderr], `${task}: ${stdout}`).toEqual([0, ''])
      return out
    }
    await run('rotated-mnist', '--set', 'trainImages=128', '--set', 'testImages=64', '--set', 'channels=2')
    await run('image-selection', '--set', 'trainSets=32', '--set', 'width=4', '--set', 'setSize=3')
    await run('shape-selection', '--set', 'trainSets=64', '--set', 'width=8', '--set', 'points=16')
    await run('mesh-selection', '--set', 'trainSets=32', '--set', 'width=4', '--set', 'setSize=3')
    const out = await run(
      'mnist-shear',
      '--set',
      'trainImages=128',
      '--set',
      'testImages=64',
      '--set',
      'channels=4',
      '--set',
      'predictor=4',
    )
    expect((await equivar('evaluate', out, '--data', data)).stdout).toContain('correlation of the estimated parameter with the true one')
  },
)
