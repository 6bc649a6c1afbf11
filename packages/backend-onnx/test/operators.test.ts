import { differentiate, evaluate, input, mul, program, reduceSum, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { caseFeeds, caseInputs, operatorCases } from '../../tensor/test/operator-cases.ts'
import { onnxBackend } from '../src/index.ts'

const backend = onnxBackend({ threads: 1 })

/** float32 values of the float64 feeds, so that both sides start from the same numbers. */
function rounded(feeds: Record<string, TensorValue>): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => [
      name,
      value.dtype === 'float32' ? { ...value, data: Float32Array.from(value.data as Float64Array) } : value,
    ]),
  )
}

describe.each(operatorCases)('$name on ONNX Runtime', (operatorCase) => {
  test('value and derivative equal the reference', async () => {
    const inputs = caseInputs(operatorCase)
    const y = operatorCase.build(inputs)
    const floats = y.dtype === 'float32' ? Object.entries(inputs).filter(([, x]) => x.dtype === 'float32') : []
    const cotangent = input('cotangent', 'float32', y.shape)
    const gradients =
      floats.length === 0
        ? []
        : differentiate(
            reduceSum(mul(y, cotangent)),
            floats.map(([, x]) => x),
          )
    const p = program({
      inputs: floats.length === 0 ? inputs : { ...inputs, cotangent },
      outputs: { y, ...Object.fromEntries(floats.map(([name], i) => [`gradient ${name}`, gradients[i] as never])) },
    })
    const feeds = rounded(caseFeeds(operatorCase, 11))
    const values = program({ inputs, outputs: { y } })
    const shape = evaluate(values, feeds).y?.shape ?? []
    const random = new Random({ seed: 5 })
    const data = Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal())
    if (floats.length > 0) feeds.cotangent = { dtype: 'float32', shape, data }
    const expected = evaluate(p, feeds)
    const executable = await backend.compile(p)
    const outputs = await executable.run(feeds)
    for (const [name, reference] of Object.entries(expected)) {
      const got = outputs[name]
      expect(got?.shape, name).toEqual(reference.shape)
      expect(got?.dtype, name).toBe(reference.dtype)
      const numbers = (await got?.data()) as Float32Array
      const scale = reference.data.reduce((top, v) => Math.max(top, Number.isFinite(v) ? Math.abs(v) : 0), 1)
      reference.data.forEach((v, i) => {
        const ours = Number(numbers[i])
        if (Number.isFinite(v)) expect(Math.abs(ours - v), `${name}[${i}] ${ours} ${v}`).toBeLessThan(1e-5 * scale)
        else expect(ours, `${name}[${i}]`).toBe(v)
      })
    }
    await executable.dispose()
  })
})
