import {
  evaluate,
  full,
  gather,
  gatherND,
  input,
  type Program,
  program,
  repeat,
  scatterND,
  type Tensor,
  type TensorValue,
  tensorValue,
  unsqueeze,
} from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { exportOnnx, FEW_ROWS, onnxNodes, type SumsInPieces } from '../../src/index.ts'

/** A piece holds three such rows. */
const WIDTH = 50_001
const FOUR_PIECES = 12
const ROWS = 7

const x = input('x', 'float32', ['updates', WIDTH])
const at = input('at', 'int64', ['updates'])
const from = input('from', 'int64', ['updates'])
const table = input('table', 'float32', ['entries', WIDTH])
const start = input('start', 'float32', ['rows', WIDTH])
const programOf = (outputs: Readonly<Record<string, Tensor>>): Program => program({ inputs: [x, at, from, table, start], outputs })

type Feeds = Readonly<Record<string, TensorValue>>

const made = new Map<string, TensorValue>()

function numbers(rows: number, seed: number, of: (n: number) => number): TensorValue {
  const key = `${rows} ${seed} ${of.name}`
  const data = (): Float32Array => new Float32Array(rows * WIDTH).map((_, i) => of((((i + seed) * 7919) % 17) - 8))
  const value = made.get(key) ?? tensorValue('float32', [rows, WIDTH], data())
  made.set(key, value)
  return value
}

const integers = (length: number, of: (i: number) => number): TensorValue =>
  tensorValue(
    'int64',
    [length],
    BigInt64Array.from({ length }, (_, i) => BigInt(of(i))),
  )

/** Thirds are rounded with each addition, so that another order of additions shows. */
const thirds = (n: number): number => n / 3

const feedsFor = (updates: number, order: (i: number) => number, of = thirds): Feeds => ({
  x: numbers(updates, 1, of),
  at: integers(updates, order),
  from: integers(updates, (i) => (i * 2) % 3),
  table: numbers(3, 2, of),
  start: numbers(ROWS, 3, of),
})

const anyOrder = (i: number): number => (i * 5 + 3) % ROWS
const orders: readonly ((i: number) => number)[] = [
  anyOrder,
  // All to one row.
  () => 4,
  // Counted from the end.
  (i) => (anyOrder(i) - (i % 2 === 0 ? ROWS : 0)) | 0,
]

async function withFile<T>(
  p: Program,
  { sums, threads }: { readonly sums: SumsInPieces; readonly threads: number },
  use: (run: (feeds: Feeds) => Promise<Record<string, Float32Array>>) => Promise<T>,
): Promise<T> {
  const session = await runtime.InferenceSession.create(exportOnnx(p, { sums }), { logSeverityLevel: 4, intraOpNumThreads: threads })
  const run = async (feeds: Feeds): Promise<Record<string, Float32Array>> => {
    const given = session.inputNames.map((name) => {
      const { dtype, shape, data } = feeds[name] as TensorValue
      return [name, new runtime.Tensor(dtype as never, data as never, shape)]
    })
    const results = await session.run(Object.fromEntries(given))
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]))
  }
  try {
    return await use(run)
  } finally {
    await session.release()
  }
}

const zeros = full(0, ['rows', WIDTH])
const sum = (data: Tensor, updates: Tensor, reduction: 'add' | 'max' | 'min' | 'mul' = 'add'): Tensor =>
  scatterND(data, unsqueeze(at, 1), updates, { reduction })

/** Where two arrays differ first; -1 if nowhere. NaN is NaN. */
function firstDifference(a: ArrayLike<number> = [], b: ArrayLike<number> = []): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (!Object.is(a[i], b[i])) return i
  return -1
}

test.each<[string, Record<string, Tensor>]>([
  ['sums of rows, and into more rows', { y: sum(zeros, x), z: sum(full(0, [ROWS + 2, WIDTH]), x) }],
  ['sums of rows that are read elsewhere', { y: sum(zeros, gather(table, from)), z: sum(start, gatherND(table, unsqueeze(from, 1))) }],
  ['sums and products onto what is there', { y: sum(start, x), z: sum(start, x, 'mul') }],
  ['the largest and the smallest', { y: sum(full(-Infinity, ['rows', WIDTH]), x, 'max'), z: sum(start, x, 'min') }],
])('%s: with four threads, bit for bit what one thread gives', async (_, outputs) => {
  const p = programOf(outputs)
  await withFile(p, { sums: 'all', threads: 4 }, (inPieces) =>
    withFile(p, { sums: 'none', threads: 1 }, async (whole) => {
      for (const order of orders)
        for (const updates of [0, 1, 7, FOUR_PIECES]) {
          const feeds = feedsFor(updates, order)
          const [expected, results] = [await whole(feeds), await inPieces(feeds)]
          for (const name of Object.keys(outputs))
            expect([name, updates, firstDifference(results[name], expected[name])]).toEqual([name, updates, -1])
        }
    }),
  )
})

test('equal to the reference', async () => {
  const p = programOf({ y: sum(start, x) })
  await withFile(p, { sums: 'all', threads: 4 }, async (run) => {
    for (const updates of [5, FOUR_PIECES]) {
      const feeds = feedsFor(updates, anyOrder, Math.trunc)
      expect(firstDifference((await run(feeds)).y, evaluate(p, feeds).y?.data as Float64Array)).toBe(-1)
    }
  })
})

test('indices in several axes, whole numbers', async () => {
  const [pairs, whole] = [input('pairs', 'int64', ['many', 2, 1]), input('whole', 'int64', ['many', 2, 3, 30_000])]
  const p = program({
    inputs: [pairs, whole],
    outputs: { y: scatterND(full(0, [3, 3, 30_000], 'int64'), pairs, whole, { reduction: 'add' }) },
  })
  const shaped = (value: TensorValue, shape: readonly number[]): TensorValue => ({ ...value, shape })
  const rows = integers(8, (i) => (i * i) % 3)
  const feeds = {
    pairs: shaped(rows, [4, 2, 1]),
    whole: shaped(
      integers(8 * 90_000, (i) => i % 101),
      [4, 2, 3, 30_000],
    ),
  }
  const y = await withFile(p, { sums: 'all', threads: 4 }, async (run) => Array.from((await run(feeds)).y ?? [], Number))
  expect(firstDifference(y, evaluate(p, feeds).y?.data as Float64Array)).toBe(-1)
})

test('in the body of a loop', async () => {
  const [i, state] = [input('i', 'int64', []), input('state', 'float32', ['rows', WIDTH])]
  const body = program({ inputs: [i, state, x, at], outputs: { next: sum(state, x) } })
  const [last] = repeat(body, { count: 3, states: [start], captured: [x, at] })
  const p = program({ inputs: [x, at, start], outputs: { y: last as Tensor } })
  expect(onnxNodes(exportOnnx(p, { sums: 'all' }), 'test').some(({ name }) => name.startsWith(FEW_ROWS))).toBe(true)
  const feeds = feedsFor(FOUR_PIECES, anyOrder)
  const expected = await withFile(p, { sums: 'none', threads: 1 }, (run) => run(feeds))
  const results = await withFile(p, { sums: 'all', threads: 4 }, (run) => run(feeds))
  expect(firstDifference(results.y, expected.y)).toBe(-1)
})

test('an index beyond the last row is still an error', async () => {
  const beyond = (i: number): number => (i === 11 ? ROWS : 1)
  const run = withFile(programOf({ y: sum(start, x) }), { sums: 'all', threads: 4 }, (once) => once(feedsFor(FOUR_PIECES, beyond)))
  await expect(run).rejects.toThrow('indice')
})

test('more pieces, and those of no rows, give what one thread gives', async () => {
  const p = programOf({ y: sum(start, x), z: sum(zeros, gather(table, from)) })
  await withFile(p, { sums: { rows: 30 }, threads: 4 }, (inPieces) =>
    withFile(p, { sums: 'none', threads: 1 }, async (whole) => {
      for (const updates of [2, 30]) {
        const feeds = feedsFor(updates, anyOrder)
        const [expected, results] = [await whole(feeds), await inPieces(feeds)]
        for (const name of ['y', 'z']) expect([name, updates, firstDifference(results[name], expected[name])]).toEqual([name, updates, -1])
      }
    }),
  )
})
