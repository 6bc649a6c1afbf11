import { type Backend, differentiate, evaluate, input, mul, type Program, program, reduceSum, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { caseFeeds, caseInputs, type OperatorCase, operatorCases } from './operator-cases.ts'

/** float32 values of the float64 feeds, so that both sides start from the same numbers. */
function rounded(feeds: Record<string, TensorValue>): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => [
      name,
      value.dtype === 'float32' ? { ...value, data: Float32Array.from(value.data as Float64Array) } : value,
    ]),
  )
}

/** A Program that gives the value of a case and, for a random cotangent, the gradients of its float inputs; with feeds for it. */
export function valueAndGradients(operatorCase: OperatorCase): { program: Program; feeds: Record<string, TensorValue> } {
  const inputs = caseInputs(operatorCase)
  const y = operatorCase.build(inputs)
  const floats = y.dtype === 'float32' ? Object.entries(inputs).filter(([, x]) => x.dtype === 'float32') : []
  const feeds = rounded(caseFeeds(operatorCase, 11))
  if (floats.length === 0) return { program: program({ inputs, outputs: { y } }), feeds }
  const cotangent = input('cotangent', 'float32', y.shape)
  const gradients = differentiate(
    reduceSum(mul(y, cotangent)),
    floats.map(([, x]) => x),
  )
  const shape = evaluate(program({ inputs, outputs: { y } }), feeds).y?.shape ?? []
  const random = new Random({ seed: 5 })
  const data = Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal())
  return {
    program: program({
      inputs: { ...inputs, cotangent },
      outputs: { y, ...Object.fromEntries(floats.map(([name], i) => [`gradient ${name}`, gradients[i] as never])) },
    }),
    feeds: { ...feeds, cotangent: { dtype: 'float32', shape, data } },
  }
}

/** Fails unless a backend gives what the float64 reference gives, up to `tolerance` times the largest magnitude (1 at least). */
async function expectReference(
  backend: Backend,
  { program: p, feeds }: { program: Program; feeds: Record<string, TensorValue> },
  tolerance: number,
): Promise<void> {
  const executable = await backend.compile(p)
  const outputs = await executable.run(feeds)
  for (const [name, reference] of Object.entries(evaluate(p, feeds))) {
    const got = outputs[name]
    expect(got?.shape, name).toEqual(reference.shape)
    expect(got?.dtype, name).toBe(reference.dtype)
    const numbers = (await got?.data()) as Float32Array
    const scale = reference.data.reduce((top, v) => Math.max(top, Number.isFinite(v) ? Math.abs(v) : 0), 1)
    reference.data.forEach((v, i) => {
      const ours = Number(numbers[i])
      if (Number.isFinite(v)) expect(Math.abs(ours - v), `${name}[${i}] ${ours} ${v}`).toBeLessThan(tolerance * scale)
      else expect(ours, `${name}[${i}]`).toBe(v)
    })
    got?.dispose()
  }
  await executable.dispose()
}

/** Every operator on a backend: value and derivative against the float64 reference. */
export function describeOperators(name: string, backend: () => Backend, tolerance: number): void {
  describe.each(operatorCases)(`$name on ${name}`, (operatorCase) => {
    test('value and derivative equal the reference', async () => {
      await expectReference(backend(), valueAndGradients(operatorCase), tolerance)
    })
  })
}
