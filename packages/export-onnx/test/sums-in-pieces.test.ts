import {
  full,
  gather,
  type Input,
  input,
  type Program,
  program,
  repeat,
  scatterND,
  segmentSum,
  type Tensor,
  unsqueeze,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { exportOnnx, FEW_ROWS, hasLongSums, longestSum, onnxNodes, type SumsInPieces, sumOf } from '../src/index.ts'
import { written } from './written-files.ts'

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
const zeros = full(0, ['rows', WIDTH])
const sum = (data: Tensor, updates: Tensor, reduction: 'add' | 'max' | 'min' | 'mul' = 'add'): Tensor =>
  scatterND(data, unsqueeze(at, 1), updates, { reduction })

/** The nodes that slice and add, of a file in which four rows are expected. */
const nodes = (inputs: readonly Input[], y: Tensor): string[] => {
  const bytes = exportOnnx(program({ inputs, outputs: { y } }), { sums: { rows: 4 }, shapes: false, optimized: true })
  return written(bytes).filter((line) => /^(Reshape|Slice|Gather|FewRows)#/.test(line))
}

describe('pieces are slices, each added to what those before left', () => {
  test('of the updates and of the indices', () => {
    expect(nodes([x, at, start], sum(start, x, 'max'))).toEqual([
      'Slice#14: Slice(x, constant#3, div#11, constant#3) -> slice#13',
      'Slice#16: Slice(unsqueeze#1, constant#3, div#11, constant#3) -> slice#15',
      'FewRows#18: ScatterND(start, slice#15, slice#13, reduction=max) -> scatternd#17',
      'Slice#20: Slice(x, div#11, shape#4, constant#3) -> slice#19',
      'Slice#22: Slice(unsqueeze#1, div#11, shape#4, constant#3) -> slice#21',
      'FewRows#24: ScatterND(scatternd#17, slice#21, slice#19, reduction=max) -> y',
    ])
  })

  test('of where updates are read, if they are rows of another tensor', () => {
    const [left, right] = ['div#13', 'shape#6']
    expect(nodes([at, from, table, start], sum(start, gather(table, from)))).toEqual([
      `Slice#16: Slice(from, constant#5, ${left}, constant#5) -> slice#15`,
      'Gather#18: Gather(table, slice#15, axis=0) -> gather#17',
      `Slice#20: Slice(unsqueeze#1, constant#5, ${left}, constant#5) -> slice#19`,
      'FewRows#22: ScatterND(start, slice#19, gather#17, reduction=add) -> scatternd#21',
      `Slice#24: Slice(from, ${left}, ${right}, constant#5) -> slice#23`,
      'Gather#26: Gather(table, slice#23, axis=0) -> gather#25',
      `Slice#28: Slice(unsqueeze#1, ${left}, ${right}, constant#5) -> slice#27`,
      'FewRows#30: ScatterND(scatternd#21, slice#27, gather#25, reduction=add) -> y',
    ])
    // Columns that are read, and rows for other indices, are written out.
    const wide = input('wide', 'float32', ['updates', 3])
    const columns = scatterND(full(0, ['rows', WIDTH]), unsqueeze(at, 1), gather(wide, input('c', 'int64', [WIDTH]), 1), {
      reduction: 'add',
    })
    expect(sumOf(columns.node)).toMatchObject({ at: undefined })
    expect(sumOf(sum(start, gather(table, from)).node)).toMatchObject({ source: table, at: from, width: WIDTH, reduction: 'add' })
  })

  test('of indices in several axes, one after the other', () => {
    const [pairs, many] = [input('pairs', 'int64', ['many', 2, 1]), input('many', 'float32', ['many', 2, 3, 30_000])]
    const rows = input('rows', 'float32', ['rows', 3, 30_000])
    expect(nodes([pairs, many, rows], scatterND(rows, pairs, many, { reduction: 'add' }))).toEqual([
      'Reshape#2: Reshape(pairs, constant#0) -> reshape#1',
      'Reshape#5: Reshape(many, constant#3) -> reshape#4',
      'Slice#10: Slice(reshape#4, constant#6, shape#7, constant#6) -> slice#9',
      'Slice#12: Slice(reshape#1, constant#6, shape#7, constant#6) -> slice#11',
      'FewRows#14: ScatterND(rows, slice#11, slice#9, reduction=add) -> scatternd#13',
      'Slice#19: Slice(reshape#4, shape#7, mul#16, constant#6) -> slice#18',
      'Slice#21: Slice(reshape#1, shape#7, mul#16, constant#6) -> slice#20',
      'FewRows#23: ScatterND(scatternd#13, slice#20, slice#18, reduction=add) -> y',
    ])
  })

  test('only sums of rows of at most 200,000 elements, and none of nothing', () => {
    const of = (width: number | string, depth = 1): unknown => {
      const data = input('data', 'float32', ['rows', 2, width])
      const updates = depth === 1 ? input('u', 'float32', ['k', 2, width]) : input('u', 'float32', ['k', width])
      return sumOf(scatterND(data, input('i', 'int64', ['k', depth]), updates, { reduction: 'add' }).node)
    }
    expect([of(100_000), of(100_001), of(0), of('w'), of(3, 2)].map((each) => each !== undefined)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    expect(sumOf(scatterND(start, unsqueeze(at, 1), x).node)).toBeUndefined()
    expect(sumOf(x.node)).toBeUndefined()
  })
})

describe('which sums are written in pieces', () => {
  const written = (p: Program, sums: SumsInPieces): string =>
    onnxNodes(exportOnnx(p, { sums }), 'test')
      .flatMap(({ operator, name }) => (operator === 'ScatterND' ? [name.startsWith(FEW_ROWS) ? 'piece' : 'whole'] : []))
      .join(' ')
  const four = 'piece piece piece piece'
  test('of unknown length: on demand', () => {
    expect(written(programOf({ y: sum(zeros, x) }), 'known')).toBe('whole')
    expect(written(programOf({ y: sum(zeros, x) }), 'all')).toBe(four)
    expect(written(programOf({ y: scatterND(start, unsqueeze(at, 1), x) }), 'all')).toBe('whole')
  })
  test('of unknown length: in as many as hold the rows asked for, 64 at most', () => {
    const inPieces = (rows: number): string => written(programOf({ y: sum(zeros, x) }), { rows })
    expect([0, 3, 4].map(inPieces)).toEqual(['', 'piece', 'piece piece'])
    expect([3 * 64, 3 * 64 + 1].map((rows) => inPieces(rows).split(' ').length)).toEqual([64, 1])
    expect(inPieces(3 * 64 + 1)).toBe('whole')
  })
  test('of known length: in any file, if four pieces hold them', () => {
    const ofLength = (updates: number, sums: SumsInPieces): string => {
      const [rows, places] = [input('rows', 'float32', [updates, 2]), input('places', 'int64', [updates])]
      return written(program({ inputs: [rows, places], outputs: { y: segmentSum(rows, places, 10) } }), sums)
    }
    expect(ofLength(100_000, 'known')).toBe('whole')
    expect(ofLength(100_001, 'known')).toBe(four)
    expect(ofLength(400_000, 'known')).toBe(four)
    expect(ofLength(400_000, 'none')).toBe('whole')
    expect(ofLength(400_001, 'known')).toBe('whole')
    expect(ofLength(400_001, 'all')).toBe('whole')
  })
})

test('the longest sum by the sizes, of those of unknown length', () => {
  const [narrow, some] = [input('narrow', 'float32', ['others', 2]), input('some', 'int64', ['others'])]
  const p = program({ inputs: [narrow, some, x, at], outputs: { y: segmentSum(narrow, some, 3), z: segmentSum(x, at, 3) } })
  const longest = (updates: number, others: number): number => longestSum(p.nodes)(new Map(Object.entries({ updates, others })))
  expect([longest(5, 7), longest(9, 2), longest(0, 0)]).toEqual([7, 9, 0])
  expect(longestSum(program({ inputs: [x], outputs: { same: x } }).nodes)(new Map())).toBe(0)
})

test('sums that are too long for their pieces are told by the sizes, the widest first, in loops too', () => {
  const [narrow, i, state] = [
    input('narrow', 'float32', ['updates', 2]),
    input('i', 'int64', []),
    input('state', 'float32', ['rows', WIDTH]),
  ]
  const few = program({ inputs: [narrow, at], outputs: { y: segmentSum(narrow, at, 3) } })
  const both = program({ inputs: [narrow, x, at], outputs: { y: segmentSum(narrow, at, 3), z: segmentSum(x, at, 3) } })
  const body = program({ inputs: [i, state, x, at], outputs: { next: sum(state, x) } })
  const looped = program({
    inputs: [x, at, start],
    outputs: { y: repeat(body, { count: 3, states: [start], captured: [x, at] })[0] as Tensor },
  })
  const longest = ({ nodes }: Program, updates: number): boolean => hasLongSums(nodes)(new Map(Object.entries({ updates, rows: ROWS })))
  expect([400_000, 400_001].map((updates) => longest(few, updates))).toEqual([false, true])
  expect([FOUR_PIECES, FOUR_PIECES + 1].map((updates) => longest(both, updates))).toEqual([false, true])
  expect([FOUR_PIECES, FOUR_PIECES + 1].map((updates) => longest(looped, updates))).toEqual([false, true])
})
