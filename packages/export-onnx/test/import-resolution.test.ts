import { tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node } from './hand-made-files.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

type Attributes = NonNullable<Parameters<typeof node>[3]>
type Size = number | string

const value = (...shape: number[]) =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i * 1.3)),
  )

async function compare(bytes: Uint8Array, shape: readonly number[]): Promise<void> {
  const { values } = await expectSameAsRuntime(bytes, { x: value(...shape) })
  expect(Object.keys(values)).toEqual([])
}

const scaled = (shape: readonly Size[], scales: readonly number[], attributes: Attributes): Uint8Array =>
  file({
    input: [declared('x', [...shape])],
    initializer: [floats('scales', [scales.length], scales)],
    node: [node('Resize', ['x', '', 'scales'], ['y'], attributes)],
    output: [declared('y')],
  })

const sized = (shape: readonly Size[], sizes: readonly number[], attributes: Attributes): Uint8Array =>
  file({
    input: [declared('x', [...shape])],
    initializer: [integers('sizes', [sizes.length], sizes)],
    node: [node('Resize', ['x', '', '', 'sizes'], ['y'], attributes)],
    output: [declared('y')],
  })

const transformations = ['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners']

describe('Resize computes what ONNX Runtime computes', () => {
  const shape = [2, 2, 5, 6]
  describe.each(transformations)('by %s', (coordinate_transformation_mode) => {
    test.each(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'])('to nearest neighbours, %s', async (nearest_mode) => {
      const attributes = { mode: 'nearest', coordinate_transformation_mode, nearest_mode }
      await compare(scaled(shape, [1, 1, 2, 3], attributes), shape)
      await compare(scaled(shape, [1, 1, 0.6, 1.7], attributes), shape)
      await compare(sized(shape, [2, 2, 7, 3], attributes), shape)
    })

    test('linearly', async () => {
      const attributes = { mode: 'linear', coordinate_transformation_mode }
      await compare(scaled(shape, [1, 1, 2, 3], attributes), shape)
      await compare(scaled(shape, [1, 1, 0.6, 1.7], attributes), shape)
      await compare(scaled(shape, [1, 1, 1.1, 2], attributes), shape)
      await compare(sized(shape, [2, 2, 7, 1], attributes), shape)
    })
  })

  test('for axes of any size that grow by integers', async () => {
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    await compare(scaled(['batch', 2, 'height', 'width'], [1, 1, 2, 3], attributes), shape)
    await compare(scaled(['batch', 2, 'height', 'width'], [1, 1, 2, 2], { mode: 'nearest' }), shape)
  })

  test('for axes that become a multiple of what they are', async () => {
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    const bytes = file({
      input: [declared('x', ['height', 'width'])],
      initializer: [integers('times', [2], [2, 3])],
      node: [
        node('Shape', ['x'], ['shape']),
        node('Mul', ['shape', 'times'], ['sizes']),
        node('Resize', ['x', '', '', 'sizes'], ['y'], attributes),
      ],
      output: [declared('y')],
    })
    await compare(bytes, [3, 4])
  })

  test('for some axes alone', async () => {
    await compare(scaled(shape, [2, 1.5], { mode: 'linear', axes: [2, -1] }), shape)
  })
})

test.each([
  [{ mode: 'cubic' }, 'expected mode nearest or linear, received cubic.'],
  [{ mode: 'linear', antialias: 1 }, 'expected antialias 0, received 1.'],
  [{ mode: 'linear', coordinate_transformation_mode: 'toString' }, 'received toString.'],
  [{ mode: 'nearest', nearest_mode: 'valueOf' }, 'received valueOf.'],
])('Resize refuses %j', (attributes, message) => {
  expect(() => importOnnx(scaled([1, 1, 4, 4], [1, 1, 1.5, 1.5], attributes))).toThrow(message)
})

test('Resize gives an axis 65,536 elements at most', () => {
  for (const mode of ['nearest', 'linear']) {
    const { program } = importOnnx(sized([3], [65_536], { mode }))
    expect(program.outputs[0]?.tensor.shape).toEqual([65_536])
    expect(() => importOnnx(sized([3], [65_537], { mode }))).toThrow(
      'importOnnx: node Resize: expected at most 65536 elements along an axis, received 65537.',
    )
  }
  const repeating = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  expect(importOnnx(sized([3], [3 * 65_536], repeating)).program.outputs[0]?.tensor.shape).toEqual([3 * 65_536])
})

test('Resize refuses a fraction of an axis whose size only a run tells', () => {
  expect(() => importOnnx(scaled([1, 1, 'h', 4], [1, 1, 1.5, 1], { mode: 'nearest' }))).toThrow(
    'importOnnx: node Resize: expected a scale that is an integer, or 1 / an integer, for an axis whose size only a run tells, received 1.5.',
  )
})

describe('channels and places', () => {
  const one = (opType: string, shape: readonly Size[], attributes: Attributes): Uint8Array =>
    file({ input: [declared('x', [...shape])], node: [node(opType, ['x'], ['y'], attributes)], output: [declared('y')] })

  test.each(['DCR', 'CRD'])('DepthToSpace in mode %s', async (mode) => {
    await compare(one('DepthToSpace', ['batch', 12, 'h', 3], { blocksize: 2, mode }), [2, 12, 5, 3])
  })

  test('SpaceToDepth', async () => {
    await compare(one('SpaceToDepth', ['batch', 3, 4, 6], { blocksize: 2 }), [2, 3, 4, 6])
  })

  test('sizes that are no multiple of the block are refused', () => {
    expect(() => importOnnx(one('SpaceToDepth', [1, 1, 5, 4], { blocksize: 2 }))).toThrow(
      'importOnnx: node SpaceToDepth: expected a known size that is a multiple of 2, received 5.',
    )
  })
})
