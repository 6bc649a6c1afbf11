import { evaluate, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node } from './hand-made-files.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

type Attributes = NonNullable<Parameters<typeof node>[3]>

const x = tensorValue(
  'float32',
  [2, 6, 3, 2],
  Array.from({ length: 72 }, (_, i) => Math.sin(i * 1.3) + i / 40),
)
const counted = (name: string, count: number) =>
  floats(
    name,
    [count],
    Array.from({ length: count }, (_, i) => 0.5 + i),
  )

const normalized = (opType: string, attributes: Attributes, count: number, opset = 18): Uint8Array =>
  file(
    {
      input: [declared('x', ['batch', 6, 'h', 2])],
      initializer: [counted('scale', count), counted('bias', count)],
      node: [node(opType, ['x', 'scale', 'bias'], ['y'], attributes)],
      output: [declared('y')],
    },
    { opset },
  )

test.each([
  ['InstanceNormalization', {}, 6, 18],
  ['InstanceNormalization', { epsilon: { float: 0.1 } }, 6, 18],
  ['GroupNormalization', { num_groups: 3 }, 6, 21],
  ['GroupNormalization', { num_groups: 6, epsilon: { float: 0.1 } }, 6, 21],
])('%s %j computes what ONNX Runtime computes', async (opType, attributes, count, opset) => {
  await expectSameAsRuntime(normalized(opType, attributes, count, opset), { x })
})

const image = tensorValue(
  'float32',
  [2, 3, 4, 5],
  Array.from({ length: 120 }, (_, i) => Math.sin(i * i) + i / 30),
)
/** A node over x [2, 3, 4, 5] whose result `place` is y. */
const placed = (
  opType: string,
  stored: readonly (readonly [string, readonly number[]])[],
  attributes: Attributes,
  place = 0,
  input = 'x',
): Uint8Array => {
  const sized = stored.map(([name, dims]) =>
    floats(
      name,
      dims,
      Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => 0.5 + ((3 * i + dims.length + name.length) % 7) / 4),
    ),
  )
  return file({
    input: [declared('x', ['batch', 3, 'h', 5])],
    initializer: [...sized, integers('places', [2], [2, 3])],
    node: [
      node('ReduceMean', ['x', 'places'], ['matrix'], { keepdims: 0 }),
      node(opType, [input, ...stored.map(([name]) => name)], ['a', 'b'].slice(0, place).concat('y'), attributes),
    ],
    output: [declared('y')],
  })
}

describe('LayerNormalization computes what ONNX Runtime computes', () => {
  test.each<[readonly number[], Attributes]>([
    [[5], {}],
    [[4, 5], { axis: 2 }],
    [[3, 4, 5], { axis: -3, epsilon: { float: 0.5 } }],
  ])('a scale %j, %j: normalized, the mean, the inverse deviation', async (dims, attributes) => {
    await expectSameAsRuntime(placed('LayerNormalization', [['scale', dims]], attributes), { x: image })
    const both = [
      ['scale', dims],
      ['shift', dims],
    ] as const
    for (const place of [0, 1, 2]) await expectSameAsRuntime(placed('LayerNormalization', both, attributes, place), { x: image })
  })
})

test.each<[string, Attributes]>([
  ['x', {}],
  ['x', { epsilon: { float: 0.5 } }],
  ['matrix', {}],
])('BatchNormalization of %s, %j computes what ONNX Runtime computes', async (input, attributes) => {
  const stored = ['scale', 'shift', 'average', 'spread'].map((name) => [name, [3]] as const)
  await expectSameAsRuntime(placed('BatchNormalization', stored, attributes, 0, input), { x: image })
})

test('a scale for each group is the same scale for each of its channels', () => {
  const [groups, channels] = [
    normalized('GroupNormalization', { num_groups: 3 }, 3),
    normalized('GroupNormalization', { num_groups: 3 }, 6),
  ]
  const repeated = tensorValue('float32', [6], [0.5, 0.5, 1.5, 1.5, 2.5, 2.5])
  const perGroup = importOnnx(groups)
  const perChannel = importOnnx(channels)
  expect(evaluate(perGroup.program, { ...perGroup.values, x }).y?.data).toEqual(
    evaluate(perChannel.program, { scale: repeated, bias: repeated, x }).y?.data,
  )
})

test('groups that do not divide the channels are refused', () => {
  expect(() => importOnnx(normalized('GroupNormalization', { num_groups: 4 }, 6))).toThrow(
    'importOnnx: node GroupNormalization: expected num_groups that divides the channels, received 4 for 6 channels.',
  )
})
