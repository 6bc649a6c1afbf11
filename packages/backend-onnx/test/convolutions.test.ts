import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import {
  add,
  type ConvOptions,
  constant,
  conv,
  evaluate,
  exp,
  input,
  type Program,
  program,
  relu,
  type Tensor,
  type TensorValue,
  tensorValue,
  vectorJacobianProduct,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { onnxBackend } from '../src/index.ts'

const x = input('x', 'float32', ['batch', 2, 5, 5])
const weight = input('weight', 'float32', [3, 2, 3, 3])
const y = conv(x, weight)
const of = (shape: (number | string)[]): Tensor => input('bias', 'float32', shape)
const written = (p: Program): string[] => onnxNodes(exportOnnx(p), 'test').map(({ operator }) => operator)

test.each([
  ['a number a channel', of([3, 1, 1]), true],
  ['the same, with the batch', of([1, 3, 1, 1]), true],
  ['computed from others', exp(of([1, 3, 1, 1])), true],
  ['a number for all', of([]), false],
  ['a number an example', of(['batch', 1, 1, 1]), false],
  ['one a channel and example', of(['batch', 3, 1, 1]), false],
  ['one a row', of([3, 1]), false],
  ['one a channel and column', of([3, 1, 3]), false],
])('a convolution has the bias that is added to it: %s', async (_, bias, within) => {
  const name = bias.node.inputs[0] === undefined ? bias : bias.node.inputs[0]
  for (const sum of [add(y, bias), add(bias, y)]) {
    const p = program({ inputs: { x, weight, bias: name as ReturnType<typeof input> }, outputs: { sum } })
    expect(written(p).includes('Add')).toBe(!within)
    const numbers = (shape: readonly unknown[]): ReturnType<typeof tensorValue> => {
      const sizes = shape.map((d) => (typeof d === 'number' ? d : 4))
      const count = sizes.reduce((a, b) => a * b, 1)
      return tensorValue(
        'float32',
        sizes,
        Float32Array.from({ length: count }, (__, i) => Math.sin(i)),
      )
    }
    const feeds = { x: numbers(x.shape), weight: numbers(weight.shape), bias: numbers(name.shape) }
    const executable = await onnxBackend({ threads: 1 }).compile(p)
    const result = (await (await executable.run(feeds)).sum?.data()) as Float32Array
    evaluate(p, feeds).sum?.data.forEach((value, i) => {
      expect(result[i]).toBeCloseTo(Number(value), 5)
    })
    await executable.dispose()
  }
})

test('a convolution that is read elsewhere stays what it is', () => {
  const bias = of([3, 1, 1]) as ReturnType<typeof input>
  const inputs = { x, weight, bias }
  expect(written(program({ inputs, outputs: { sum: add(y, bias), y } }))).toContain('Add')
  expect(written(program({ inputs, outputs: { sum: add(add(y, bias), exp(y)) } })).filter((name) => name === 'Add').length).toBe(2)
})

describe.each([
  ['a channel', 1, 1, true],
  ['a block of channels', 16, 1, true],
  ['two blocks', 32, 1, true],
  ['a block and a half', 24, 1, false],
  ['groups', 32, 2, false],
])('a convolution of signals: %s', (_, channels, groups, images) => {
  const signals = input('x', 'float32', ['batch', channels, 'length'])
  const kernel = input('kernel', 'float32', [8, channels / groups, 5])
  const window = { strides: 2, dilations: 2, pads: [3, 1], groups }
  const p = program({
    inputs: { x: signals, kernel },
    outputs: {
      plain: conv(signals, kernel, window),
      rectified: relu(conv(signals, kernel, { ...window, strides: 3, bias: constant([...'12345678'].map(Number), [8]) })),
    },
  })
  const numbers = (shape: number[]): TensorValue =>
    tensorValue(
      'float32',
      shape,
      Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (__, i) => Math.sin(i)),
    )
  const fixed = { kernel: numbers([8, channels / groups, 5]) }

  test(`its kernel ${images ? 'becomes that of images' : 'stays'} where it is fixed`, () => {
    const flattened = (values: Record<string, TensorValue>): number =>
      onnxNodes(exportOnnx(p, { values }), 'test').filter(({ operator }) => operator === 'Squeeze').length
    expect([flattened(fixed), flattened({})]).toEqual([images ? 2 : 0, 0])
  })

  test('has the values of the reference', async () => {
    const executable = await onnxBackend({ threads: 1 }).compile(p, { values: fixed })
    for (const [batch, length] of [
      [3, 20],
      [1, 9],
    ] as const) {
      const x = numbers([batch, channels, length])
      const [found, expected] = [await executable.run({ x }), evaluate(p, { x, ...fixed })]
      for (const name of ['plain', 'rectified'] as const) {
        expect(found[name].shape).toEqual(expected[name].shape)
        const values = (await found[name].data()) as Float32Array
        expected[name].data.forEach((value, i) => {
          expect(Math.abs((values[i] as number) - Number(value))).toBeLessThan(1e-4)
        })
      }
    }
    await executable.dispose()
  })
})

/** [batch, channels, outputs], sizes of signal and kernel; the rule of the target takes few channels in stacks, many in rows. */
const gradientCases: readonly [string, readonly [number, number, number], readonly number[], readonly number[], ConvOptions][] = [
  ['few channels', [3, 2, 5], [9, 8], [3, 3], { pads: 1 }],
  ['many channels', [2, 9, 4], [5, 7], [3, 2], { pads: [1, 0, 0, 1] }],
  ['a single example', [1, 8, 3], [7], [5], { pads: 2, dilations: 2 }],
  ['strides', [2, 3, 2], [9, 9], [3, 3], { strides: 2, pads: 1 }],
  ['one position', [2, 4, 3], [3, 5], [1, 1], {}],
  ['more than one product', [2, 70, 3], [4, 4], [3, 3], { pads: 1 }],
  ['groups', [2, 8, 4], [6], [3], { groups: 2 }],
]

test.each(gradientCases)('the gradient of a weight has the values of the reference: %s', async (_, sizes, spatial, kernel, window) => {
  const [batch, channels, outputs] = sizes
  const numbers = (shape: readonly number[], seed: number): TensorValue =>
    tensorValue(
      'float32',
      shape,
      Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (__, i) => Math.sin((i + 1) * seed)),
    )
  for (const symbolic of [false, true]) {
    const shape = symbolic ? ['batch', channels, 'length', ...spatial.slice(1)] : [batch, channels, ...spatial]
    const signal = input('signal', 'float32', shape)
    const kernelOf = input('kernel', 'float32', [outputs, channels / (window.groups ?? 1), ...kernel])
    const output = conv(signal, kernelOf, window)
    const gradient = vectorJacobianProduct([{ output, cotangent: relu(output) }], [kernelOf])[0] as Tensor
    const p = program({ inputs: { signal, kernel: kernelOf }, outputs: { gradient } })
    const executable = await onnxBackend({ threads: 1 }).compile(p)
    for (const factor of symbolic ? [1, 2] : [1]) {
      const feeds = { signal: numbers([batch * factor, channels, ...spatial], 1.3), kernel: numbers(kernelOf.shape as number[], 0.7) }
      const found = (await (await executable.run(feeds)).gradient?.data()) as Float32Array
      const expected = (evaluate(p, feeds).gradient?.data ?? []) as Float64Array
      const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
      expect(found.length).toBe(expected.length)
      expected.forEach((value, i) => {
        expect(Math.abs((found[i] as number) - value)).toBeLessThan(1e-5 * largest)
      })
    }
    await executable.dispose()
  }
})
