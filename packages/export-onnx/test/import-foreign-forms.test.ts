import {
  differentiate,
  elementCount,
  evaluate,
  type Input,
  program,
  type ReferenceValue,
  reduceSum,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

const x = declared('x', ['rows', 3])
const feeds = { x: tensorValue('float32', [4, 3], [1, -2, 3, 0, 5, -6, 0.5, 0, 0, -1, 2, 4]) }

/** What other exporters write, each as small as it can be; the result is y. */
const forms: readonly (readonly [string, Uint8Array])[] = [
  [
    'a shape in which -1 is replaced by a comparison, as expand(-1, ...) is written',
    file({
      input: [x],
      initializer: [integers('minus', [2], [-1, -1]), integers('ones', [2], [1, 1]), floats('two', [1, 1], [2])],
      node: [
        node('Shape', ['x'], ['shape']),
        node('Equal', ['shape', 'minus'], ['same']),
        node('Where', ['same', 'ones', 'shape'], ['to']),
        node('Expand', ['two', 'to'], ['y']),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'pads that are computed from numbers of the file',
    file({
      input: [x],
      initializer: [integers('pads', [2, 2], [0, 1, 1, 0]), integers('flat', [1], [4])],
      node: [
        node('Transpose', ['pads'], ['turned'], { perm: [1, 0] }),
        node('Reshape', ['turned', 'flat'], ['to']),
        node('Pad', ['x', 'to'], ['y']),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'bounds of integers',
    file({
      input: [x],
      initializer: [integers('low', [], [-2]), integers('high', [], [3])],
      node: [
        node('Cast', ['x'], ['i'], { to: types.int64 }),
        node('Clip', ['i', 'low', 'high'], ['c']),
        node('Cast', ['c'], ['y'], { to: types.float }),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'a bound that is computed',
    file({
      input: [x],
      node: [node('ReduceMean', ['x'], ['m'], { keepdims: 0 }), node('Clip', ['x', '', 'm'], ['y'])],
      output: [declared('y')],
    }),
  ],
  [
    'rows that a mask keeps',
    file({
      input: [x],
      initializer: [integers('zero', [], [0]), floats('nothing', [], [0])],
      node: [
        node('Gather', ['x', 'zero'], ['column'], { axis: 1 }),
        node('Greater', ['column', 'nothing'], ['mask']),
        node('Compress', ['x', 'mask'], ['kept'], { axis: 0 }),
        node('Add', ['kept', 'kept'], ['y']),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'a number that becomes a size, and another one that must be equal to it',
    file({
      input: [x],
      initializer: [integers('list', [1], [-1]), integers('zero', [], [0]), integers('one', [], [1])],
      node: [
        node('Cast', ['x'], ['i'], { to: types.int64 }),
        node('ReduceMax', ['i'], ['largest'], { keepdims: 0 }),
        node('Reshape', ['largest', 'list'], ['count']),
        node('ConstantOfShape', ['count'], ['zeros']),
        node('Range', ['zero', 'largest', 'one'], ['range']),
        node('Cast', ['range'], ['f'], { to: types.float }),
        node('Add', ['zeros', 'f'], ['y']),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'slices whose ends lie beyond the axis, or count from its end',
    file({
      input: [x],
      initializer: [integers('ten', [1], [10]), integers('axis', [1], [0])],
      node: [
        node('Cast', ['x'], ['i'], { to: types.int64 }),
        node('ReduceMin', ['i'], ['least'], { keepdims: 0 }),
        node('Unsqueeze', ['least', 'axis'], ['from']),
        node('Add', ['from', 'ten'], ['to']),
        node('Slice', ['x', 'axis', 'to', 'axis'], ['head']),
        node('Add', ['axis', 'from'], ['start']),
        node('Slice', ['head', 'start', 'to', 'axis'], ['y']),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'a branch that numbers of the file choose',
    file({
      input: [x],
      initializer: [integers('two', [], [2])],
      node: [
        node('Shape', ['x'], ['shape']),
        node('Size', ['shape'], ['rank']),
        node('Equal', ['rank', 'two'], ['c']),
        node('If', ['c'], ['y'], {
          then_branch: { graph: { name: 'then', node: [node('Neg', ['x'], ['t'])], output: [declared('t')] } },
          else_branch: { graph: { name: 'else', node: [node('Abs', ['x'], ['e'])], output: [declared('e')] } },
        }),
      ],
      output: [declared('y')],
    }),
  ],
  [
    'a branch that only a run chooses',
    file({
      input: [x],
      initializer: [floats('zero', [], [0])],
      node: [
        node('ReduceSum', ['x'], ['s'], { keepdims: 0 }),
        node('Greater', ['s', 'zero'], ['c']),
        node('If', ['c'], ['y'], {
          then_branch: { graph: { name: 'then', node: [node('Neg', ['x'], ['t'])], output: [declared('t')] } },
          else_branch: { graph: { name: 'else', node: [node('Abs', ['x'], ['e'])], output: [declared('e')] } },
        }),
      ],
      output: [declared('y')],
    }),
  ],
]

/** In float32, 0 in place of -0. */
const plain = (v: number): number => Math.fround(v) + 0

/** An image of any size, resized to the size of another one. */
const resized = (mode: string): Uint8Array =>
  file({
    input: [declared('x', ['batch', 1, 'h', 'w']), declared('like', ['batch', 1, 'h2', 'w2'])],
    node: [
      node('Shape', ['like'], ['sizes']),
      node('Resize', ['x', '', '', 'sizes'], ['y'], { mode: 'linear', coordinate_transformation_mode: mode }),
    ],
    output: [declared('y')],
  })

describe('what other exporters write', () => {
  test.each(['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'])(
    'Resize between sizes that only a run tells: %s',
    async (mode) => {
      const bytes = resized(mode)
      const numbers = (shape: number[]): TensorValue =>
        tensorValue(
          'float32',
          shape,
          Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(3 * i)),
        )
      for (const [h, w, h2, w2] of [
        [3, 4, 7, 8],
        [5, 2, 3, 1],
        [1, 6, 4, 3],
      ] as const) {
        const given = { x: numbers([2, 1, h, w]), like: numbers([2, 1, h2, w2]) }
        await expectSameAsRuntime(bytes, given)
      }
    },
  )

  test.each(forms)('%s', async (_, bytes) => {
    const { program: read, values } = importOnnx(bytes)
    const expected = await runtimeResult(bytes, feeds)
    const { y } = evaluate(read, { ...feeds, ...values })
    expect(y?.shape).toEqual(expected.dims)
    expect([...(y?.data ?? [])].map(plain)).toEqual(expected.data.map(plain))
    const again = await runtimeResult(exportOnnx(read, { values }), feeds)
    expect([again.dims, again.data.map(plain)]).toEqual([expected.dims, expected.data.map(plain)])
  })

  test('outputs whose names are numbers stay in their order', () => {
    const bytes = file({
      input: [x],
      node: [node('Neg', ['x'], ['20']), node('Abs', ['x'], ['3'])],
      output: [declared('20', ['rows', 3]), declared('3', ['rows', 3])],
    })
    expect(importOnnx(bytes).program.outputs.map(({ name }) => name)).toEqual(['20', '3'])
  })

  test('a recurrent node over a symbolic number of steps has the gradients of its steps', () => {
    const gru = (steps: number | string): Uint8Array =>
      file({
        input: [declared('x', [steps, 1, 2])],
        initializer: [
          floats('W', [1, 6, 2], [0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.7, -0.8, 0.9, 1, -0.1, 0.2]),
          floats('R', [1, 6, 2], [0.2, 0.1, -0.3, 0.5, 0.4, -0.6, 0.3, 0.2, 0.1, -0.4, 0.6, 0.5]),
        ],
        node: [node('GRU', ['x', 'W', 'R'], ['y'], { hidden_size: 2 })],
        output: [declared('y')],
      })
    const sequence = { x: tensorValue('float32', [5, 1, 2], [0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, 0.8, -0.9, 1]) }
    const gradients = (bytes: Uint8Array): Record<string, ReferenceValue> => {
      const { program: read, values } = importOnnx(bytes)
      const inputs = read.inputs.map(({ tensor }) => tensor)
      const y = read.outputs[0]?.tensor as Tensor
      const wrt = inputs.filter(({ name }) => name !== 'x') as [Input, Input]
      const [w, r] = differentiate(reduceSum(y), wrt) as [Tensor, Tensor]
      return evaluate(program({ inputs, outputs: { w, r } }), { ...sequence, ...values })
    }
    const [known, open] = [gradients(gru(5)), gradients(gru('steps'))]
    for (const name of ['w', 'r'])
      known[name]?.data.forEach((number, i) => {
        expect(open[name]?.data[i]).toBeCloseTo(number, 12)
      })
  })
})
