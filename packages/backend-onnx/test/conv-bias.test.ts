import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import { add, conv, evaluate, exp, input, type Program, program, type Tensor, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
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
