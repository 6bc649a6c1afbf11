import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { type Attributes, numbers, value } from './one-node.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

const x = value(3, 4)
const stored = [
  integers('rows', [2], [2, -1]),
  integers('grid', [2, 4], [0, 2, -1, 1, 1, 0, 2, 2]),
  integers('columns', [3, 2], [3, 0, 1, 2, -1, 1]),
  integers('pairs', [3, 2], [0, 3, 2, 1, 1, 0]),
  integers('singles', [2, 1], [2, 0]),
  floats('three', [3], [10, 20, 30]),
  floats('two rows', [2, 4], numbers(8)),
  floats('two columns', [3, 2], numbers(6)),
]
const oneNode = (opType: string, operands: readonly string[], attributes: Attributes = {}): Uint8Array =>
  file({
    input: [declared('x', ['n', 4])],
    initializer: stored.filter(({ name = '' }) => operands.includes(name)),
    node: [node(opType, operands, ['y'], attributes)],
    output: [declared('y')],
  })

describe('reading and writing at indices is what ONNX Runtime does', () => {
  test.each<[string, string[], Attributes]>([
    ['Gather', ['x', 'rows'], {}],
    ['Gather', ['x', 'pairs'], { axis: 1 }],
    ['GatherElements', ['x', 'grid'], {}],
    ['GatherElements', ['x', 'columns'], { axis: -1 }],
    ['GatherND', ['x', 'pairs'], {}],
    ['GatherND', ['x', 'singles'], { batch_dims: 0 }],
    ['ScatterElements', ['x', 'grid', 'two rows'], { reduction: 'add' }],
    ['ScatterElements', ['x', 'columns', 'two columns'], { axis: 1 }],
    ['ScatterElements', ['x', 'columns', 'two columns'], { axis: 1, reduction: 'mul' }],
    ['ScatterND', ['x', 'pairs', 'three'], {}],
    ['ScatterND', ['x', 'singles', 'two rows'], { reduction: 'max' }],
    ['ScatterND', ['x', 'singles', 'two rows'], { reduction: 'min' }],
  ])('%s of %j, %j', async (...given) => void (await expectSameAsRuntime(oneNode(...given), { x })))
})

describe('OneHot', () => {
  /** The numbers of a node whose off and on are of a type, and the operators that compute them. */
  function hot(values: readonly number[], dataType: number, attributes: Attributes = {}): { y: number[]; operators: string[] } {
    const offAndOn =
      dataType === types.float
        ? floats('values', [2], values)
        : { name: 'values', dims: [2n], dataType, int32Data: [...values], int64Data: values.map(BigInt) }
    const bytes = file({
      initializer: [integers('at', [2], [2, 0]), integers('depth', [], [3]), offAndOn],
      node: [node('OneHot', ['at', 'depth', 'values'], ['y'], attributes)],
      output: [declared('y')],
    })
    const { program } = importOnnx(bytes, { frozen: true })
    expect(program.outputs[0]?.tensor.dtype).toBe({ 1: 'float32', 6: 'int32', 7: 'int64' }[dataType])
    return { y: [...(evaluate(program, {}).y?.data ?? [])], operators: program.nodes.map(({ operator }) => operator.name) }
  }
  test.each([types.float, types.int32, types.int64])('of type %i, with any off and on', (type) => {
    expect(hot([0, 1], type)).toEqual({ y: [0, 0, 1, 1, 0, 0], operators: ['Constant', 'OneHot'] })
    expect(hot([2, 1], type).y).toEqual([2, 2, 1, 1, 2, 2])
    expect(hot([0, 5], type).y).toEqual([0, 0, 5, 5, 0, 0])
    expect(hot([1, 0], type).y).toEqual([1, 1, 0, 0, 1, 1])
    expect(hot([-3, 4], type, { axis: 0 }).y).toEqual([-3, 4, -3, -3, 4, -3])
  })

  test.each([
    ['a shape', [node('Shape', ['x'], ['shape']), node('Gather', ['shape', 'zero'], ['depth'])], 3],
    ['numbers', [node('ReduceMax', ['x'], ['most'], { keepdims: 0 }), node('Cast', ['most'], ['depth'], { to: types.int64 })], undefined],
  ])('with off and on that are computed, and a depth from %s', async (_, depth, known) => {
    const bytes = file({
      input: [declared('x', [3, 4])],
      initializer: [integers('at', [4], [2, 0, -1, 3]), integers('zero', [], [0]), integers('pair', [2], [0, 1])],
      node: [
        ...depth,
        node('Gather', ['x', 'zero'], ['row']),
        node('Gather', ['row', 'pair'], ['values']),
        node('OneHot', ['at', 'depth', 'values'], ['y'], { axis: 0 }),
      ],
      output: [declared('y')],
    })
    const { program } = await expectSameAsRuntime(bytes, { x })
    expect(program.outputs[0]?.tensor.shape).toEqual([known ?? expect.anything(), 4])
  })

  test.each([
    ['a float', floats('depth', [], [3])],
    ['a list of one', integers('depth', [1], [3])],
    ['int32', { name: 'depth', dims: [], dataType: types.int32, int32Data: [3] }],
  ])('with a depth that is %s', async (_, depth) => {
    const bytes = file({
      initializer: [integers('at', [2], [2, 0]), floats('values', [2], [-3, 4]), depth],
      node: [node('OneHot', ['at', 'depth', 'values'], ['y'])],
      output: [declared('y')],
    })
    await expectSameAsRuntime(bytes, {})
  })
})

test('Compress keeps elements, rows or columns', async () => {
  const kept = (mask: readonly number[], attributes: Attributes): Uint8Array =>
    file({
      input: [declared('x', ['n', 4])],
      initializer: [{ name: 'mask', dims: [BigInt(mask.length)], dataType: types.bool, int32Data: [...mask] }],
      node: [node('Compress', ['x', 'mask'], ['y'], attributes)],
      output: [declared('y')],
    })
  await expectSameAsRuntime(kept([0, 1, 1], { axis: 0 }), { x })
  await expectSameAsRuntime(kept([1, 0, 0, 1], { axis: 1 }), { x })
  await expectSameAsRuntime(kept([0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1], {}), { x: tensorValue('float32', [3, 4], numbers(12)) })
})
