import { onnxBackend, RuntimeError } from '@equivar/backend-onnx'
import { exportOnnx } from '@equivar/export-onnx'
import * as t from '@equivar/tensor'
import { afterEach, expect, test } from 'vitest'
import { loadRuntime, type RuntimeTensor } from '../src/runtime.ts'
import { PieceWorker, runtimePath } from '../src/side-by-side/piece-worker.ts'
import { sharedLayout, sharedNumbers } from '../src/side-by-side/shared-memory.ts'
import { SideBySide } from '../src/side-by-side/side-by-side.ts'
import { splitAtPieces } from '../src/side-by-side/split-program.ts'
import type { SharedLayout, SharedTensor } from '../src/side-by-side/worker.ts'
import { targetOf } from '../src/targets.ts'
import { feeds, step } from './step-in-pieces.ts'

const runtime = await loadRuntime({})
const path = (await runtimePath()) as string
const opened: SideBySide[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.dispose()))
})

async function open(program: t.Program, parts: number): Promise<SideBySide> {
  const found = await SideBySide.open(t.optimize(program, targetOf('cpu')), parts, { runtime, options: { examplesPerPiece: 2 } })
  if (found === undefined) throw new Error('expected a program with pieces')
  opened.push(found)
  return found
}

const tensors = (values: Readonly<Record<string, t.TensorValue>>): Record<string, RuntimeTensor> =>
  Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [
      name,
      new runtime.Tensor(
        dtype as never,
        (dtype === 'float32' ? Float32Array.from(data as Float64Array) : data) as never,
        shape,
      ) as RuntimeTensor,
    ]),
  )

/** A result's numbers. */
const numbersOf = (results: Readonly<Record<string, RuntimeTensor>> | undefined, name: string): Float32Array =>
  results?.[name]?.data as Float32Array

const sizes = (batch: number): t.Binding => new Map(Object.entries({ batch, n: 8, examples_per_piece: 2 }))

async function expectReference(beside: SideBySide, program: t.Program, batch: number): Promise<void> {
  const [expected, results] = [t.evaluate(program, feeds(batch)), await beside.run(tensors(feeds(batch)), sizes(batch))]
  for (const [name, { data, shape }] of Object.entries(expected)) {
    const [got, scale] = [numbersOf(results, name), Math.max(...data.map(Math.abs))]
    expect(results[name]?.dims).toEqual(shape)
    for (const [i, value] of data.entries()) expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-5 * scale)
  }
}

test.each([1, 2, 3])('%i parts give what the reference gives, whatever the batch', async (parts) => {
  const program = step()
  const beside = await open(program, parts)
  for (const batch of [7, 7, 2, 1, 5]) await expectReference(beside, program, batch)
})

test('runs asked for at once are run one after the other', async () => {
  const beside = await open(step(), 2)
  const runs = await Promise.all([3, 7, 4].map((batch) => beside.run(tensors(feeds(batch)), sizes(batch))))
  for (const [i, batch] of [3, 7, 4].entries()) {
    const expected = t.evaluate(step(), feeds(batch)).loss?.data[0] as number
    expect(numbersOf(runs[i], 'loss')[0]).toBeCloseTo(expected, 5)
  }
})

test('what pieces read and is not fed is computed before', async () => {
  const [x, w, mask] = [t.input('x', 'float32', ['batch', 3]), t.input('w', 'float32', [2, 3]), t.input('mask', 'bool', ['batch'])]
  const counted = t.cast(mask, 'float32')
  const error = t.mul(t.tanh(t.matMul(x, t.exp(t.transpose(w)))), t.unsqueeze(counted, 1))
  const loss = t.div(t.reduceSum(t.mul(error, error)), t.reduceSum(counted))
  const [gradient] = t.differentiate(loss, [w])
  const program = t.program({ inputs: [x, w, mask], outputs: { loss, gradient: gradient as t.Tensor } })
  expect(splitAtPieces(t.optimize(program, targetOf('cpu')), 2)?.before).toBeDefined()
  const beside = await open(program, 2)
  const values = {
    x: t.tensorValue(
      'float32',
      [5, 3],
      Float64Array.from({ length: 15 }, (_, i) => Math.sin(i)),
    ),
    w: t.tensorValue('float32', [2, 3], [0.1, -0.2, 0.3, 0.4, 0.5, -0.6]),
    mask: t.tensorValue('bool', [5], [1, 0, 1, 1, 0]),
  }
  const [expected, got] = [
    t.evaluate(program, values),
    await beside.run(tensors(values), new Map(Object.entries({ batch: 5, examples_per_piece: 2 }))),
  ]
  for (const [name, { data }] of Object.entries(expected))
    for (const [i, value] of data.entries()) expect(numbersOf(got, name)[i]).toBeCloseTo(value, 5)
})

test('a program without pieces, or whose parts do not tell all sizes, is not split', () => {
  expect(splitAtPieces(t.optimize(step(), targetOf('webgpu')), 2)).toBeUndefined()
  const [x, other] = [t.input('x', 'float32', ['batch', 2]), t.input('other', 'float32', ['m'])]
  const scale = t.cast(t.sizeOf('m'), 'float32')
  const loss = t.reduceSum(t.mul(t.reshape(t.expand(t.reshape(t.tanh(x), ['batch', 2, 1]), ['batch', 2, 'm']), ['batch', -1]), scale))
  const program = t.program({ inputs: [x, other], outputs: { loss } })
  expect(splitAtPieces(t.optimize(program, targetOf('cpu')), 2)).toBeUndefined()
})

test('a thread that cannot start is an error', async () => {
  await expect(PieceWorker.start({ runtime: path, model: Uint8Array.of(1, 2, 3), settings: {} })).rejects.toThrow(RuntimeError)
})

test('what fails in a thread is an error of that run; a thread that has ended, of every run', async () => {
  const x = t.input('x', 'float32', [2])
  const model = exportOnnx(t.program({ inputs: [x], outputs: { y: t.add(x, 1) } }))
  const worker = await PieceWorker.start({ runtime: path, model, settings: {} })
  const layoutOf = (count: number): SharedLayout =>
    sharedLayout([{ name: 'x', dtype: 'float32', shape: [count] }], [{ name: 'y', dtype: 'float32', shape: [count] }])
  worker.begin(layoutOf(3))
  await expect(worker.finish()).rejects.toThrow(/ONNX Runtime failed.*dimensions/s)
  const layout = layoutOf(2)
  sharedNumbers(layout, layout.inputs[0] as SharedTensor).set([4, 5] as never)
  worker.begin(layout)
  await worker.finish()
  expect([...sharedNumbers(layout, layout.outputs[0] as SharedTensor)]).toEqual([5, 6])
  await worker.dispose()
  expect(() => worker.begin(layout)).toThrow('run: a thread that computes a part of the batch failed (the thread has ended).')
})

test('a step that is worth it runs side by side, and its results repeat to the bit', async () => {
  const [x, w] = [t.input('x', 'float32', ['batch', 'n', 64]), t.input('w', 'float32', [64, 64])]
  const loss = t.reduceMean(t.tanh(t.matMul(x, w)))
  const [gradient] = t.differentiate(loss, [w])
  const program = t.program({ inputs: [x, w], outputs: { loss, gradient: gradient as t.Tensor } })
  const values = {
    x: t.tensorValue(
      'float32',
      [8, 2048, 64],
      Float64Array.from({ length: 8 * 2048 * 64 }, (_, i) => Math.sin(i)),
    ),
    w: t.tensorValue(
      'float32',
      [64, 64],
      Float64Array.from({ length: 64 * 64 }, (_, i) => Math.cos(i) / 8),
    ),
  }
  const results = await Promise.all(
    [1, 2, 2].map(async (threads) => {
      const executable = await onnxBackend({ threads }).compile(program)
      const gradients = (await executable.run(values)).gradient?.data()
      await executable.dispose()
      return gradients as Promise<Float32Array>
    }),
  )
  const [one, two, again] = results as [Float32Array, Float32Array, Float32Array]
  expect(again).toEqual(two)
  const scale = Math.max(...one.map(Math.abs))
  for (const [i, value] of one.entries()) expect(Math.abs((two[i] as number) - value)).toBeLessThan(1e-5 * scale)
})
