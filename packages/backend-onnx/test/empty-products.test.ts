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
