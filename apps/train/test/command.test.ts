import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatNpy } from '@equivar/datasets'
import { initialize } from '@equivar/nn'
import { tensorValue } from '@equivar/tensor'
import { epochBatches, initialState, type StateEntry } from '@equivar/train'
import { loadCheckpoint } from '@equivar/train/node'
import { zipSync } from 'fflate'
import * as runtime from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunConfig } from '../src/run/run-config.ts'
import { readRun } from '../src/run/run-directory.ts'
import { withDataOf } from '../src/run-data.ts'
import { equivar, type Ran } from './in-process.ts'

const command = join(dirname(fileURLToPath(import.meta.url)), '../bin/equivar.js')
const folder = mkdtempSync(join(tmpdir(), 'equivar-'))
const STEPS = 10
const model = ['--set', 'elements=4', '--set', 'hidden=6', '--set', 'kernel=3', '--threads', '1', '--seed', '5']
const small = ['--set', `trainSets=${32 * STEPS}`, ...model]

// Hides a GPU from the commands, so that their output is the same on every machine.
process.env.CUDA_VISIBLE_DEVICES = '-1'

process.chdir(folder)

/** Runs the command in its own process. */
const inItsProcess = (...args: string[]): Ran => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' })
  return { status: status ?? -1, stdout, stderr }
}

const run = join(folder, 'unbroken')

const epochsOf = (out: string): number[] =>
  readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { epoch: number }).epoch)

/** Waits until the checkpoint of a run is at a step, or beyond it: nothing says that this process sees each of them. */
async function checkpointOf(out: string, step: number): Promise<void> {
  const path = join(out, 'checkpoint.safetensors')
  while (!existsSync(path) || Number((await loadCheckpoint(path)).metadata.step) < step)
    await new Promise((resolve) => setTimeout(resolve, 5))
}

beforeAll(async () => {
  const { status, stderr } = await equivar('train', 'signals', '--epochs', '2', '--out', run, ...small)
  expect(stderr).toBe('')
  expect(status).toBe(0)
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the installed command: its output, one line for an error, its exit status', () => {
  const { version } = JSON.parse(readFileSync(join(dirname(command), '../package.json'), 'utf8')) as { version: string }
  expect(inItsProcess('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  expect(inItsProcess('evaluate', 'nowhere')).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(/^equivar: nowhere: .*\n$/) })
})

test('a reader may close the output early', () => {
  const { stdout, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${command}" tasks | head -n 1`], { encoding: 'utf8' })
  expect([stdout.split('\n').length, stderr]).toEqual([2, ''])
})

test('a run leaves the documented files', () => {
  for (const name of ['model.onnx', 'train-step.onnx', 'checkpoint.safetensors', 'config.json', 'metrics.jsonl', 'report.html']) {
    expect(existsSync(join(run, name)), name).toBe(true)
  }
  expect(epochsOf(run)).toEqual([1, 2])
  const report = readFileSync(join(run, 'report.html'), 'utf8')
  expect(report).toContain('<svg')
  expect(report).not.toMatch(/<script|<link|src="http/)
})

test('verify, evaluate, export and predict', async () => {
  const verified = await equivar('verify', run, '--json')
  expect(verified.status).toBe(0)
  const checks = verified.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; error: number; holds: boolean })
  expect(checks.length).toBe(4)
  expect(checks.every(({ holds, error }) => holds && error < 1e-5)).toBe(true)
  expect((await equivar('verify', join(run, 'model.onnx'))).status).toBe(0)
  const { loss, accuracy, split } = JSON.parse((await equivar('evaluate', run, '--json')).stdout) as {
    loss: number
    accuracy: number
    split: string
  }
  expect([split, loss > 0, accuracy > 0.2 && accuracy <= 1]).toEqual(['test', true, true])
  expect((await equivar('export', run, '--what', 'train-step', '--out', join(folder, 'step.onnx'))).status).toBe(0)
  expect(readFileSync(join(folder, 'step.onnx'))).toEqual(readFileSync(join(run, 'train-step.onnx')))
  const wave = Array.from({ length: 40 }, (_, i) => Math.sin(i / 3))
  writeFileSync(join(folder, 'sets.json'), JSON.stringify({ x: [[[wave], [wave], [wave]]] }))
  const predicted = JSON.parse((await equivar('predict', join(run, 'model.onnx'), join(folder, 'sets.json'))).stdout) as {
    logits: number[]
    class: string
  }
  expect(predicted.logits.length).toBe(3)
  expect(['sine', 'square', 'sawtooth']).toContain(predicted.class)
  const x = tensorValue('float32', [1, 3, 1, 40], [...wave, ...wave, ...wave])
  writeFileSync(join(folder, 'sets.npz'), zipSync({ 'x.npy': formatNpy(x) }))
  const fromArrays = JSON.parse((await equivar('predict', join(run, 'model.onnx'), join(folder, 'sets.npz'))).stdout) as typeof predicted
  expect(fromArrays).toEqual(predicted)
})

test('export of the gradient', async () => {
  const path = join(folder, 'gradient.onnx')
  expect((await equivar('export', run, '--what', 'gradient', '--out', path)).status).toBe(0)
  const session = await runtime.InferenceSession.create(path)
  expect(session.outputNames).toContain('gradient.head.layers.0.weight')
  expect(session.inputNames).toEqual(expect.arrayContaining(['x', 'mask', 'target', 'head.layers.0.weight']))
})

test('a configuration in TypeScript; the command line takes precedence', async () => {
  const [path, out] = [join(folder, 'settings.ts'), join(folder, 'configured')]
  writeFileSync(
    path,
    `interface Sizes { hidden: number }\nconst set: Sizes & Record<string, number> = { hidden: 7, elements: 3, kernel: 3 }\nexport default { epochs: 4, seed: 9, set }\n`,
  )
  expect((await equivar('train', 'signals', '--config', path, '--epochs', '0', '--set', 'elements=2', '--out', out)).status).toBe(0)
  const { epochs, seed, settings } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as RunConfig
  expect({ epochs, seed, settings }).toEqual({ epochs: 0, seed: 9, settings: { hidden: 7, elements: 2, kernel: 3 } })
  const other = join(folder, 'wrong.ts')
  writeFileSync(other, 'export default { epoch: 4 }')
  const wrong = await equivar('train', 'signals', '--config', other)
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/wrong.ts: expected model, out, epochs, .*received "epoch"/)])
}, 60_000)

test('a run killed in the middle of an epoch and resumed has the same parameters, bit for bit', async () => {
  const out = join(folder, 'broken')
  const child = spawn(process.execPath, [command, 'train', 'signals', '--epochs', '2', '--out', out, ...small], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await checkpointOf(out, STEPS)
  child.kill('SIGKILL')
  await ended
  // As after a kill during the write of a line.
  appendFileSync(join(out, 'metrics.jsonl'), '{"epoch":2,"st')
  expect((await equivar('train', 'signals', '--epochs', '2', '--out', out, '--resume', ...small)).status).toBe(0)
  const [broken, unbroken] = [
    await loadCheckpoint(join(out, 'checkpoint.safetensors')),
    await loadCheckpoint(join(run, 'checkpoint.safetensors')),
  ]
  expect(Object.keys(broken.values)).toEqual(Object.keys(unbroken.values))
  for (const [name, { data }] of Object.entries(unbroken.values)) expect(broken.values[name]?.data, name).toEqual(data)
  expect(epochsOf(out)).toEqual([1, 2])
}, 180_000)

test('--keep best keeps the model of the epoch with the lowest validation loss, also in a resumed run', async () => {
  const out = join(folder, 'best')
  // A learning rate at which the loss rises and falls.
  const options = ['--keep', 'best', '--out', out, '--set', 'learningRate=0.3', ...model, '--set', 'trainSets=64']
  expect((await equivar('train', 'signals', '--epochs', '2', ...options)).status).toBe(0)
  const { status, stdout } = await equivar('train', 'signals', '--epochs', '6', '--resume', ...options)
  const losses = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { val: { loss: number } }).val.loss)
  const lowest = losses.indexOf(Math.min(...losses))
  expect([losses.length, lowest < 5, status]).toEqual([6, true, 0])
  expect(stdout).toContain(`the model is from epoch ${lowest + 1}, which has the lowest validation loss`)
  const { loss } = JSON.parse((await equivar('evaluate', out, '--split', 'validation', '--json')).stdout) as { loss: number }
  expect(loss).toBeCloseTo(losses[lowest] as number, 5)
  expect((await equivar('verify', out)).status).toBe(0)
  const other = await equivar('train', 'signals', '--epochs', '6', '--resume', ...options.slice(2))
  expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('"keep":"best"')])
}, 180_000)

test('Ctrl-C saves a checkpoint and exits 130; a run cannot be resumed with another configuration', async () => {
  const out = join(folder, 'interrupted')
  // More epochs than it completes before the signal.
  const child = spawn(process.execPath, [command, 'train', 'signals', '--epochs', '900', '--out', out, ...small])
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => {
    complaint += text.toString()
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await checkpointOf(out, 0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  const { metadata } = await loadCheckpoint(join(out, 'checkpoint.safetensors'))
  expect(complaint).toBe(`equivar: stopped at step ${metadata.step}; the checkpoint is saved, continue with --resume\n`)
  const before = readFileSync(join(out, 'checkpoint.safetensors'))
  const other = await equivar('train', 'signals', '--out', out, '--resume', ...small, '--set', 'hidden=7')
  expect([other.status, other.stderr]).toEqual([
    2,
    expect.stringMatching(/interrupted: expected to resume .*"hidden":6.*received .*"hidden":7/),
  ])
  expect(readFileSync(join(out, 'checkpoint.safetensors'))).toEqual(before)
}, 120_000)

test('a full disk: one line for the error, and the saved files stay', async () => {
  const out = join(folder, 'full')
  expect((await equivar('train', 'signals', '--epochs', '0', '--out', out, ...small)).status).toBe(0)
  const args = ['train', 'signals', '--epochs', '1', '--out', out, '--resume', ...small].map((word) => `'${word}'`).join(' ')
  const before = readFileSync(join(out, 'checkpoint.safetensors'))
  // Files of at most 4 KiB: the checkpoint is larger.
  const heedless = `--import 'data:text/javascript,process.on("SIGXFSZ",()=>{})'`
  const limited = `ulimit -f 4; exec ${process.execPath} ${heedless} ${command} ${args}`
  const { status, stderr } = spawnSync('bash', ['-c', limited], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^equivar: the file would be too large .*Earlier results are unchanged.*\n$/)])
  expect(readFileSync(join(out, 'checkpoint.safetensors'))).toEqual(before)
  expect(readdirSync(out).filter((name) => name.startsWith('checkpoint'))).toEqual(['checkpoint.safetensors'])
}, 120_000)

test('without an epoch, the initial parameters are saved, exported and checked', async () => {
  const out = join(folder, 'full')
  expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8')).toBe('')
  expect((await equivar('verify', join(out, 'model.onnx'))).status).toBe(0)
})

test('TensorFlow.js trains the same model and writes the same files', async () => {
  const out = join(folder, 'tfjs')
  const { status, stdout } = await equivar('train', 'signals', '--epochs', '1', '--backend', 'tfjs', '--out', out, ...small)
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/tfjs\/wasm \(SIMD, one thread\): matrix products at \d+ GFLOP\/s, ONNX Runtime: \d+ GFLOP\/s/),
  ])
  const first = (path: string): { train: { loss: number } } =>
    JSON.parse(readFileSync(join(path, 'metrics.jsonl'), 'utf8').split('\n')[0] as string) as { train: { loss: number } }
  expect(Math.abs(first(out).train.loss - first(run).train.loss)).toBeLessThan(1e-3)
  expect((await equivar('verify', out)).status).toBe(0)
}, 180_000)

test('the exported training step, run by ONNX Runtime alone, gives the losses of the run', async () => {
  const session = await runtime.InferenceSession.create(join(run, 'train-step.onnx'), { intraOpNumThreads: 1 })
  const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as RunConfig
  const whole = await readRun(run)
  const train = await withDataOf(whole, { folder: undefined }, async (data) => data.train)
  const names = session.outputNames.filter((name) => name.endsWith('.next')).map((name) => name.slice(0, -5))
  const values = initialize(whole.model.module, config.seed)
  const slot = (name: string): StateEntry['kind'] => (name === 'step' ? 'step' : name.startsWith('optimizer.') ? 'slot' : 'parameter')
  const shapeOf = (name: string): readonly number[] => values[name.replace(/^optimizer\.\w+\./, '')]?.shape ?? []
  const state = names.map((name) => ({ input: name, output: `${name}.next`, kind: slot(name), shape: shapeOf(name) }))
  const first = initialState({ state } as never, values)
  const tensor = ({ dtype, data, shape }: { dtype: string; data: unknown; shape: readonly number[] }): runtime.Tensor =>
    new runtime.Tensor(dtype as 'float32', data as Float32Array, shape)
  let current = Object.fromEntries(Object.entries(first).map(([name, value]) => [name, tensor(value)]))
  let sum = 0
  for (const indices of epochBatches(train.length, { batchSize: config.batchSize, seed: config.seed, epoch: 0 })) {
    const batch = Object.fromEntries(Object.entries(train.batch(indices)).filter(([name]) => session.inputNames.includes(name)))
    const data = Object.fromEntries(Object.entries(batch).map(([name, value]) => [name, tensor(value)]))
    const seed = session.inputNames.includes('seed') ? { seed: new runtime.Tensor('int64', BigInt64Array.of(BigInt(config.seed)), []) } : {}
    const outputs = await session.run({
      ...data,
      ...current,
      ...seed,
      learning_rate: new runtime.Tensor('float32', Float32Array.of(config.learningRate), []),
    })
    sum += indices.length * Number((outputs.loss as runtime.Tensor).data[0])
    current = Object.fromEntries(names.map((name) => [name, outputs[`${name}.next`] as runtime.Tensor]))
  }
  const [line = ''] = readFileSync(join(run, 'metrics.jsonl'), 'utf8').split('\n')
  const { train: reported } = JSON.parse(line) as { train: { loss: number } }
  expect(Math.abs(sum / train.length - reported.loss)).toBeLessThan(1e-6)
}, 120_000)

describe('invalid input gives one line and the right exit status', () => {
  const damaged = join(folder, 'damaged.onnx')

  test.each([
    ['an unknown command', ['frobnicate'], 2, /unknown command/],
    ['an unknown option', ['train', 'signals', '--frobnicate'], 2, /unknown option '--frobnicate'/],
    ['an unknown task', ['train', 'nothing'], 2, /expected a task \(signals, .*received "nothing"/],
    ['an unknown model', ['train', 'signals', '--model', 'gin'], 2, /expected a model of signals \(dss, siamese, .*\), received "gin"/],
    ['a bad number', ['train', 'signals', '--epochs', 'many'], 2, /expected an integer of 0 or more, received "many"/],
    [
      'an unknown setting',
      ['train', 'signals', '--set', 'hiden=3'],
      2,
      /expected a setting of signals or dss \(trainSets, elements, hidden, .*received "hiden"/,
    ],
    ['an unknown workload', ['bench', 'gan'], 2, /expected a workload \(deepsets-mean, .*received "gan"/],
    [
      'a device that TensorFlow.js has not here',
      ['train', 'signals', '--backend', 'tfjs', '--device', 'cuda'],
      2,
      /expected --device cpu, received cuda/,
    ],
    ['no configuration', ['train', 'signals', '--config', 'none.ts'], 2, /the file none.ts does not exist/],
    ['no run', ['evaluate', 'nowhere'], 2, /nowhere: expected a run directory/],
    ['nothing to resume', ['train', 'signals', '--resume', '--out', 'empty'], 2, /expected a checkpoint to resume from, found none/],
    ['a missing provider', ['train', 'signals', '--device', 'cuda', '--out', 'gpu'], 1, /device "cuda" is not available here/],
    ['a missing data set', ['train', 'tu:NOTHING', '--data', '.'], 2, /NOTHING/],
  ])('%s', async (_, args, status, message) => {
    const result = await equivar(...args)
    expect(result.stderr).toMatch(message)
    expect(result.stderr.trim().split('\n').length).toBe(1)
    expect(result.status).toBe(status)
  })

  test('a wrong shape and a truncated file', async () => {
    writeFileSync(join(folder, 'flat.json'), JSON.stringify({ x: [1, 2, 3] }))
    const flat = await equivar('predict', join(run, 'model.onnx'), join(folder, 'flat.json'))
    expect([flat.status, flat.stderr]).toEqual([2, expect.stringMatching(/"x" of shape \[batch, set, 1, length\], received \[3\]/)])
    writeFileSync(damaged, readFileSync(join(run, 'model.onnx')))
    truncateSync(damaged, 5000)
    const cut = await equivar('predict', damaged, join(folder, 'sets.json'))
    expect([cut.status, cut.stderr]).toEqual([2, expect.stringMatching(/damaged.onnx: expected a complete ONNX model/)])
  })

  test('a truncated checkpoint is rejected and not changed; a NaN loss stops the run', async () => {
    const out = join(folder, 'cut')
    cpSync(run, out, { recursive: true })
    truncateSync(join(out, 'checkpoint.safetensors'), 3000)
    const result = await equivar('train', 'signals', '--epochs', '3', '--out', out, '--resume', ...small)
    expect([result.status, result.stderr]).toEqual([2, expect.stringMatching(/checkpoint.safetensors: expected .*damaged/)])
    expect(readFileSync(join(out, 'checkpoint.safetensors')).length).toBe(3000)
    const wild = await equivar('train', 'signals', '--epochs', '1', '--out', join(folder, 'wild'), '--set', 'learningRate=1e38', ...small)
    expect([wild.status, wild.stderr]).toEqual([1, expect.stringMatching(/expected a finite loss at step \d+ \(epoch 1\), received/)])
  }, 120_000)
})
