import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, integers, node } from './hand-made-files.ts'
import { type Attributes, close, numbers, only, result, value, whole } from './one-node.ts'

const x12 = numbers(12)
const row = (i: number): number[] => x12.slice(4 * i, 4 * i + 4)
const rows = [0, 1, 2].map(row)

describe('along axes', () => {
  const shapes = { x: [3, 4] }
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
  test.each<[string, (list: readonly number[]) => number]>([
    ['ReduceSum', sum],
    ['ReduceMean', (list) => sum(list) / list.length],
    ['ReduceMax', (list) => Math.max(...list)],
    ['ReduceMin', (list) => Math.min(...list)],
    ['ReduceProd', (list) => list.reduce((a, b) => a * b, 1)],
    ['ReduceLogSumExp', (list) => Math.log(sum(list.map(Math.exp)))],
    ['ReduceSumSquare', (list) => sum(list.map((v) => v * v))],
    ['ReduceL1', (list) => sum(list.map(Math.abs))],
    ['ReduceL2', (list) => Math.sqrt(sum(list.map((v) => v * v)))],
  ])('%s', (opType, f) => {
    expect(result(opType, shapes, ['x', 'one'], { keepdims: 0 })).toEqual([{ shape: [3], data: close(rows.map(f)) }])
    expect(result(opType, shapes, ['x', 'minus'])).toEqual([{ shape: [3, 1], data: close(rows.map(f)) }])
    expect(result(opType, shapes, ['x'], { axes: [1], keepdims: 0 })).toEqual([{ shape: [3], data: close(rows.map(f)) }])
    expect(result(opType, shapes, ['x'])).toEqual([{ shape: [1, 1], data: close([f(x12)]) }])
    expect(result(opType, shapes, ['x', 'none'], { noop_with_empty_axes: 1 })).toEqual([{ shape: [3, 4], data: close(x12) }])
  })

  test('ReduceLogSum', () => {
    const squares = file({
      input: [declared('x', [3, 4])],
      initializer: [whole('one', 1)],
      node: [node('Mul', ['x', 'x'], ['s']), node('ReduceLogSum', ['s', 'one'], ['y'], { keepdims: 0 })],
      output: [declared('y')],
    })
    const { y } = evaluate(importOnnx(squares).program, { x: value(3, 4) })
    expect([...(y?.data ?? [])]).toEqual(close(rows.map((list) => Math.log(sum(list.map((v) => v * v))))))
  })

  test('the first and the last of what is largest', () => {
    const ties = (opType: string, attributes: Attributes): number[] => {
      const bytes = file({ input: [declared('x', [2, 4])], node: [node(opType, ['x'], ['y'], attributes)], output: [declared('y')] })
      return [...(evaluate(importOnnx(bytes).program, { x: tensorValue('float32', [2, 4], [5, 1, 5, 1, 0, 2, 2, 0]) }).y?.data ?? [])]
    }
    expect([ties('ArgMax', { axis: 1 }), ties('ArgMax', { axis: 1, select_last_index: 1 })]).toEqual([
      [0, 1],
      [2, 2],
    ])
    expect([ties('ArgMin', { axis: 1 }), ties('ArgMin', { axis: -1, select_last_index: 1 })]).toEqual([
      [1, 0],
      [3, 3],
    ])
    expect(ties('ArgMax', {})).toEqual([0, 1, 0, 0])
    expect(result('ArgMax', shapes, ['x'], { axis: 1 })[0]?.shape).toEqual([3, 1])
    expect(result('ArgMax', shapes, ['x'], { axis: 1, keepdims: 0 })[0]?.shape).toEqual([3])
  })

  test('CumSum, Softmax, TopK', () => {
    const running = (list: readonly number[], exclusive: boolean): number[] => list.map((_, i) => sum(list.slice(0, exclusive ? i : i + 1)))
    const back = (list: readonly number[], exclusive: boolean): number[] => running([...list].reverse(), exclusive).reverse()
    for (const exclusive of [false, true])
      for (const [reverse, f] of [
        [0, running],
        [1, back],
      ] as const)
        expect(only('CumSum', shapes, ['x', 'scalar'], { exclusive: Number(exclusive), reverse })).toEqual(
          close(rows.flatMap((list) => f(list, exclusive))),
        )
    const soft = (list: readonly number[]): number[] => list.map((v) => Math.exp(v) / sum(list.map(Math.exp)))
    const columns = [0, 1, 2, 3].map((k) => rows.map((list) => list[k]!))
    expect(only('Softmax', shapes, ['x'])).toEqual(close(rows.flatMap(soft)))
    expect(only('Softmax', shapes, ['x'], { axis: 0 })).toEqual(close([0, 1, 2].flatMap((i) => columns.map((list) => soft(list)[i]!))))
    expect(only('LogSoftmax', shapes, ['x'])).toEqual(close(rows.flatMap(soft).map(Math.log)))
    const sorted = (list: readonly number[], least: boolean): number[] =>
      [...list.keys()].sort((a, b) => (least ? 1 : -1) * (list[a]! - list[b]!)).slice(0, 2)
    for (const largest of [0, 1])
      expect(result('TopK', shapes, ['x', 'two'], { largest }, 2)).toEqual([
        { shape: [3, 2], data: close(rows.flatMap((list) => sorted(list, largest === 0).map((i) => list[i]!))) },
        { shape: [3, 2], data: rows.flatMap((list) => sorted(list, largest === 0)) },
      ])
    expect(result('TopK', shapes, ['x', 'two'], { axis: 0 }, 2)[0]?.shape).toEqual([2, 4])
  })
})

describe('shapes', () => {
  const shapes = { x: [3, 4] }
  const shapeOf = (...given: Parameters<typeof result>): readonly number[] | undefined => result(...given)[0]?.shape
  test('Flatten, Squeeze, Unsqueeze, Transpose', () => {
    const four = { x: [2, 3, 1, 2] }
    expect(
      [{}, { axis: 0 }, { axis: 4 }, { axis: -1 }, { axis: -4 }].map((attributes) => shapeOf('Flatten', four, ['x'], attributes)),
    ).toEqual([
      [2, 6],
      [1, 12],
      [12, 1],
      [6, 2],
      [1, 12],
    ])
    expect([
      shapeOf('Squeeze', four, ['x']),
      shapeOf('Squeeze', four, ['x', 'two']),
      shapeOf('Squeeze', four, ['x'], { axes: [-2] }),
    ]).toEqual([
      [2, 3, 2],
      [2, 3, 2],
      [2, 3, 2],
    ])
    expect([shapeOf('Unsqueeze', shapes, ['x', 'pair']), shapeOf('Unsqueeze', shapes, ['x'], { axes: [1] })]).toEqual([
      [1, 3, 1, 4],
      [3, 1, 4],
    ])
    expect(shapeOf('Transpose', four, ['x'])).toEqual([2, 1, 3, 2])
    expect(shapeOf('Transpose', four, ['x'], { perm: [1, 0, 3, 2] })).toEqual([3, 2, 2, 1])
  })

  test('Shape and Size of parts', () => {
    const four = { x: [2, 3, 1, 5] }
    expect(
      [{}, { start: 1 }, { end: 2 }, { start: -1 }, { start: 1, end: -1 }].map((attributes) => only('Shape', four, ['x'], attributes)),
    ).toEqual([[2, 3, 1, 5], [3, 1, 5], [2, 3], [5], [3, 1]])
    expect(result('Size', four, ['x'])).toEqual([{ shape: [], data: [30] }])
  })

  test('Slice: all axes, named axes, steps, ends beyond, backwards', () => {
    expect(result('Slice', shapes, ['x', 'zero', 'two'])).toEqual([{ shape: [2, 4], data: close(x12.slice(0, 8)) }])
    expect(result('Slice', shapes, ['x', 'one', 'two', 'one'])).toEqual([{ shape: [3, 1], data: close(rows.map((list) => list[1]!)) }])
    expect(result('Slice', shapes, ['x', 'zero', 'last', 'one', 'two'].slice(0, 2).concat('one', 'minus'))).toEqual([
      { shape: [3, 1], data: close(rows.map((list) => list[0]!)) },
    ])
    expect(result('Slice', { x: [5] }, ['x', 'one', 'minus', 'zero', 'two'])).toEqual([
      { shape: [2], data: close([numbers(5)[1]!, numbers(5)[3]!]) },
    ])
  })

  test('Slice: from 2^31 - 1 on an end is that of the axis, and its negative the start of a reversed one', () => {
    const sliced = (start: number, end: number, step: number): unknown => {
      const bytes = file({
        input: [declared('x', ['n', 2])],
        initializer: [whole('start', start), whole('end', end), whole('axis', 0), whole('step', step)],
        node: [node('Slice', ['x', 'start', 'end', 'axis', 'step'], ['y'])],
        output: [declared('y')],
      })
      const { program } = importOnnx(bytes, { carry: false })
      const { y } = evaluate(program, { x: tensorValue('float32', [3, 2], [1, 2, 3, 4, 5, 6]) })
      return [program.outputs[0]?.tensor.shape.join(' '), [...(y?.data ?? [])]]
    }
    for (const end of [2 ** 31 - 1, 2 ** 62]) {
      expect(sliced(1, end, 1)).toEqual(['n-1 2', [3, 4, 5, 6]])
      expect(sliced(-1, -end, -1)).toEqual(['n 2', [5, 6, 3, 4, 1, 2]])
    }
    for (const [start, end, step] of [
      [-2, -(2 ** 31 - 1), -1],
      [-1, -(2 ** 31 - 1), -2],
      [-1, -(2 ** 31 - 2), -1],
      [0, -(2 ** 31 - 1), -1],
    ] as const)
      expect(() => sliced(start, end, step)).toThrow(
        `importOnnx: node Slice: expected a negative step to reverse the whole axis, received [${start}:${end}:${step}].`,
      )
  })

  test('Split: equal pieces, the last one smaller, and given ones', () => {
    expect(result('Split', { x: [5] }, ['x'], {}, 2).map(({ shape }) => shape)).toEqual([[3], [2]])
    expect(result('Split', { x: [2, 4] }, ['x'], { axis: 1 }, 3).map(({ shape }) => shape)).toEqual([
      [2, 2],
      [2, 2],
      [2, 0],
    ])
    expect(result('Split', { x: [5] }, ['x', 'to'], {}, 2).map(({ data }) => data.length)).toEqual([2, 3])
    expect(result('Split', { x: [5] }, ['x'], { split: [4, 1] }, 2).map(({ data }) => data.length)).toEqual([4, 1])
  })

  test('Pad: all axes or some, and with which number', () => {
    const padded = (operands: readonly string[]): unknown => result('Pad', { x: [2, 2] }, operands)
    const [a, b, c, d] = numbers(4) as [number, number, number, number]
    const of = (fill: number): number[] => [
      ...[fill, fill, fill],
      ...[a, b, fill],
      ...[c, d, fill],
      ...[fill, fill, fill, fill, fill, fill],
    ]
    expect(padded(['x', 'pads'])).toEqual([{ shape: [5, 3], data: close(of(0)) }])
    expect(padded(['x', 'pads', 'fill'])).toEqual([{ shape: [5, 3], data: close(of(7)) }])
    expect(padded(['x', 'pair', 'fill', 'minus'])).toEqual([{ shape: [2, 4], data: close([a, b, 7, 7, c, d, 7, 7]) }])
  })

  test('numbers that are made', () => {
    expect(result('ConstantOfShape', {}, ['to'])).toEqual([{ shape: [2, 3], data: [0, 0, 0, 0, 0, 0] }])
    expect(result('ConstantOfShape', {}, ['two'], { value: { tensor: integers('', [1], [5]) } })).toEqual([{ shape: [2], data: [5, 5] }])
    expect(result('EyeLike', shapes, ['x'], { k: 1 })).toEqual([{ shape: [3, 4], data: [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] }])
    expect(only('Constant', {}, [], { value_int: 3 })).toEqual([3])
    expect(only('Constant', {}, [], { value_ints: [3, 4] })).toEqual([3, 4])
    expect(result('Constant', {}, [], { value_float: { float: 0.5 } })).toEqual([{ shape: [], data: [0.5] }])
    expect(result('Constant', {}, [], { value_floats: { floats: [0.5, -2] } })).toEqual([{ shape: [2], data: [0.5, -2] }])
    const range = (start: number, limit: number, step: number): number[] => {
      const initializer = [integers('a', [], [start]), integers('b', [], [limit]), integers('c', [], [step])]
      const bytes = file({ initializer, node: [node('Range', ['a', 'b', 'c'], ['y'])], output: [declared('y')] })
      return [...(evaluate(importOnnx(bytes).program, {}).y?.data ?? [])]
    }
    expect([range(0, 3, 1), range(2, 9, 3), range(2, 8, 3), range(5, 2, 1), range(1, 3, 1), range(0, 3, 2)]).toEqual([
      [0, 1, 2],
      [2, 5, 8],
      [2, 5],
      [],
      [1, 2],
      [0, 2],
    ])
  })

  test('OneHot with any two numbers, Trilu, Gather', () => {
    expect(result('OneHot', {}, ['pair', 'scalar', 'bounds'])).toEqual([{ shape: [2, 1], data: [9, 4] }])
    expect(result('Trilu', { x: [3, 3] }, ['x', 'scalar'])).toEqual([
      { shape: [3, 3], data: close([0, numbers(9)[1]!, numbers(9)[2]!, 0, 0, numbers(9)[5]!, 0, 0, 0]) },
    ])
    expect(only('Trilu', { x: [2, 2] }, ['x'], { upper: 0 })).toEqual(close([numbers(4)[0]!, 0, numbers(4)[2]!, numbers(4)[3]!]))
    expect(only('Gather', shapes, ['x', 'back'])).toEqual(close([...row(2), ...row(2)]))
    expect(only('Gather', shapes, ['x', 'pair'], { axis: 1 })).toEqual(close(rows.flatMap((list) => [list[0]!, list[2]!])))
    expect(() => only('Gather', shapes, ['x', 'rows'])).toThrow(
      'expected indices from -3 to 2, as axis 0 of input 0 has size 3, received 3.',
    )
  })

  test('Gemm, with all its settings', () => {
    const a = { a: [2, 3], b: [3, 2], c: [2] }
    const product = (i: number, k: number, at: (i: number, j: number) => number, bt: (j: number, k: number) => number): number =>
      [0, 1, 2].reduce((total, j) => total + at(i, j) * bt(j, k), 0)
    const six = numbers(6)
    const plain = [0, 1].flatMap((i) =>
      [0, 1].map((k) =>
        product(
          i,
          k,
          (p, q) => six[3 * p + q]!,
          (p, q) => six[2 * p + q]!,
        ),
      ),
    )
    expect(only('Gemm', a, ['a', 'b'])).toEqual(close(plain))
    expect(only('Gemm', a, ['a', 'b', 'c'], { alpha: { float: 2 }, beta: { float: 3 } })).toEqual(
      close(plain.map((v, i) => 2 * v + 3 * numbers(2)[i % 2]!)),
    )
    const turned = [0, 1].flatMap((i) =>
      [0, 1].map((k) =>
        product(
          i,
          k,
          (p, q) => six[2 * q + p]!,
          (p, q) => six[3 * q + p]!,
        ),
      ),
    )
    expect(only('Gemm', { a: [3, 2], b: [2, 3] }, ['a', 'b'], { transA: 1, transB: 1 })).toEqual(close(turned))
  })
})
