import {
  type Backend,
  differentiate,
  evaluate,
  type Feeds,
  input,
  mul,
  type Outputs,
  type Program,
  program,
  reduceSum,
  type TensorValue,
} from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { caseFeeds, caseInputs, type OperatorCase } from './operator-cases.ts'

/** A Program with numbers to run it on. */
export interface Comparison {
  readonly program: Program
  readonly feeds: Record<string, TensorValue>
}

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
export function valueAndGradients(operatorCase: OperatorCase): Comparison {
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

/**
 * The largest difference of outputs from their reference, as a part of the largest magnitude of each (1 at least). What is infinite must be so.
 *
 * @throws Error if a shape, a type or an infinite number differs.
 */
export async function largestDifference(outputs: Outputs, references: Readonly<Record<string, TensorValue>>): Promise<number> {
  let worst = 0
  for (const [name, reference] of Object.entries(references)) {
    const got = outputs[name]
    const kind = (value: { dtype: string; shape: readonly number[] } | undefined): string => `${value?.dtype} [${value?.shape.join(', ')}]`
    if (kind(got) !== kind(reference)) throw new Error(`${name}: expected ${kind(reference)}, received ${kind(got)}`)
    const numbers = (await got?.data()) as Float32Array
    if (numbers.length !== reference.data.length)
      throw new Error(`${name}: expected ${reference.data.length} numbers, received ${numbers.length}`)
    const expected = Float64Array.from(reference.data as Float64Array, Number)
    const scale = expected.reduce((top, v) => Math.max(top, Number.isFinite(v) ? Math.abs(v) : 0), 1)
    expected.forEach((v, i) => {
      const ours = Number(numbers[i])
      if (Object.is(ours, v)) return
      const difference = Math.abs(ours - v) / scale
      if (!Number.isFinite(difference)) throw new Error(`${name}[${i}]: expected ${v}, received ${ours}`)
      worst = Math.max(worst, difference)
    })
    got?.dispose()
  }
  return worst
}

/** How far a backend is from the float64 reference; see largestDifference. */
export async function backendDifference(backend: Backend, { program: p, feeds }: Comparison): Promise<number> {
  const executable = await backend.compile(p)
  try {
    return await largestDifference(await executable.run(feeds as Feeds), evaluate(p, feeds))
  } finally {
    await executable.dispose()
  }
}
