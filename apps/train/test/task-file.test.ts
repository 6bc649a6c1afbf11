import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectOnnx } from '@equivar/export-onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunConfig } from '../src/run/run-config.ts'
import { equivar, jsonLines, type Ran } from './in-process.ts'
import { expectRefused } from './small-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-task-'))
process.env.CUDA_VISIBLE_DEVICES = '-1'
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A small network of sets with dropout and batch norm, which act in training only. */
const clouds = `
import { defineTask } from '@equivar/cli'
import { DeepSets } from '@equivar/layers-sets'
import { BatchNorm, Dropout, Module } from '@equivar/nn'
import { Random, type Tensor } from '@equivar/tensor'
import { spread } from './spread.ts'

class Network extends Module {
  readonly sets: DeepSets
  readonly norm = new BatchNorm({ channels: 2 })
  readonly dropout = new Dropout({ rate: 0.1 })
  constructor(inChannels: number, hidden: number, outputs: number) {
    super()
    this.sets = new DeepSets({ channels: [inChannels, hidden, hidden], head: [hidden], outputs })
  }
  forward(x: Tensor, mask: Tensor): Tensor {
    return this.norm.forward(this.sets.forward(this.dropout.forward(x), mask))
  }
}

export default defineTask({
  description: 'tight or wide',
  settings: { clouds: 120, hidden: 8 },
  data: ({ clouds }, { seed }) => {
    const random = new Random({ seed, stream: 'clouds' })
    return Array.from({ length: clouds }, (_, i) => ({
      x: Array.from({ length: 3 + random.integer(4) }, () => [0, 1].map(() => spread(i) * random.normal())),
      label: i % 2 === 1 ? 'wide' : 'tight',
    }))
  },
  model: ({ channels, outputs }, { hidden }) => new Network(channels, hidden, outputs),
  output: (network, { x, mask }) => network.forward(x, mask),
  goal: 'label',
  recipe: { epochs: 4, batchSize: 16, learningRate: 0.01, decay: { every: 2, factor: 0.5, minimum: 0 } },
})
`

const train = (out: string, ...args: string[]): Promise<Ran> => equivar('train', './clouds.ts', '--threads', '1', '--out', out, ...args)
const configOf = (out: string): RunConfig => JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as RunConfig
const passed = ({ stderr, status }: Ran): void => expect([stderr, status]).toEqual(['', 0])

beforeAll(async () => {
  writeFileSync('spread.ts', 'export const spread = (i: number): number => (i % 2 === 1 ? 3 : 1)\n')
  writeFileSync('clouds.ts', clouds)
  passed(await train('runs/a'))
}, 180_000)

describe('a task in a file', () => {
  test('is trained, and its configuration names the file', () => {
    const { task, model, taskFile, taskDigest, epochs, classes, keep, kind } = configOf('runs/a')
    expect({ task, model, taskFile, epochs, classes, keep, kind }).toEqual({
      task: 'clouds',
      model: 'network',
      taskFile: '../../clouds.ts',
      epochs: 4,
      classes: ['tight', 'wide'],
      keep: 'best',
      kind: 'set',
    })
    expect(taskDigest).toMatch(/^sha256:[0-9a-f]{64}$/)
    const page = readFileSync('runs/a/report.html', 'utf8')
    expect(page).toContain('<h1>clouds: network</h1>')
    expect(page).toContain('<td>command</td><td>equivar train ./clouds.ts --threads 1 --out runs/a</td>')
    expect(page).toMatch(/<td>versions<\/td><td>Equivar \d.*, Node v\d/)
    expect(page).toMatch(
      /Test examples it got most wrong<\/h2>\n(<table>.*<td>(tight|wide)<\/td><td>(tight|wide) \([\d.]+ %\)<\/td>|<p>None: )/s,
    )
    expect(page).toContain('learning rate')
    expect(page).not.toMatch(/\[object|undefined|NaN/)
  })

  test('is evaluated, verified and explained, and its file, too', async () => {
    const evaluated = await equivar('evaluate', 'runs/a', '--json')
    passed(evaluated)
    expect(jsonLines(evaluated.stdout)[0]?.accuracy).toBeGreaterThan(0.7)
    for (const path of ['runs/a', 'runs/a/model.onnx']) {
      const verified = await equivar('verify', path)
      passed(verified)
      expect(verified.stdout).toContain('holds  unchanged by permutations of the elements')
    }
    passed(await equivar('explain', 'runs/a'))
    const little = await equivar('explain', 'runs/a', '--target', 'cpu', '--json')
    passed(little)
    expect(jsonLines(little.stdout)[0]).toMatchObject({ target: 'onnxruntime/cpu', oneThread: true })
  })

  test('is exported in every form, and predicts raw examples', async () => {
    for (const what of ['model', 'gradient', 'train-step'])
      passed(await equivar('export', 'runs/a', '--what', what, '--out', `${what}.onnx`))
    passed(await equivar('export', 'runs/a', '--what', 'triton', '--out', 'models'))
    expect(existsSync('models/clouds-network/1/model.onnx')).toBe(true)
    passed(await equivar('export', 'runs/a', '--precision', 'float16', '--max-accuracy-loss', '1', '--out', 'half.onnx'))
    const point = [9, -9]
    writeFileSync('wide.json', JSON.stringify({ x: [[point, [-9, 9], point]] }))
    const { stdout } = await equivar('predict', 'model.onnx', 'wide.json')
    expect(jsonLines(stdout)[0]).toMatchObject({ class: 'wide' })
  })

  test('knows when it is built for training: dropout and batch norm are in the training step', () => {
    const step = inspectOnnx(readFileSync('train-step.onnx'), 'train-step.onnx')
    expect(step.inputs.map(({ name }) => name)).toContain('seed')
    expect(step.outputs.map(({ name }) => name).filter((name) => /mean|variance/i.test(name))).not.toEqual([])
  })

  test('gets its settings, which are checked', async () => {
    passed(await train('set', '--epochs', '1', '--set', 'clouds=60', '--set', 'hidden=3'))
    expect(configOf('set')).toMatchObject({ settings: { clouds: 60, hidden: 3 }, examples: 48 })
    expectRefused(
      await train('wrong', '--set', 'width=3'),
      /--set: expected a setting of clouds or network \(clouds, hidden, .*received "width"/,
    )
    passed(await equivar('evaluate', 'set', '--set', 'clouds=200'))
    expectRefused(
      await equivar('evaluate', 'set', '--set', 'width=3'),
      /expected a data setting of clouds \(clouds, hidden\), received "width"/,
    )
  })

  test('takes --config, and --out is named after the file', async () => {
    writeFileSync('defaults.ts', 'export default { epochs: 1, threads: 1, set: { clouds: 60 } }')
    passed(await equivar('train', './clouds.ts', '--config', 'defaults.ts'))
    expect(configOf('runs/clouds')).toMatchObject({ epochs: 1, settings: { clouds: 60 } })
  })

  test('is cross-validated on random folds', async () => {
    const ran = await train('folds', '--folds', '3', '--epochs', '2')
    passed(ran)
    expect(ran.stdout).toMatch(/3 folds, epoch \d: [\d.]+ \+- [\d.]+ %\n$/)
    passed(await train('folds', '--folds', '3', '--epochs', '2', '--resume'))
  })

  test('options of own data are refused', async () => {
    expectRefused(await train('none', '--split', '0.8,0.1,0.1'), /--split: expected own data .*received the task \.\/clouds\.ts/)
    expectRefused(await train('none', '--model', 'gin'), /expected a model of clouds \(network\), received "gin"/)
  })
})

describe('a run and its file', () => {
  test('a run that is resumed ends as one that never stopped', async () => {
    passed(await train('runs/halves', '--epochs', '2'))
    expect(readFileSync('runs/halves/model.onnx').equals(readFileSync('runs/a/model.onnx'))).toBe(false)
    passed(await train('runs/halves', '--epochs', '4', '--resume'))
    expect(readFileSync('runs/halves/model.onnx').equals(readFileSync('runs/a/model.onnx'))).toBe(true)
  })

  test('may be moved together', async () => {
    mkdirSync('elsewhere/runs', { recursive: true })
    for (const path of ['clouds.ts', 'spread.ts']) cpSync(path, join('elsewhere', path))
    cpSync('runs/a', 'elsewhere/runs/a', { recursive: true })
    passed(await equivar('evaluate', 'elsewhere/runs/a'))
  })

  test('a file that has changed: said by all commands, and refused by --resume', async () => {
    cpSync('elsewhere', 'changed', { recursive: true })
    appendFileSync('changed/clouds.ts', '// a word more\n')
    const { stderr, status } = await equivar('evaluate', 'changed/runs/a')
    expect([stderr, status]).toEqual(['note: changed/clouds.ts has changed since the run in changed/runs/a was trained\n', 0])
    expectRefused(
      await equivar('train', 'changed/clouds.ts', '--out', 'changed/runs/a', '--resume', '--threads', '1'),
      /expected to resume with \.\.\/\.\.\/clouds\.ts as it was when the run began, but it has changed; undo the change, use --overwrite/,
    )
  })

  test('a file that is gone, and one that has another name now', async () => {
    renameSync('elsewhere/clouds.ts', 'elsewhere/points.ts')
    const gone =
      /config\.json: expected the file of its task, elsewhere\/clouds\.ts, which does not exist; put it back, or write its new path/
    expectRefused(await equivar('evaluate', 'elsewhere/runs/a'), gone)
    expectRefused(await equivar('verify', 'elsewhere/runs/a/model.onnx'), /model\.onnx: expected the file of its task/)
    writeFileSync('elsewhere/runs/a/config.json', JSON.stringify({ ...configOf('elsewhere/runs/a'), taskFile: '../../points.ts' }))
    passed(await equivar('verify', 'elsewhere/runs/a'))
  })
})

describe('equivar new task', () => {
  test('writes a task that trains at once, and overwrites nothing', async () => {
    const { stdout, stderr, status } = await equivar('new', 'task', 'mine/first')
    expect([stdout, stderr, status]).toEqual(['./mine/first.ts\nTrain it: npx equivar train ./mine/first.ts\n', '', 0])
    const trained = await equivar('train', './mine/first.ts', '--epochs', '3', '--threads', '1', '--json')
    passed(trained)
    expect(jsonLines(trained.stdout).at(-1)?.accuracy).toBeGreaterThan(0.7)
    writeFileSync('mine/first.ts', 'mine')
    expectRefused(
      await equivar('new', 'task', 'mine/first.ts'),
      /new task: \.\/mine\/first\.ts exists and is left as it is; choose another name/,
    )
    expect(readFileSync('mine/first.ts', 'utf8')).toBe('mine')
    passed(await equivar('new', 'task'))
    expect(existsSync('task.ts')).toBe(true)
  })

  test.each([
    [['new', 'task', 'notes.md'], /new task: expected a name, or a file \(\.ts, .*\), received notes\.md/],
    [['new', 'house'], /unknown command|house/],
  ])('%j is refused', async (args, message) => expectRefused(await equivar(...args), message))
})
