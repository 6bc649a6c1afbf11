import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { smallTermsFirst } from '../../src/passes/small-terms-first.ts'
import { after, before } from '../law/pass.ts'

const x = t.input('x', 'float32', ['n', 'm', 4])
const y = t.input('y', 'float32', ['n', 1, 4])
const z = t.input('z', 'float32', ['m', 1])
const b = t.input('b', 'float32', [4])
const inputs = [x, y, z, b]
const result = (of: t.Tensor | readonly t.Tensor[]): string => after(smallTermsFirst, of, inputs)

test('before and after', () => {
  expect(before(t.add(t.add(x, y), b), inputs)).toBe('Add(Add(x, y), b)')
  expect(result(t.add(t.add(x, y), b))).toBe('Add(x, Add(y, b))')
  expect(result(t.add(b, t.add(y, x)))).toBe('Add(x, Add(y, b))')
  expect(result(t.add(t.add(t.add(x, b), 1), y))).toBe('Add(x, Add(Add(b, 1), y))')
})

const sum = t.add(x, y)
test.each<[string, t.Tensor | readonly t.Tensor[]]>([
  ['terms that are as many together as the tensor', t.add(t.add(x, y), z)],
  ['a tensor as second term', t.add(t.add(x, y), x)],
  ['sums that grow', t.add(t.add(y, b), x)],
  ['a sum that is read elsewhere', [t.add(sum, b), t.relu(sum)]],
  ['products', t.mul(t.mul(x, y), b)],
])('does not apply: %s', (_, of) => expect(result(of)).toBe(before(of, inputs)))

test.each([[[2, 3]], [[1, 1]], [[0, 5]], [[7, 0]], [[5, 11]]])('has the values of the slow form: %o', ([n, m]) => {
  const outputs = { sum: t.add(t.add(t.add(x, b), y), t.add(b, 1)), turned: t.add(t.add(z, x), t.reduceSum(b)) }
  const whole = t.program({ inputs: { x, y, z, b }, outputs })
  const passed = t.optimize(whole, { name: 'small', passes: [smallTermsFirst] })
  expect(passed).not.toBe(whole)
  const numbers = (shape: readonly number[]): t.TensorValue => {
    const data = Float64Array.from({ length: shape.reduce((k, d) => k * d, 1) }, (_, i) => Math.sin(i + 1))
    if (data.length > 3) [data[1], data[2], data[3]] = [Infinity, -Infinity, Number.NaN]
    return t.tensorValue('float32', shape, data)
  }
  const feeds = {
    x: numbers([n as number, m as number, 4]),
    y: numbers([n as number, 1, 4]),
    z: numbers([m as number, 1]),
    b: numbers([4]),
  }
  const [expected, found]: [Record<string, t.ReferenceValue>, Record<string, t.ReferenceValue>] = [
    t.evaluate(whole, feeds),
    t.evaluate(passed, feeds),
  ]
  for (const name of Object.keys(outputs)) {
    const got = found[name]?.data ?? []
    expect(found[name]?.shape).toEqual(expected[name]?.shape)
    for (const [i, value] of [...(expected[name]?.data ?? [])].entries())
      if (!Object.is(value, got[i])) expect(Math.abs(Number(got[i]) - Number(value))).toBeLessThan(1e-12)
  }
})
