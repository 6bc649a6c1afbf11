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
    const sum = mapped(x, (name, numbers) => numbers.map((v, i) => 2 * v - 3 * (numbersOf(y[name])[i] as number)))
    const f = (inputs: Values): Values => evaluate(p, { ...feeds, ...inputs })
    const [fx, fy, fzero] = [f(x), f(y), f(zero)]
    for (const [name, value] of Object.entries(f(sum))) {
      const [b, c] = [numbersOf(fy[name]), numbersOf(fzero[name])]
      const expected = numbersOf(fx[name]).map((a, i) => 2 * a - 3 * (b[i] as number) + 2 * (c[i] as number))
      const error = relativeError(numbersOf(value), expected)
      if (!(error <= tolerances.affine))
        throw new Error(
          `expected f(2 x - 3 y) = 2 f(x) - 3 f(y) + 2 f(0) to ${tolerances.affine}, received a relative difference of ${error} in "${name}" (sizes ${JSON.stringify(at)}, seed ${seed}).`,
        )
    }
  })
}
