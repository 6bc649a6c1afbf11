import { create } from '@bufbuild/protobuf'
import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { GraphProtoSchema } from '../src/generated/onnx_pb.ts'
import { GraphBuilder } from '../src/graph-builder.ts'
import { exportOnnx, exportOnnxFiles, recordLoop } from '../src/index.ts'
import { graphLines, nodesOf, written } from './written-files.ts'

const x = t.input('x', 'float32', ['n', 3, 4])
const signal = t.input('signal', 'float32', ['n', 4, 9])
const whole = t.input('whole', 'int64', [2])
const count = t.input('count', 'int64', [], { binds: 'm' })
const square = t.input('square', 'float32', [2, 4])
const n = t.symbol('n')
const size = ['Shape#1: Shape(x, start=0, end=1) -> shape#0']

describe('sizes that are computed', () => {
  test.each<[string, t.DimensionLike, string[]]>([
    ['a symbol', 'n', ['Squeeze#3: Squeeze(shape#0) -> y0']],
    ['a number', 7, []],
    [
      'a polynomial',
      t.plus(t.times(t.times(n, n), 3), -2),
      [
        'Mul#4: Mul(constant#2, shape#0) -> mul#3',
        'Mul#6: Mul(mul#3, shape#0) -> mul#5',
        'Add#9: Add(mul#5, constant#7) -> add#8',
        'Squeeze#11: Squeeze(add#8) -> y0',
      ],
    ],
    [
      'a floor',
      t.floorDivide(t.plus(n, 1), 2),
      [
        'Add#4: Add(shape#0, constant#2) -> add#3',
        'Mod#7: Mod(add#3, constant#5) -> mod#6',
        'Sub#9: Sub(add#3, mod#6) -> sub#8',
        'Div#11: Div(sub#8, constant#5) -> div#10',
        'Squeeze#13: Squeeze(div#10) -> y0',
      ],
    ],
    [
      'a multiple of a floor',
      t.times(t.floorDivide(n, 2), 5),
      [
        'Mod#4: Mod(shape#0, constant#2) -> mod#3',
        'Sub#6: Sub(shape#0, mod#3) -> sub#5',
        'Div#8: Div(sub#5, constant#2) -> div#7',
        'Mul#11: Mul(constant#9, div#7) -> mul#10',
        'Squeeze#13: Squeeze(mul#10) -> y0',
      ],
    ],
  ])('%s', (_, d, expected) => {
    const nodes = nodesOf([x], t.sizeOf(d)).filter((line) => !line.startsWith('constant'))
    expect(nodes).toEqual(typeof d === 'number' ? ['Identity#1: Identity(constant#0) -> y0'] : [...size, ...expected])
  })

  test('one that an input binds, and one behind a slope and an offset', () => {
    expect(nodesOf([count], t.sizeOf('m'))).toEqual([
      'constant#0: int64 [1] = 1',
      'Reshape#2: Reshape(count, constant#0) -> reshape#1',
      'Squeeze#4: Squeeze(reshape#1) -> y0',
    ])
    const odd = t.input('odd', 'float32', [t.plus(t.times(t.symbol('h'), 2), 1)])
    expect(nodesOf([odd], t.sizeOf('h'))).toEqual([
      'constant#2: int64 [1] = 1',
      'constant#5: int64 [1] = 2',
      'Shape#1: Shape(odd, start=0, end=1) -> shape#0',
      'Sub#4: Sub(shape#0, constant#2) -> sub#3',
      'Div#7: Div(sub#3, constant#5) -> div#6',
      'Squeeze#9: Squeeze(div#6) -> y0',
    ])
    const message =
      'exportOnnx: expected an input whose shape tells the size "h", received none. Give an input that has it as an axis, or binds it.'
    for (const d of [t.times(t.symbol('h'), t.symbol('n')), t.plus(t.symbol('h'), t.symbol('n')), t.times(t.symbol('h'), t.symbol('h'))]) {
      const lost = t.input('lost', 'float32', [3, d])
      expect(() => nodesOf([lost], t.sizeOf('h'))).toThrow(new RangeError(message))
    }
  })

  test('one that a node tells, of its shape or as a number', () => {
    expect(nodesOf([whole], t.mul(t.nonZero(whole, 'found'), t.sizeOf('found')))).toEqual([
      'NonZero#1: NonZero(whole) -> nonzero#0',
      'Shape#3: Shape(nonzero#0, start=1, end=2) -> shape#2',
      'Squeeze#5: Squeeze(shape#2) -> squeeze#4',
      'Mul#7: Mul(nonzero#0, squeeze#4) -> y0',
    ])
    const [, second] = t.asSizes(whole, ['a', 'b'])
    expect(nodesOf([whole], t.range(second as t.Dimension)).filter((line) => !line.startsWith('constant'))).toEqual([
      'Slice#4: Slice(whole, constant#1, constant#2) -> slice#3',
      'Squeeze#6: Squeeze(slice#3) -> squeeze#5',
      'Range#9: Range(constant#0, squeeze#5, constant#7) -> y0',
    ])
  })
})

test('a loop: its body, its states, what it records, and the shapes within', () => {
  const [k, s] = [t.input('k', 'int64', []), t.input('s', 'float32', ['n', 3, 4])]
  const body = t.program({ inputs: [k, s, x], outputs: { next: t.add(s, t.mul(x, t.cast(k, 'float32'))), same: s } })
  const [last, all] = t.repeat(body, { count: 'm', states: [x], captured: [x] }) as [t.Tensor, t.Tensor]
  const p = t.program({ inputs: [x, count], outputs: { last, all } })
  expect(written(exportOnnx(p, { optimized: true }))).toEqual([
    'graph equivar(x: float [n 3 4], count: int64 [])',
    'constant#14: int64 [1] = 1',
    'constant#21: bool [] = 1',
    'Reshape#16: Reshape(count, constant#14) -> reshape#15',
    'Squeeze#18: Squeeze(reshape#15) -> squeeze#17',
    'Loop#22: Loop(squeeze#17, constant#21, x, body={}) -> last, all',
    '  graph body#13(iteration#0: int64 [], condition#10: bool [], state#1: float [n 3 4])',
    '  Cast#3: Cast(iteration#0, to=1) -> cast#2',
    '  Mul#5: Mul(x, cast#2) -> mul#4',
    '  Add#7: Add(state#1, mul#4) -> add#6',
    '  Identity#9: Identity(state#1) -> identity#8',
    '  Identity#12: Identity(condition#10) -> identity#11',
    '  where cast#2: float []',
    '  where mul#4: float [n 3 4]',
    '  where add#6: float [n 3 4]',
    '  gives identity#11: bool [], add#6: float [n 3 4], identity#8: float [n 3 4]',
    'gives last: float [n 3 4], all: float [m n 3 4]',
  ])
})

describe('numbers', () => {
  test('equal ones of at most 64 are one; 0 and -0, other types and other shapes are not', () => {
    const twice = (a: t.Tensor, b: t.Tensor): number =>
      nodesOf([square], t.add(square, a), t.sub(square, b)).filter((line) => line.startsWith('constant')).length
    const of = (...numbers: number[]): t.Tensor => t.constant(numbers, [numbers.length])
    expect([twice(of(1, 2, 3, 4), of(1, 2, 3, 4)), twice(of(0), of(-0)), twice(of(1), t.constant([1], [1, 1]))]).toEqual([1, 2, 2])
    const long = (length: number): t.Tensor => t.reduceSum(of(...Array.from({ length }, (_, i) => i)))
    expect([twice(long(64), long(64)), twice(long(65), long(65))]).toEqual([2, 3])
  })

  test('each type in its own bytes', () => {
    const stored = (...[data, , dtype]: Parameters<typeof t.constant>): string =>
      nodesOf([square], t.constant(data, [(data as ArrayLike<number>).length], dtype))[0] as string
    expect(stored([1, -0, 2.5], [], 'float32')).toBe('constant#0: float [3] = 1 0 2.5')
    expect(stored([1, -0, 2], [], 'float16')).toBe('constant#0: float16 [3] = 15360 32768 16384')
    expect(stored([1, 0], [], 'bool')).toBe('constant#0: bool [2] = 1 0')
    expect(stored([1, -2], [], 'int32')).toBe('constant#0: int32 [2] = 1 -2')
    expect(stored([2 ** 40, -2], [], 'int64')).toBe('constant#0: int64 [2] = 1099511627776 -2')
  })

  test('large ones beside the model, where the file says', () => {
    const [a, b] = [t.input('a', 'float32', [3]), t.input('b', 'float32', [2])]
    const p = t.program({ inputs: [a, b], outputs: { y: t.concat([a, b], 0) } })
    const values = { a: t.tensorValue('float32', [3], [1, 2, 3]), b: t.tensorValue('float32', [2], [4, 5]) }
    const at = (threshold: number): string[] => written(exportOnnxFiles(p, { values, location: 'd.bin', threshold }).model).slice(1, 3)
    expect(at(12)).toEqual(['a: float [3] = location d.bin, offset 0, length 12', 'b: float [2] = 4 5'])
    expect(at(8)).toEqual(['a: float [3] = location d.bin, offset 0, length 12', 'b: float [2] = location d.bin, offset 4096, length 8'])
    expect(exportOnnxFiles(p, { values, location: 'd.bin', threshold: 8 }).data.map(({ length }) => length)).toEqual([12, 4084, 8])
  })
})

test('a loop that records: its body', () => {
  const builder = new GraphBuilder(t.program({ inputs: [x], outputs: { y: t.neg(x) } }))
  builder.setName(x, 'x')
  const all = recordLoop(builder, 'trip', { dtype: 'float32', shape: [3, 4] }, (inner, iteration) => inner.emit('Gather', ['x', iteration]))
  expect(all).toBe('loop#3')
  expect(graphLines(create(GraphProtoSchema, { node: builder.nodes, initializer: [...builder.initializers] }))).toEqual([
    'graph ()',
    'constant#8: bool [] = 1',
    'Loop#9: Loop(trip, constant#8, body={}) -> loop#3',
    '  graph body#7(iteration#0: int64 [], condition#4: bool [])',
    '  Gather#2: Gather(x, iteration#0) -> gather#1',
    '  Identity#6: Identity(condition#4) -> identity#5',
    '  gives identity#5: bool [], gather#1: float [3 4]',
    'gives ',
  ])
})

test('what cannot be written', () => {
  const w = t.input('w', 'float32', [2, 4, 3])
  const gradient = t.differentiate(t.reduceSum(t.conv(signal, w)), w)
  expect(() => nodesOf([signal, w], gradient)).toThrow(
    /^exportOnnx: expected operators of ONNX, received \w+\. Run the Program through optimize with an ONNX target first\.$/,
  )
  const builder = new GraphBuilder(t.program({ inputs: [x], outputs: { y: t.neg(x) } }))
  expect(() => builder.name(x)).toThrow(new Error(`exportOnnx: ${x} was used before it was computed; this is a defect of export-onnx.`))
})
