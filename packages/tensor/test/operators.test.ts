import {
  cast,
  differentiate,
  dimensionValue,
  evaluate,
  type Input,
  input,
  mul,
  type OperatorName,
  operators,
  program,
  reduceSum,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { derivatives } from '../src/derivatives/table.ts'
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

  const inputs = caseInputs(operatorCase)
  const y = operatorCase.build(inputs)
  const floats = Object.entries(inputs).filter(([, x]) => x.dtype === 'float32')
  const whole = Object.entries(inputs).filter(([, x]) => x.dtype !== 'float32')

  if (y.dtype !== 'float32') {
    test('no derivative: the result is no float', () => {
      expect(() => differentiate(y, Object.values(inputs))).toThrow('expected a floating-point loss with one element')
      // Not through a cast either.
      const loss = reduceSum(cast(y, 'float32'))
      expectZeros(inputs, differentiate(loss, Object.values(inputs)), caseFeeds(operatorCase, 1))
    })
    return
  }

  if (whole.length > 0)
    test('no derivative by integers and booleans', () => {
      const gradients = differentiate(
        reduceSum(y),
        whole.map(([, x]) => x),
      )
      expectZeros(inputs, gradients, caseFeeds(operatorCase, 1))
    })

  test.each(floats.length > 0 ? [1, 2, 3] : [])('derivative against central differences, seed %i', (seed) => {
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

/** Every gradient has the shape of its input and is 0. */
function expectZeros(inputs: Record<string, Input>, gradients: readonly Tensor[], feeds: Record<string, TensorValue>): void {
  const outputs = Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g]))
  const values = Object.values(evaluate(program({ inputs, outputs }), feeds))
  expect(values.length).toBe(gradients.length)
  for (const { data } of values) expect(data.every((value) => value === 0)).toBe(true)
  const shapes = Object.values(inputs).map(({ shape }) => String(shape))
  for (const { shape } of gradients) expect(shapes).toContain(String(shape))
}

/** Operators of ONNX with these inputs, whose attributes may be left out: their defaults are what the reference computes. */
const withoutAttributes =
  'Identity Neg Abs Exp Log Sqrt Reciprocal Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Tanh Sigmoid Softplus Softsign Relu Selu Erf Floor ' +
  'Ceil Round Sign IsNaN IsInf Not Add Sub Mul Div Pow Min Max And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual Where MatMul GatherND'

/** Operators that are constant wherever they have a derivative, have no float to differentiate by, or are differentiated inside. */
const withoutDerivative =
  'Input Constant Dimension Identity Floor Ceil Round Sign IsNaN IsInf Not And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual ArgMax ArgMin ' +
  'Range EyeLike OneHot NonZero AsSizes Loop'

describe('the table', () => {
  const names = (fits: (name: OperatorName) => boolean): string[] => (Object.keys(operators) as OperatorName[]).filter(fits).sort()

  test('plain are the operators of ONNX that are written with their inputs alone', () => {
    expect(names((name) => operators[name].traits.includes('plain'))).toEqual(withoutAttributes.split(' ').sort())
  })

  test('every operator has a derivative but those that are constant almost everywhere', () => {
    expect(names((name) => derivatives[name] === undefined)).toEqual(withoutDerivative.split(' ').sort())
  })

  test('each is called what its entry says', () => {
    expect(names((name) => operators[name].name !== name)).toEqual([])
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
