import {
  differentiate,
  dimensionValue,
  evaluate,
  type Input,
  input,
  mul,
  program,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { caseFeeds, caseInputs, operatorCases } from './operator-cases.ts'

function withNudge(
  feeds: Record<string, TensorValue>,
  directions: Record<string, Float64Array>,
  amount: number,
): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => {
      const direction = directions[name]
      if (direction === undefined) return [name, value]
      const data = Float64Array.from(value.data as Float64Array, (v, i) => v + amount * (direction[i] as number))
      return [name, { ...value, data }]
    }),
  )
}

describe.each(operatorCases)('$name', (operatorCase) => {
  test('shape rule agrees with the values', () => {
    const inputs = caseInputs(operatorCase)
    const y = operatorCase.build(inputs)
    const p = program({ inputs, outputs: { y } })
    const feeds = caseFeeds(operatorCase, 1)
    const value = evaluate(p, feeds).y
    const binding = p.bind(Object.fromEntries(Object.entries(feeds).map(([name, v]) => [name, v.shape])))
    expect(value?.shape).toEqual(y.shape.map((d) => dimensionValue(d, binding)))
    expect(value?.data.length).toBe(value?.shape.reduce((n, d) => n * d, 1))
  })

  test.each([1, 2, 3])('derivative against central differences, seed %i', (seed) => {
    const inputs = caseInputs(operatorCase)
    const y = operatorCase.build(inputs)
    const floats = Object.entries(inputs).filter(([, x]) => x.dtype === 'float32')
    if (y.dtype !== 'float32' || floats.length === 0) return
    const random = new Random({ seed: 77 + seed })
    const feeds = caseFeeds(operatorCase, seed)
    const weights = program({ inputs, outputs: { y } })
    const size = evaluate(weights, feeds).y?.data.length as number
    const shape = evaluate(weights, feeds).y?.shape as number[]
    const cotangentData = Float64Array.from({ length: size }, () => random.normal())
    const direction = Object.fromEntries(
      floats.map(([name]) => [name, Float64Array.from(feeds[name]?.data as Float64Array, () => random.normal())]),
    )
    const g = new GradientCase(
      inputs,
      y,
      floats.map(([, x]) => x),
      shape,
      cotangentData,
    )
    const exact = g.directional(
      feeds,
      direction,
      floats.map(([name]) => name),
    )
    if (operatorCase.constantDerivative === true) {
      expect(exact).toBe(0)
      return
    }
    const step = 1e-5
    const numeric = (g.value(withNudge(feeds, direction, step)) - g.value(withNudge(feeds, direction, -step))) / (2 * step)
    expect(Math.abs(exact - numeric)).toBeLessThan(1e-6 * Math.max(1, Math.abs(numeric), Math.abs(exact)))
  })
})

/** sum(y * cotangent) as a Program together with its gradients. */
class GradientCase {
  private readonly program: ReturnType<typeof program>
  private readonly cotangent: TensorValue

  constructor(inputs: Record<string, Input>, y: Tensor, wrt: readonly Input[], shape: readonly number[], cotangent: Float64Array) {
    const weights = input('cotangent', 'float32', y.shape)
    const loss = reduceSum(mul(y, weights))
    const gradients = differentiate(loss, wrt)
    const outputs = { loss, ...Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g])) }
    this.program = program({ inputs: { ...inputs, cotangent: weights }, outputs })
    this.cotangent = { dtype: 'float32', shape, data: cotangent }
  }

  run(feeds: Record<string, TensorValue>): ReturnType<typeof evaluate> {
    return evaluate(this.program, { ...feeds, cotangent: this.cotangent })
  }

  value(feeds: Record<string, TensorValue>): number {
    return this.run(feeds).loss?.data[0] as number
  }

  directional(feeds: Record<string, TensorValue>, direction: Record<string, Float64Array>, names: readonly string[]): number {
    const result = this.run(feeds)
    return names.reduce((sum, name, i) => {
      const gradient = result[`gradient ${i}`]
      expect(gradient?.shape).toEqual(feeds[name]?.shape)
      return sum + (direction[name] as Float64Array).reduce((s, d, k) => s + d * (gradient?.data[k] as number), 0)
    }, 0)
  }
}
