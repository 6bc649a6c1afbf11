import { evaluate, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, node } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

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
  const bytes = normalized(opType, attributes, count, opset)
  const { program, values } = importOnnx(bytes)
  const { y } = evaluate(program, { ...values, x })
  const expected = await runtimeResult(bytes, { x })
  expect(y?.shape).toEqual(expected.dims)
  expected.data.forEach((number, i) => {
    expect(y?.data[i]).toBeCloseTo(number, 5)
  })
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
