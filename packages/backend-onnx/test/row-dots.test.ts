import {
  add,
  cast,
  evaluate,
  gather,
  type Input,
  input,
  mul,
  type Program,
  program,
  Random,
  reduceSum,
  reshape,
  segmentSum,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { sessionOf } from '../src/compiled-session.ts'
import { describeLongSums, onnxBackend } from '../src/index.ts'
import { rowDotsInPieces } from '../src/passes/row-dots-in-pieces.ts'
import type { RuntimeTensor } from '../src/runtime.ts'
import { expectClose, expectSameValues } from './linear-and-norm.ts'
import { hostValue, runtime, tensorsOf } from './runtime-tensors.ts'

/** Edges of a piece: 2^18 numbers of rows of 32. */
const PIECE = 8192
const [ROWS, OTHERS] = [50, 70]

const x = input('x', 'float32', [ROWS, 4, 8])
const y = input('y', 'float32', [OTHERS, 4, 8])
const narrow = input('narrow', 'float32', [ROWS, 31])
const half = input('half', 'float16', [ROWS, 4, 8])
const head = input('head', 'float32', [ROWS, 1, 8])
const turned = input('turned', 'float32', [32, ROWS])
const own = input('own', 'float32', ['edges', 4, 8])
const [i, j] = [input('i', 'int64', ['edges']), input('j', 'int64', ['edges'])]
const inputs = [x, y, narrow, half, head, turned, own, i, j]
const read = { x, y, i, j }

const product = mul(gather(x, i), gather(y, j))
const rowsOfX = gather(x, i)
const sums: Readonly<Record<string, Tensor>> = {
  'over one axis': reduceSum(product, { axis: 2 }),
  'over one axis, which stays': reduceSum(product, { axis: 2, keepDims: true }),
  'over the first axis of a row': reduceSum(product, { axis: 1 }),
  'over all axes of a row': reduceSum(product, { axis: [1, 2] }),
  'of rows of one source': reduceSum(mul(gather(x, i), gather(x, j)), { axis: 2 }),
}

const random = new Random({ seed: 7 })
/** Added up without rounding. */
const wholeNumbers = ({ name, tensor }: { name: string; tensor: Input }): [string, TensorValue] => {
  const shape = tensor.shape as number[]
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.integer(17) - 8)
  return [name, tensorValue('float32', shape, data)]
}
/** Rows from 0 on; every seventh is counted from the end. */
const positions = (edges: number, rows: number): TensorValue =>
  tensorValue(
    'int64',
    [edges],
    BigInt64Array.from({ length: edges }, (_, e) => BigInt(random.integer(rows) - (e % 7 === 3 ? rows : 0))),
  )
const feedsOf = (edges: number): Record<string, TensorValue> => ({
  ...Object.fromEntries([wholeNumbers({ name: 'x', tensor: x }), wholeNumbers({ name: 'y', tensor: y })]),
  i: positions(edges, ROWS),
  j: positions(edges, ROWS),
})

describe('products of two rows an edge', () => {
  test('before and after', () => {
    const sum = sums['over one axis'] as Tensor
    expect(before(sum, inputs)).toBe('ReduceSum([2], false)(Mul(Gather(0)(x, i), Gather(0)(y, j)))')
    expect(after(rowDotsInPieces, sum, inputs)).toBe('Reshape([edges 4])(RowDots([4 8], [1])(x, i, y, j))')
  })

  test.each<[string, Tensor | readonly Tensor[]]>([
    ['over the edges', reduceSum(product, { axis: [0, 2] })],
    ['few numbers a row', reduceSum(mul(gather(narrow, i), gather(narrow, j)), { axis: 1 })],
    ['float16', reduceSum(mul(gather(half, i), gather(half, j)), { axis: 2 })],
    ['positions of 32 bits', reduceSum(mul(gather(x, cast(i, 'int32')), gather(y, j)), { axis: 2 })],
    ['a table of positions', reduceSum(mul(gather(x, reshape(i, ['edges', 1])), gather(y, reshape(j, ['edges', 1]))), { axis: 3 })],
    ['columns', reduceSum(mul(gather(turned, i, 1), gather(turned, j, 1)), { axis: 0 })],
    ['rows of two shapes', reduceSum(mul(gather(x, i), gather(head, j)), { axis: 2 })],
    ['rows of the edges themselves', reduceSum(mul(gather(x, i), own), { axis: 2 })],
    ['squares of rows', reduceSum(mul(rowsOfX, rowsOfX), { axis: 2 })],
    ['rows that are read elsewhere', [reduceSum(mul(rowsOfX, gather(y, j)), { axis: 2 }), rowsOfX]],
    ['a product that is read elsewhere', [reduceSum(product, { axis: 2 }), product]],
    ['a sum', reduceSum(add(gather(x, i), gather(y, j)), { axis: 2 })],
  ])('stay: %s', (_, given) => {
    expect(after(rowDotsInPieces, given, inputs)).toBe(before(given, inputs))
  })

  test.each(Object.entries(sums))('are the same: %s', (_, sum) => {
    const whole = program({ inputs: read, outputs: { sum } })
    for (const edges of [0, 1, 30]) expectSameValues(rowDotsInPieces, whole, feedsOf(edges))
  })

  test.each(Object.entries(sums))('are the same on ONNX Runtime, whatever is left for the last piece: %s', async (_, sum) => {
    const whole = program({ inputs: read, outputs: { sum } })
    const changed = rowDotsInPieces.run(whole, { fixed: new Set() })
    const session = await sessionOf(changed, { runtime, options: { threads: 2 } }, 'none')
    for (const edges of [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 5]) {
      const feeds = feedsOf(edges)
      const { sum: found } = await session.run(tensorsOf(feeds))
      const { sum: expected } = evaluate(whole, feeds)
      expectClose({ sum: hostValue(found as RuntimeTensor) }, { sum: expected as TensorValue }, 0)
    }
    await session.release()
  })
})

describe('in a program of long sums', () => {
  const whole: Program = program({
    inputs: read,
    outputs: { sum: sums['over one axis'] as Tensor, ofNeighbours: segmentSum(gather(x, i), j, OTHERS) },
  })

  test('they are described by the sizes', () => {
    const at = (edges: number): Map<string, number> => new Map(Object.entries({ edges }))
    expect(describeLongSums(whole, at(25_000))).toBeUndefined()
    expect(describeLongSums(whole, at(25_001))).toEqual({ overLists: 1, byIndex: 0, rowDots: 1 })
  })

  test.each([1, 2])('they are those of the reference, with %i threads', async (threads) => {
    const executable = await onnxBackend({ threads }).compile(whole)
    for (const edges of [10, 30_000, 27_000]) {
      const feeds = {
        ...feedsOf(edges),
        j: tensorValue(
          'int64',
          [edges],
          Array.from({ length: edges }, (_, e) => BigInt((e * 31) % 69)),
        ),
      }
      const results = Object.entries(await executable.run(feeds))
      const found = results.map(async ([name, y]) => [name, tensorValue('float32', y.shape, await y.data())] as const)
      expectClose(Object.fromEntries(await Promise.all(found)), evaluate(whole, feeds), 0)
    }
    await executable.dispose()
  })
})
