import { differentiate, evaluate, reduceSum, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { exportOnnx, importOnnx, inspectOnnx, onnxNodes } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

const x = declared('x', ['rows', 3])
const y = declared('y', ['rows', 3])
const feeds = { x: tensorValue('float32', [2, 3], [1, -2, 3, 4, 5, -6]) }

/** y = relu(Hardmax(x W)): the middle is no operator of Equivar. */
const hardmax = file({
  input: [x],
  initializer: [floats('W', [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 10])],
  valueInfo: [declared('h', ['rows', 3])],
  node: [node('MatMul', ['x', 'W'], ['a']), node('Hardmax', ['a'], ['h'], { axis: 1 }), node('Relu', ['h'], ['y'])],
  output: [y],
})

/** y = x * (how many different numbers x has): one result of Unique has a size that only a run tells. */
const unique = file({
  input: [x],
  valueInfo: [declared('u', [null])],
  node: [
    node('Unique', ['x'], ['u']),
    node('Size', ['u'], ['s']),
    node('Cast', ['s'], ['f'], { to: types.float }),
    node('Mul', ['x', 'f'], ['y']),
  ],
  output: [y],
})

/** Values of a type that Equivar lacks between the nodes. */
const quantized = file({
  input: [x],
  initializer: [floats('scale', [], [0.5]), { name: 'zero', dims: [], dataType: types.uint8, int32Data: [128] }],
  node: [
    node('Neg', ['x'], ['n']),
    node('QuantizeLinear', ['n', 'scale', 'zero'], ['q']),
    node('DequantizeLinear', ['q', 'scale', 'zero'], ['d']),
    node('Add', ['d', 'x'], ['y']),
  ],
  output: [y],
})

/** A setting that Equivar lacks. */
const ceiling = file({
  input: [declared('x', [1, 1, 6])],
  valueInfo: [declared('p', [1, 1, 3])],
  node: [node('AveragePool', ['x'], ['p'], { kernel_shape: [3], strides: [2], ceil_mode: 1 }), node('Neg', ['p'], ['y'])],
  output: [declared('y', [1, 1, 3])],
})

/** A condition that only a run tells, branches of different shapes, which read what is around them. */
const branches = file({
  input: [x],
  initializer: [floats('zero', [], [0])],
  valueInfo: [declared('b', [null, 3])],
  node: [
    node('ReduceSum', ['x'], ['s'], { keepdims: 0 }),
    node('Greater', ['s', 'zero'], ['c']),
    node('If', ['c'], ['b'], {
      then_branch: { graph: { name: 'then', node: [node('Concat', ['x', 'x'], ['t'], { axis: 0 })], output: [declared('t', [null, 3])] } },
      else_branch: { graph: { name: 'else', node: [node('Neg', ['x'], ['e'])], output: [declared('e', [null, 3])] } },
    }),
    node('Neg', ['b'], ['y']),
  ],
  output: [declared('y', [null, 3])],
})

/** As `branches`, with a node inside that leaves an operand out, a loop inside of it, and a number of the branch itself. */
const nested = file({
  input: [x],
  initializer: [floats('zero', [], [0]), integers('three', [], [3])],
  valueInfo: [declared('b', [null, 3])],
  node: [
    node('ReduceSum', ['x'], ['s'], { keepdims: 0 }),
    node('Greater', ['s', 'zero'], ['c']),
    node('Neg', ['x'], ['negated']),
    node('Exp', ['x'], ['power']),
    node('If', ['c'], ['b'], {
      then_branch: {
        graph: {
          name: 'then',
          initializer: [floats('own', [], [2])],
          node: [node('Clip', ['negated', '', 'own'], ['t0']), node('Concat', ['t0', 'x'], ['t'], { axis: 0 })],
          output: [declared('t', [null, 3])],
        },
      },
      else_branch: {
        graph: {
          name: 'else',
          node: [
            node('Loop', ['three', '', 'x'], ['e'], {
              body: {
                graph: {
                  name: 'body',
                  input: [declared('i', [], types.int64), declared('go', [], types.bool), declared('state', ['rows', 3])],
                  node: [node('Identity', ['go'], ['going']), node('Add', ['state', 'power'], ['next'])],
                  output: [declared('going', [], types.bool), declared('next', ['rows', 3])],
                },
              },
            }),
          ],
          output: [declared('e', [null, 3])],
        },
      },
    }),
    node('Neg', ['b'], ['y']),
  ],
  output: [declared('y', [null, 3])],
})

describe('nodes that are carried as they are', () => {
  test.each([
    ['an operator', hardmax, feeds],
    ['an operator whose result has a size that only a run tells', unique, feeds],
    ['operators around values of another type', quantized, feeds],
    ['a setting', ceiling, { x: tensorValue('float32', [1, 1, 6], [1, 2, 3, 4, 5, 7]) }],
    ['graphs inside of a node', branches, feeds],
    ['graphs inside of those, operands that are left out', nested, feeds],
    ['the other one of them', nested, { x: tensorValue('float32', [2, 3], [1, -2, 3, -4, 5, -6]) }],
  ])('%s: exported again, ONNX Runtime gives the same numbers', async (_, bytes, given) => {
    const { program: read, values } = importOnnx(bytes)
    const again = exportOnnx(read, { values })
    expect(await runtimeResult(again, given)).toEqual(await runtimeResult(bytes, given))
    const twice = importOnnx(again)
    expect(await runtimeResult(exportOnnx(twice.program, { values: twice.values }), given)).toEqual(await runtimeResult(bytes, given))
  })

  test('what is before and behind is read', () => {
    const operators = importOnnx(hardmax).program.nodes.map(({ operator }) => operator.name)
    expect(operators).toEqual(['MatMul', 'carried Hardmax', 'Relu'])
  })

  test('what a branch gives from around it as it is', () => {
    const graph = (name: string, output: string, nodes: ReturnType<typeof node>[] = []) => ({
      graph: { name, node: nodes, output: [declared(output, [null, 3])] },
    })
    const direct = file({
      input: [x, declared('c', [], types.bool)],
      valueInfo: [declared('b', [null, 3])],
      node: [
        node('Exp', ['x'], ['power']),
        node('If', ['c'], ['b'], {
          then_branch: graph('then', 'power'),
          else_branch: graph('else', 'e', [node('Concat', ['x', 'x'], ['e'], { axis: 0 })]),
        }),
        node('Neg', ['b'], ['y']),
      ],
      output: [declared('y', [null, 3])],
    })
    expect(importOnnx(direct).program.nodes.map(({ operator }) => operator.name)).toEqual(['Exp', 'carried If', 'Neg'])
  })

  test('neither the reference nor a derivative goes through', () => {
    const { program: read, values } = importOnnx(hardmax)
    expect(() => evaluate(read, { ...feeds, ...values })).toThrow(
      'evaluate: expected operators that Equivar has, received Hardmax, which is carried from the file as it is: only ONNX Runtime runs it. (importOnnx: node Hardmax: unknown operator',
    )
    const [, w] = read.inputs.map(({ tensor }) => tensor)
    const loss = reduceSum(read.outputs[0]?.tensor as never)
    expect(() => differentiate(loss, w as never)).toThrow(
      'differentiate: expected operators that Equivar has on the way to the loss, received carried Hardmax, whose derivative is not known.',
    )
  })

  test('the first node of a region is the reason, not the type of a number that another one reads', () => {
    const masked = file({
      input: [x],
      initializer: [floats('scale', [], [0.5]), { name: 'mask', dims: [], dataType: types.uint8, int32Data: [15] }],
      node: [
        node('QuantizeLinear', ['x', 'scale'], ['q']),
        node('BitwiseAnd', ['mask', 'q'], ['low']),
        node('DequantizeLinear', ['low', 'scale'], ['y']),
      ],
      output: [y],
    })
    const { program: read } = importOnnx(masked)
    expect(() => evaluate(read, feeds)).toThrow(
      'received QuantizeLinear, BitwiseAnd, DequantizeLinear, which is carried from the file as it is: only ONNX Runtime runs it. (importOnnx: node QuantizeLinear: unknown operator',
    )
  })

  test('equal operators with other settings stay two', () => {
    const two = file({
      input: [x],
      valueInfo: [declared('a', ['rows', 3]), declared('b', ['rows', 3])],
      node: [node('Hardmax', ['x'], ['a'], { axis: 0 }), node('Hardmax', ['x'], ['b'], { axis: 1 }), node('Sub', ['a', 'b'], ['y'])],
      output: [y],
    })
    const names = onnxNodes(exportOnnx(importOnnx(two).program), 'two').map(({ operator }) => operator)
    expect(names.filter((name) => name === 'Hardmax')).toHaveLength(2)
  })

  test('domains and their versions are kept', async () => {
    const gelu = file(
      {
        input: [x],
        node: [{ ...node('Gelu', ['x'], ['y']), domain: 'com.microsoft' }],
        output: [y],
      },
      { domains: { 'com.microsoft': 1n } },
    )
    const again = exportOnnx(importOnnx(gelu).program)
    expect(onnxNodes(again, 'again').map(({ operator }) => operator)).toEqual(['com.microsoft.Gelu'])
    expect(await runtimeResult(again, feeds)).toEqual(await runtimeResult(gelu, feeds))
  })

  test('a result without type and shape is refused', () => {
    const untold = file({ input: [x], node: [node('Hardmax', ['x'], ['y'])], output: [declared('y')] })
    expect(() => importOnnx(untold)).toThrow('The file does not tell the type and the shape of what comes of it')
  })

  test('with carry: false they are refused', () => {
    expect(() => importOnnx(hardmax, { carry: false })).toThrow('importOnnx: node Hardmax: unknown operator')
    expect(() => importOnnx(ceiling, { carry: false })).toThrow('importOnnx: node AveragePool: expected ceil_mode 0, received 1.')
  })

  test('sizes of inputs stay in the file', () => {
    expect(inspectOnnx(exportOnnx(importOnnx(hardmax).program), 'hardmax').outputs).toEqual([
      { name: 'y', dtype: 'float32', shape: ['rows', 3] },
    ])
  })
})
