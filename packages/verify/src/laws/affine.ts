import { evaluate, Random } from '@equivar/tensor'
import type { LayerUnderTest } from '../layer.ts'
import { numbersOf, relativeError, type Values } from '../values.ts'
import { checkOver, type LayerCheck, lastOf } from './check.ts'

/** Applies a function of name and numbers to all float values. */
const mapped = (inputs: Values, change: (name: string, numbers: Float64Array) => Float64Array): Values =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      value.dtype === 'float32' ? { ...value, data: change(name, numbersOf(value)) } : value,
    ]),
  )

/** Checks f(2 x - 3 y) = 2 f(x) - 3 f(y) + 2 f(0), where x and y stand for all float inputs together. */
export function affineChecks<S>(layer: LayerUnderTest<S>): LayerCheck[] {
  const { description, tolerances, seed } = layer
  if (description.affine !== true) return []
  return checkOver('is an affine map of its inputs', description.sizesOf?.affine ?? lastOf(description.sizes), (at) => {
    const random = new Random({ seed, stream: 'affine' })
    const [p, feeds, x] = [layer.program(at), layer.feeds(at), description.feeds(at, new Random({ seed, stream: 'inputs' }))]
    const y = mapped(x, (_, numbers) => numbers.map(() => random.normal()))
    const zero = mapped(x, (_, numbers) => numbers.map(() => 0))
    const sum = mapped(x, (name, numbers) => numbers.map((v, i) => 2 * v - 3 * (numbersOf(y[name])[i] ?? 0)))
    const [fx, fy, fzero, fsum] = [x, y, zero, sum].map((inputs) => evaluate(p, { ...feeds, ...inputs }))
    for (const [name, { data }] of Object.entries(fsum ?? {})) {
      const [a, b, c] = [fx, fy, fzero].map((result) => numbersOf(result?.[name]))
      const expected = data.map((_, i) => 2 * (a?.[i] ?? 0) - 3 * (b?.[i] ?? 0) + 2 * (c?.[i] ?? 0))
      const error = relativeError(data, expected)
      if (!(error <= tolerances.affine))
        throw new Error(
          `expected f(2 x - 3 y) = 2 f(x) - 3 f(y) + 2 f(0) to ${tolerances.affine}, received a relative difference of ${error} in "${name}" (sizes ${JSON.stringify(at)}, seed ${seed}).`,
        )
    }
  })
}
