import { isNode, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, node } from './hand-made-files.ts'
import { type Attributes, close, numbers, only, value } from './one-node.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

const stored = (name: string, dims: readonly number[]) =>
  floats(
    name,
    dims,
    numbers(dims.reduce((n, d) => n * d, 1)).map((v) => v / 8),
  )

/** A node over x of a batch of any size; the shapes of its weight and of its bias, if it has them. */
async function compare(
  opType: string,
  shape: readonly [number, ...number[]],
  attributes: Attributes,
  ...weights: number[][]
): Promise<void> {
  const names = ['w', 'b'].slice(0, weights.length)
  const [, ...sizes] = shape
  const bytes = file({
    input: [declared('x', ['batch', ...sizes])],
    initializer: names.map((name, i) => stored(name, weights[i] as number[])),
    node: [node(opType, ['x', ...names], ['y'], attributes)],
    output: [declared('y')],
  })
  const x = value(...shape)
  await expectSameAsRuntime(bytes, {
    x: tensorValue(
      'float32',
      [...shape],
      Array.from(x.data as Float32Array, (v) => v / 8),
    ),
  })
}

const signal = [2, 4, 11] as const
const image = [2, 2, 7, 6] as const

describe('windows over signals and images are where ONNX Runtime has them', () => {
  test.each<[string, Attributes, number[][]]>([
    ['a weight alone', {}, [[3, 4, 2]]],
    ['a bias', {}, [[3, 4, 2], [3]]],
    ['groups, strides, pads, dilations', { group: 2, strides: [2], pads: [3, 1], dilations: [2] }, [[6, 2, 3], [6]]],
    ['no pads', { auto_pad: 'VALID', strides: [2] }, [[3, 4, 2]]],
    ['pads at the end first', { auto_pad: 'SAME_UPPER', strides: [2] }, [[3, 4, 4]]],
    ['pads at the start first', { auto_pad: 'SAME_LOWER', strides: [2] }, [[3, 4, 4]]],
    ['a stride beyond the window', { auto_pad: 'SAME_UPPER', strides: [4] }, [[3, 4, 1]]],
  ])('Conv of signals: %s', (_, attributes, weights) => compare('Conv', signal, attributes, ...weights))

  test.each<[Attributes, number, number[], (number | string)?]>([
    [{ auto_pad: 'SAME_UPPER', dilations: [3] }, 2, [1, 2]],
    [{ auto_pad: 'SAME_LOWER', dilations: [2], strides: [3] }, 4, [3, 2]],
    [{ auto_pad: 'SAME_LOWER', dilations: [3] }, 2, [2, 1], 'l'],
  ])('ONNX Runtime has no dilations with pads that it finds: %j of a kernel of %i are %j', (attributes, kernel, pads, length = 11) => {
    const bytes = file({
      input: [declared('x', [2, 4, length])],
      initializer: [stored('w', [3, 4, kernel])],
      node: [node('Conv', ['x', 'w'], ['y'], attributes)],
      output: [declared('y')],
    })
    const [conv] = importOnnx(bytes).program.nodes.flatMap((each) => (isNode(each, 'Conv') ? [each] : []))
    expect(conv?.attributes.pads).toEqual(pads)
  })

  test.each<[string, Attributes, number[][]]>([
    ['strides, pads and dilations', { strides: [2, 1], pads: [1, 0, 2, 3], dilations: [1, 2] }, [[3, 2, 3, 2], [3]]],
    ['pads that it finds', { auto_pad: 'SAME_UPPER', strides: [3, 2] }, [[3, 2, 2, 3]]],
  ])('Conv of images: %s', (_, attributes, weights) => compare('Conv', image, attributes, ...weights))

  test.each<[string, Attributes, number[][]]>([
    ['a weight alone', {}, [[4, 3, 2]]],
    ['groups and a bias', { group: 2 }, [[4, 3, 2], [6]]],
    ['strides, pads, dilations and more at the end', { strides: [3], pads: [2, 1], dilations: [2], output_padding: [2] }, [[4, 3, 2], [3]]],
    ['no pads', { auto_pad: 'VALID', strides: [2] }, [[4, 3, 2]]],
  ])('ConvTranspose: %s', (_, attributes, weights) => compare('ConvTranspose', signal, attributes, ...weights))

  test.each<[string, Attributes]>([
    ['MaxPool', { kernel_shape: [3, 2] }],
    ['MaxPool', { kernel_shape: [2, 2], strides: [2, 1], pads: [1, 0, 0, 1], dilations: [2, 1] }],
    ['MaxPool', { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_LOWER' }],
    ['AveragePool', { kernel_shape: [3, 2], pads: [1, 0, 2, 1] }],
    ['AveragePool', { kernel_shape: [3, 2], pads: [1, 0, 2, 1], count_include_pad: 1, strides: [1, 3] }],
    ['GlobalAveragePool', {}],
    ['GlobalMaxPool', {}],
  ])('%s of images: %j', (opType, attributes) => compare(opType, image, attributes))

  test('a pool over all of a matrix is the matrix', () => {
    for (const opType of ['GlobalAveragePool', 'GlobalMaxPool']) expect(only(opType, { x: [2, 3] }, ['x'])).toEqual(close(numbers(6)))
  })
})
