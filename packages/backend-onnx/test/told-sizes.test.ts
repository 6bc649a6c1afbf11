import { differentiate, evaluate, gather, input, mul, nonZero, program, reduceSum, squeeze, type TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { onnxBackend } from '../src/index.ts'

test.each([1, 2])('sums by positions whose number only a run tells, %i threads', async (threads) => {
  const [x, mask] = [input('x', 'float32', ['rows', 3]), input('mask', 'bool', ['rows'])]
  const kept = gather(x, squeeze(nonZero(mask, 'kept'), 0))
  const [gradient] = differentiate(reduceSum(mul(kept, kept)), [x])
  const p = program({ inputs: { x, mask }, outputs: { gradient: gradient as typeof x } })
  const feeds: Record<string, TensorValue> = {
    x: { dtype: 'float32', shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, i) => i - 5) },
    mask: { dtype: 'bool', shape: [4], data: Uint8Array.of(1, 0, 1, 1) },
  }
  const executable = await onnxBackend({ threads }).compile(p)
  const { gradient: found } = await executable.run(feeds)
  expect(Array.from((await found?.data()) as Float32Array)).toEqual([...(evaluate(p, feeds).gradient?.data ?? [])])
  await executable.dispose()
})
