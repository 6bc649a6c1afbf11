import { differentiate, input, matMul, mul, program, reduceSum, swapAxes, type TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { onnxBackend } from '../src/index.ts'

const ones = (...shape: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
})

/** ONNX Runtime's fused product of a transpose leaves memory as it was where it sums over nothing; the derivatives guard against it. */
test.each([
  ['right factor', [4, 'n', 8], [4, 8, 8], [4, 'n', 8], 1],
  ['left factor', [4, 8, 8], [4, 8, 'n'], [4, 8, 'n'], 0],
] as const)(
  'the derivative of the %s is 0 where it sums over an empty axis, after a run in which it did not',
  async (_, left, right, out, wanted) => {
    const [a, b, g] = [input('a', 'float32', left), input('b', 'float32', right), input('g', 'float32', out)]
    const gradient = differentiate(reduceSum(mul(matMul(a, b), g)), [a, b])[wanted] as typeof a
    const p = program({ inputs: { a, b, g }, outputs: { y: mul(swapAxes(gradient, 1, 2), 2) } })
    const executable = await onnxBackend({ threads: 1 }).compile(p)
    const sized = (n: number): Record<string, TensorValue> => {
      const at = (shape: readonly (number | string)[]): number[] => shape.map((d) => (d === 'n' ? n : Number(d)))
      return { a: ones(...at(left)), b: ones(...at(right)), g: ones(...at(out)) }
    }
    for (const n of [3, 0, 5, 0]) {
      const { y } = await executable.run(sized(n))
      expect(Array.from((await y?.data()) as Float32Array)).toEqual(Array(4 * 8 * 8).fill(2 * n))
    }
    await executable.dispose()
  },
)

/** ONNX Runtime refuses a batch of 0 where one factor is the same for the whole batch. */
test.each([
  ['one matrix on the left', [2, 3], ['n', 3, 4], false],
  ['a batch of one on the left', [1, 2, 3], ['n', 3, 4], false],
  ['a transposed matrix on the right', ['n', 2, 3], [4, 3], true],
  ['a batch and a matrix that are fused with a factor', ['n', 2, 3], [3, 4], false],
] as const)('a batch of 0 times %s has no elements, and a batch of 2 its values', async (_, left, right, isTurned) => {
  const [a, b] = [input('a', 'float32', left), input('b', 'float32', right)]
  const scaled = mul(b, 0.5)
  const p = program({ inputs: { a, b }, outputs: { y: matMul(a, isTurned ? swapAxes(scaled, 0, 1) : scaled) } })
  const executable = await onnxBackend({ threads: 1 }).compile(p)
  for (const n of [0, 2]) {
    const at = (shape: readonly (number | string)[]): number[] => shape.map((d) => (d === 'n' ? n : Number(d)))
    const { y } = await executable.run({ a: ones(...at(left)), b: ones(...at(right)) })
    expect(y?.shape).toEqual([n, 2, 4])
    expect(Array.from((await y?.data()) as Float32Array)).toEqual(Array(n * 8).fill(1.5))
  }
  await executable.dispose()
})

test('the derivative of a batch of 0 times a matrix whose transpose is fused with a factor is empty', async () => {
  const [a, b] = [input('a', 'float32', ['n', 3, 2]), input('b', 'float32', [3, 4])]
  const y = matMul(swapAxes(a, 1, 2), mul(b, 0.7))
  const [gradient] = differentiate(reduceSum(mul(y, y)), [a])
  const executable = await onnxBackend({ threads: 1 }).compile(program({ inputs: { a, b }, outputs: { gradient: gradient as typeof a } }))
  const { gradient: found } = await executable.run({ a: ones(0, 3, 2), b: ones(3, 4) })
  expect(found?.shape).toEqual([0, 3, 2])
  await executable.dispose()
})
