import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportOnnx, exportOnnxFiles, onnxNodes } from '@equivar/export-onnx'
import {
  add,
  constant,
  type Input,
  input,
  matMul,
  program,
  Random,
  reduceMean,
  reduceSum,
  reshape,
  sin,
  symbol,
  type Tensor,
} from '@equivar/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { equivar, jsonLines } from './in-process.ts'
import { expectRefused } from './small-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-symmetrize-'))
const at = (name: string): string => join(folder, `${name}.onnx`)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function numbers(shape: readonly number[]): Tensor {
  const random = new Random({ seed: 1 })
  return constant(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  )
}

const write = (name: string, x: Input, y: Tensor): void => writeFileSync(at(name), exportOnnx(program({ inputs: { x }, outputs: { y } })))

beforeAll(() => {
  const image = input('x', 'float32', ['batch', 1, 5, 5])
  const flat = reshape(image, [symbol('batch'), 25])
  write('image', image, matMul(sin(add(matMul(flat, numbers([25, 6])), numbers([6]))), numbers([6, 3])))
  // Nodes of one graph: their mean mixes them.
  const nodes = input('x', 'float32', ['nodes', 3])
  const centred = add(nodes, reduceMean(sin(matMul(nodes, numbers([3, 3]))), { axis: 0, keepDims: true }))
  write('graph', nodes, centred)
  const sets = input('x', 'float32', ['batch', 4, 2])
  const weights = input('w', 'float32', [8, 300])
  const y = reduceSum(sin(matMul(reshape(sets, [symbol('batch'), 8]), weights)), { axis: 1 })
  const { model, data } = exportOnnxFiles(program({ inputs: { x: sets, w: weights }, outputs: { y } }), {
    location: 'weights.bin',
    values: { w: { dtype: 'float32', shape: [8, 300], data: Float32Array.from({ length: 2400 }, (_, i) => Math.sin(i)) } },
  })
  writeFileSync(at('beside'), model)
  writeFileSync(join(folder, 'weights.bin'), Buffer.concat(data))
})

interface Line {
  readonly steps: readonly { text: string; method: string; runs: number }[]
  readonly runs: number
  readonly timeRatio: number
  readonly error: { before: number; after: number }
  readonly standardError?: number
}

const symmetrized = async (name: string, ...args: string[]): Promise<Line> => {
  const { status, stdout, stderr } = await equivar('symmetrize', at(name), ...args, '--out', at(`${name}-out`), '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return jsonLines<Line>(stdout)[0] as Line
}

test('an image network gets the symmetry of the square, and verify proves it', async () => {
  const action = ['--action', 'x:D4 on axes 2 3']
  const { steps, runs, timeRatio, error } = await symmetrized('image', ...action)
  expect(steps).toEqual([{ text: 'D4', method: 'average', runs: 8, isExact: true }])
  expect(runs).toBe(8)
  expect(timeRatio).toBeGreaterThan(0)
  expect(error.before).toBeGreaterThan(1e-2)
  expect(error.after).toBeLessThan(1e-5)
  // The network is there once: its copies are examples.
  expect(onnxNodes(readFileSync(at('image-out')), '').filter(({ operator }) => operator === 'Sin')).toHaveLength(1)
  const { status } = await equivar('verify', at('image-out'), ...action, '--tolerance', '1e-5')
  expect(status).toBe(0)
  expect((await equivar('verify', at('image'), ...action)).status).toBe(1)
})

test('it says in words what it did', async () => {
  const { stdout } = await equivar('symmetrize', at('image'), '--action', 'x:D4 on axes 2 3', '--out', at('words'))
  expect(stdout).toContain('D4: average, 8 runs of the model for each example\n')
  expect(stdout).toMatch(/cost: 8 times the model's runs, \d+\.\d\d times its time\n/)
  expect(stdout).toMatch(/equivariance error: \d\.\de[+-]\d+ before, \d\.\de-\d+ after, relative to the largest output\n/)
  expect(stdout).toContain(`wrote ${at('words')}\n`)
})

test('rows that a model mixes are no examples: the frame is one of all', async () => {
  const { steps, error } = await symmetrized('graph', '--action', 'x:O(3) on axis 1', '--output', 'y:O(3) on axis 1')
  expect(steps[0]?.runs).toBe(8)
  expect(error.after).toBeLessThan(1e-4)
  // One model for each of the frames, of which each has the covariance of all nodes.
  expect(onnxNodes(readFileSync(at('graph-out')), '').filter(({ operator }) => operator === 'Sin')).toHaveLength(8)
})

test('values beside the model lie beside the new one', async () => {
  const { error } = await symmetrized('beside', '--action', 'x:S4 on axis 1')
  expect(error.after).toBeLessThan(1e-5)
  expect(existsSync(join(folder, 'beside-out.onnx.data'))).toBe(true)
  expect(statSync(at('beside-out')).size).toBeLessThan(5000)
})

test('samples state their error', async () => {
  const { error, standardError, runs } = await symmetrized('image', '--action', 'x:D4 on axes 2 3', '--method', 'sample', '--samples', '12')
  expect(runs).toBe(12)
  expect(standardError).toBeGreaterThan(1e-3)
  expect(error.after).toBeGreaterThan(1e-4)
})

test.each([
  [['--action', 'x:S25 on axis 2'], /^equivar: --action x:"S25 on axis 2", axis 2: expected size 5, received an action on size 25/],
  [['--action', 'z:D4 on axes 2 3'], /^equivar: --action: expected one of x, received "z"/],
  [['--action', 'x:D4 on axes 2 3', '--output', 'u:D4 on axes 2 3'], /^equivar: --output: expected one of y, received "u"/],
  [
    ['--action', 'x:D4 on axes 2 3', '--most', '7'],
    /image\.onnx: symmetrize: expected at most 7 elements of D4 to average over, received 8\. Use method "sample"/,
  ],
  [['--action', 'x:D4 on axes 2 3', '--method', 'frames'], /expected a group with frames for method "frames"/],
])('%j is refused', async (args, message) => {
  expectRefused(await equivar('symmetrize', at('image'), ...args, '--out', at('refused')), message)
  expect(existsSync(at('refused'))).toBe(false)
})
