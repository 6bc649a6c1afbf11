import { evaluate, program, toNumbers } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { caseFeeds, caseInputs, operatorCases } from '../../tensor/test/operator-cases.ts'
import { exportOnnx, importOnnx } from '../src/index.ts'

test.each(operatorCases.map((each) => [each.name, each] as const))('%s: the file holds the same function', (_, each) => {
  const inputs = caseInputs(each)
  const p = program({ inputs, outputs: { y: each.build(inputs) } })
  const read = importOnnx(exportOnnx(p), { frozen: true }).program
  expect(read.inputs.map(({ name, tensor }) => [name, tensor.dtype, tensor.shape.map(String)])).toEqual(
    p.inputs.map(({ name, tensor }) => [name, tensor.dtype, tensor.shape.map(String)]),
  )
  for (const seed of [1, 2]) {
    const feeds = caseFeeds(each, seed)
    const [expected, received] = [evaluate(p, feeds).y, evaluate(read, feeds).y]
    expect([received?.dtype, received?.shape]).toEqual([expected?.dtype, expected?.shape])
    // Constants are float32 in the file.
    const numbers = toNumbers(received?.data ?? new Float64Array())
    toNumbers(expected?.data ?? new Float64Array()).forEach((v, i) => {
      if (Math.abs((numbers[i] as number) - v) > 1e-6 * Math.max(1, Math.abs(v))) expect([i, numbers[i]]).toEqual([i, v])
    })
  }
})
