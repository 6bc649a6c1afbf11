import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { afterEach, describe, expect, test } from 'vitest'
import { divideRows } from '../src/rows.ts'
import { rowProgram } from '../src/rows-in-pieces.ts'
import { loadRuntime, type RuntimeTensor } from '../src/runtime.ts'
import { RowsSideBySide } from '../src/side-by-side/rows-side-by-side.ts'
import { Turns } from '../src/turns.ts'

const runtime = await loadRuntime({})
const opened: { dispose(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.dispose()))
})

/** Sets with masks: outputs of points, of sets and of no example, of several types. */
function model(): t.Program {
  const x = t.input('x', 'float32', ['batch', 'n', 3])
  const mask = t.input('mask', 'bool', ['batch', 'n'])
  const w = t.input('w', 'float32', [3, 4])
  const shift = t.input('shift', 'float32', [4])
  const points = t.where(t.unsqueeze(mask, 2), t.add(t.matMul(x, w), shift), 0)
  const sums = t.reduceSum(points, { axis: 1 })
  const outputs = { points, sums, largest: t.argMax(sums, 1), isLarge: t.greater(sums, 1), weights: t.mul(w, 2) }
  return t.program({ inputs: { x, mask, w, shift }, outputs })
}

const numbers = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(3 * i + 1))

const values = { w: t.tensorValue('float32', [3, 4], numbers([3, 4])) }

const feeds = (batch: number, n = 5): Record<string, t.TensorValue> => ({
  x: t.tensorValue('float32', [batch, n, 3], numbers([batch, n, 3])),
  mask: t.tensorValue(
    'bool',
    [batch, n],
    Uint8Array.from(numbers([batch, n]), (v) => Number(v > -0.5)),
  ),
  shift: t.tensorValue('float32', [4], numbers([4])),
})

type Result = { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> }

function expectReference(found: Readonly<Record<string, Result>>, batch: number, n = 5): void {
  const expected = t.evaluate(model(), { ...feeds(batch, n), ...values })
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, { data, shape }] of Object.entries(expected)) {
    expect(found[name]?.shape).toEqual(shape)
    for (const [i, value] of [...data].entries()) expect(Math.abs(Number(found[name]?.data[i]) - Number(value))).toBeLessThan(1e-5)
  }
}

async function outputsOf(executable: t.Executable, given: t.Feeds): Promise<Record<string, Result>> {
  const found = Object.entries(await executable.run(given)).map(
    async ([name, y]) => [name, { shape: y.shape, data: await y.data() }] as const,
  )
  return Object.fromEntries(await Promise.all(found))
}

describe.each([1, 2, 3, 8])('%i examples at a time', (examplesPerPiece) => {
  test.each([1, 2])('%i threads give what the reference gives, whatever the batch', async (threads) => {
    const executable = await onnxBackend({ threads, examplesPerPiece }).compile(model(), { values })
    opened.push({ dispose: async () => executable.dispose() })
    for (const batch of [7, 2, 1, 5, 5]) expectReference(await outputsOf(executable, feeds(batch)), batch)
  })
})

const tensors = (given: Readonly<Record<string, t.TensorValue>>): Record<string, RuntimeTensor> =>
  Object.fromEntries(
    Object.entries(given).map(([name, { dtype, shape, data }]) => [
      name,
      new runtime.Tensor(dtype as never, data as never, shape) as RuntimeTensor,
    ]),
  )

describe.each([1, 2, 3])('%i parts side by side', (parts) => {
  const open = async (): Promise<RowsSideBySide> => {
    const names = rowProgram(model(), ['w'])
    if (names === undefined) throw new Error('expected a program of rows')
    const found = await RowsSideBySide.open(model(), names, parts, { runtime, options: {}, values })
    if (found === undefined) throw new Error('expected threads')
    opened.push(found)
    return found
  }
  const run = async (beside: RowsSideBySide, batch: number, each: number, n = 5): Promise<Record<string, Result>> => {
    const found = await beside.run({ given: tensors(feeds(batch, n)), sizes: new Map(Object.entries({ batch, n })), each })
    return Object.fromEntries(Object.entries(found).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]))
  }

  test('give what the reference gives, whatever the sizes', async () => {
    const beside = await open()
    for (const [batch, each, n] of [
      [7, 2, 5],
      [7, 2, 5],
      [7, 3, 5],
      [2, 1, 4],
      [1, 1, 5],
      [11, 4, 1],
      [5, 9, 5],
    ] as const)
      expectReference(await run(beside, batch, each, n), batch, n)
  })

  test('runs asked for at once take turns', async () => {
    const beside = await open()
    const found = await Promise.all([run(beside, 7, 2), run(beside, 3, 2), run(beside, 5, 1)])
    for (const [i, batch] of [7, 3, 5].entries()) expectReference(found[i] as Record<string, Result>, batch)
  })

  test('a run that fails is said, and the next one is right', async () => {
    const beside = await open()
    const bad = {
      ...tensors(feeds(7)),
      shift: tensors({ shift: t.tensorValue('float32', [3], [1, 2, 3].map(Math.fround)) }).shift as RuntimeTensor,
    }
    await expect(beside.run({ given: bad, sizes: new Map(Object.entries({ batch: 7, n: 5 })), each: 2 })).rejects.toThrow()
    expectReference(await run(beside, 7, 2), 7)
  })
})

test('a batch of none, and one that was asked for whole', async () => {
  const whole = await onnxBackend({ examplesPerPiece: false }).compile(model(), { values })
  const pieces = await onnxBackend({ examplesPerPiece: 2, threads: 2 }).compile(model(), { values })
  opened.push({ dispose: async () => whole.dispose() }, { dispose: async () => pieces.dispose() })
  expectReference(await outputsOf(whole, feeds(4)), 4)
  expectReference(await outputsOf(whole, feeds(0)), 0)
  expectReference(await outputsOf(pieces, feeds(0)), 0)
})

test('rows are not told apart where one that is fixed has them', () => {
  expect(rowProgram(model(), ['w'])?.symbol).toBe('batch')
  expect(rowProgram(model(), ['mask'])).toBeUndefined()
})

test.each([
  [7, 3],
  [3, 3],
  [1, 3],
  [0, 2],
  [64, 8],
])('%i rows in %i parts', (batch, parts) => {
  const rows = divideRows(batch, parts)
  expect(rows.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i))).toEqual([...Array(batch).keys()])
})

test('turns are taken in order, after failures too', async () => {
  const turns = new Turns()
  const seen: number[] = []
  const work = (i: number) => async (): Promise<void> => {
    await Promise.resolve()
    seen.push(i)
    if (i === 1) throw new Error('one')
  }
  const all = [0, 1, 2].map((i) => turns.take(work(i)))
  await expect(all[1]).rejects.toThrow('one')
  await Promise.all([all[0], all[2]])
  expect(seen).toEqual([0, 1, 2])
})
