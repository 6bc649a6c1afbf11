import { declared, file, floats, integers, node, types } from '../../../packages/export-onnx/test/hand-made-files.ts'

type Node = ReturnType<typeof node>
const list = <T>(count: number, f: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => f(i))
const y = declared('y', [null])
const shapeOf = node('Shape', ['x'], ['s0'])
const filled = (sizes: string): Node => node('ConstantOfShape', [sizes], ['y'])
const chain = (count: number, f: (from: string, to: string) => Node): Node[] => list(count, (i) => f(`s${i}`, `s${i + 1}`))
const x = declared('x', ['n', 3])

const loopBody = {
  name: 'body',
  input: [declared('i', [], types.int64), declared('go', [], types.bool), declared('state', ['n', 3])],
  node: [node('Identity', ['go'], ['going']), node('Add', ['state', 'x'], ['next'])],
  output: [declared('going', [], types.bool), declared('next', ['n', 3])],
}

/** Small models that between them hold each family of operators. */
export const models = (): Uint8Array[] => [
  file({
    input: [declared('x', [null, 3]), declared('z', [null, 3])],
    initializer: [floats('low', [], [-1]), floats('w', [3, 2], [1, 2, 3, 4, 5, 6])],
    node: [
      node('Add', ['x', 'z'], ['s']),
      node('Clip', ['s', 'low'], ['c']),
      node('Gemm', ['c', 'w'], ['g']),
      node('Softmax', ['g'], ['y'], { axis: 1 }),
    ],
    output: [y],
  }),
  file({
    input: [declared('x', ['n', 6])],
    initializer: [integers('zero', [1], [0]), integers('one', [1], [1]), integers('rest', [2], [2, -1])],
    node: [
      node('Shape', ['x'], ['shape']),
      node('Slice', ['shape', 'zero', 'one'], ['a']),
      node('Gather', ['shape', 'zero'], ['b']),
      node('Mul', ['a', 'b'], ['c']),
      node('Add', ['c', 'a'], ['more']),
      node('Sub', ['more', 'c'], ['less']),
      node('Div', ['less', 'one'], ['d']),
      node('Concat', ['d', 'rest'], ['to'], { axis: 0 }),
      node('Reshape', ['x', 'to'], ['y']),
    ],
    output: [y],
  }),
  file({
    input: [x, declared('at', ['m'], types.int64)],
    initializer: [integers('depth', [], [4]), floats('values', [2], [0, 1]), integers('axes', [1], [1]), integers('k', [1], [2])],
    node: [
      node('OneHot', ['at', 'depth', 'values'], ['o'], { axis: -1 }),
      node('ReduceSum', ['x', 'axes'], ['r'], { keepdims: 0 }),
      node('TopK', ['r', 'k'], ['t', 'i'], { axis: 0 }),
      node('Einsum', ['x', 'x'], ['e'], { equation: '...i,...i->...' }),
      node('Gather', ['x', 'at'], ['y'], { axis: 0 }),
    ],
    output: [y],
  }),
  file({
    input: [declared('x', ['n', 2, 8])],
    initializer: [floats('w', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), floats('b', [2], [1, 2]), integers('p', [6], [0, 0, 1, 0, 0, 1])],
    node: [
      node('Conv', ['x', 'w', 'b'], ['c'], { strides: [2], pads: [1, 1] }),
      node('Pad', ['c', 'p'], ['d'], { mode: 'reflect' }),
      node('MaxPool', ['d'], ['y'], { kernel_shape: [2], auto_pad: 'SAME_UPPER' }),
    ],
    output: [y],
  }),
  file({
    input: [x],
    initializer: [integers('count', [], [3]), integers('r', [2], [2, 1])],
    node: [node('Loop', ['count', '', 'x'], ['l'], { body: { graph: loopBody } }), node('Tile', ['l', 'r'], ['y'])],
    output: [y],
  }),
]

const named = (name: string): Uint8Array => file({ input: [declared(name, [1])], node: [node('Neg', [name], ['y'])], output: [y] })
const sized = (text: string): Uint8Array => file({ input: [declared('x', [text])], node: [node('Neg', ['x'], ['y'])], output: [y] })
const called = (operator: string): Uint8Array => file({ input: [x], node: [node(operator, ['x'], ['y'])], output: [y] })
const grown = (count: number, f: (from: string, to: string) => Node): Uint8Array =>
  file({ input: [declared('x', ['n'])], node: [shapeOf, ...chain(count, f), filled(`s${count}`)], output: [y] })

/** Models that once took the importer's time or memory, or were refused without sense. */
export const modelFaults = (): Record<string, Uint8Array> => ({
  'a shape squared again and again': grown(11, (from, to) => node('Mul', [from, from], [to])),
  'a shape doubled again and again': grown(40, (from, to) => node('Concat', [from, from], [to], { axis: 0 })),
  'a product of floors': sized(list(12, (i) => `floor((2*n+a${i})/2)`).join('*')),
  'nested floors': sized(`${'floor(('.repeat(3000)}n${')/2)'.repeat(3000)}`),
  'a size beyond integers': sized('99999999999999999999'),
  'an index beyond a shape': file({
    input: [x],
    initializer: [integers('i', [], [7])],
    node: [shapeOf, node('Gather', ['s0', 'i'], ['g']), filled('g')],
    output: [y],
  }),
  'sizes without a name, equal one after the other': file({
    input: list(700, (i) => declared(`x${i}`, [null])),
    node: list(699, (i) => node('Add', [i === 0 ? 'x0' : `s${i}`, `x${i + 1}`], [`s${i + 1}`])),
    output: [declared('s699', [null])],
  }),
  'operator toString': called('toString'),
  'operator constructor': called('constructor'),
  'operator __proto__': called('__proto__'),
  'input constructor': named('constructor'),
  'input __proto__': named('__proto__'),
  'an input without a type': file({ input: [declared('x', [1], 0)], node: [node('Neg', ['x'], ['y'])], output: [y] }),
  'petabytes of which one is there': file({
    initializer: [floats('w', [2 ** 50, 1024], [1])],
    node: [node('Neg', ['w'], ['y'])],
    output: [y],
  }),
})
