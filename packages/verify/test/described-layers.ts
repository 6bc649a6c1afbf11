import { naturalAction, symmetric } from '@equivar/groups'
import { add, type Backend, cast, evaluate, input, mul, reduceSum, type Tensor, tanh, unsqueeze, where } from '@equivar/tensor'
import { axisSymmetry, type LayerDescription, layerChecks, type Values } from '../src/index.ts'

/** The reference as a backend. `change` modifies its results; `see` observes its feeds. */
export const backend = (change: (v: number) => number = (v) => v, see: (feeds: Values) => void = () => {}): Backend => ({
  name: 'test',
  compile: async (p) => ({
    run: async (feeds) => {
      const values = feeds as Values
      see(values)
      const outputs = Object.entries(evaluate(p, values)).map(
        ([name, { dtype, shape, data }]) => [name, { dtype, shape, data: async () => data.map(change), dispose: () => {} }] as const,
      )
      return Object.fromEntries(outputs)
    },
    dispose: async () => {},
  }),
})

export const CHANNELS = 2
/** A parameter as in `@equivar/nn`: an input with an initializer. */
export const own = Object.assign(input('parameter', 'float32', [CHANNELS]), { initializer: () => [1, 1] })
export const pooled = Object.assign(input('parameter', 'float32', [CHANNELS]), { initializer: () => [1, 1] })

export const ones = (mask: Tensor): Tensor => unsqueeze(cast(mask, 'float32'), [2])
export const kept = (x: Tensor, mask: Tensor | undefined): Tensor => (mask === undefined ? x : where(unsqueeze(mask, [2]), x, 0))
export const sums = (x: Tensor, mask: Tensor | undefined): Tensor => reduceSum(kept(x, mask), { axis: 1, keepDims: true })
/** tanh(x own + sum(x) pooled), 0 at masked entries. */
export const right = (x: Tensor, mask?: Tensor): Tensor => kept(tanh(add(mul(kept(x, mask), own), mul(sums(x, mask), pooled))), mask)

export const described = (
  forward: (x: Tensor, mask?: Tensor) => Tensor,
  rest: Partial<LayerDescription<readonly number[]>> = {},
): LayerDescription<readonly number[]> => ({
  name: 'a layer',
  expression: (_, masked) => {
    const x = input('x', 'float32', ['batch', 'n', CHANNELS])
    const mask = masked ? input('mask', 'bool', ['batch', 'n']) : undefined
    return { inputs: { x, mask }, outputs: forward(x, mask) }
  },
  feeds: ([batch = 0, n = 0], random) => ({
    x: { dtype: 'float32', shape: [batch, n, CHANNELS], data: Float32Array.from({ length: batch * n * CHANNELS }, () => random.normal()) },
    mask: { dtype: 'bool', shape: [batch, n], data: Uint8Array.from({ length: batch * n }, (_, i) => (i % 3 === 1 ? 0 : 1)) },
  }),
  sizes: [
    [2, 1],
    [2, 4],
  ],
  sizesOf: {
    secondDerivative: [[2, 3]],
    edges: [
      [2, 3],
      [2, 0],
      [0, 2],
    ],
  },
  symmetry: ([, n = 0]) => {
    const moved = { 1: naturalAction(symmetric(n)) }
    return axisSymmetry({ inputs: { x: moved, mask: moved }, outputs: { y: moved } })
  },
  masks: [{ name: 'mask', optional: true, covers: { x: [[0, 1]], y: [[0, 1]] } }],
  mayVanish: ([, n]) => n === 1,
  ...rest,
})

/** The messages of the laws that do not hold, by name. */
export async function broken(
  description: LayerDescription<readonly number[]>,
  backends: readonly Backend[] = [backend()],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { name, run } of layerChecks(description, backends))
    await run().catch((error: Error) => Object.assign(found, { [name]: error.message }))
  return found
}

/** The names of the checks. */
export const LAWS = {
  equivariance: 'commutes with its group in float64',
  devices: 'commutes with its group in float32 on test',
  derivative: 'has derivatives that agree with central differences',
  second: 'has second derivatives that agree with central differences',
  affine: 'is an affine map of its inputs',
  span: 'has weights that span exactly the equivariant maps',
  padding: 'ignores the values of masked entries, even NaN, in results and derivatives',
  zeros: 'is 0 at masked entries',
  alone: 'gives the same result if masked entries are removed',
  parity: 'agrees with the reference on test',
  edges: 'has finite values and derivatives at edge sizes, equal on all backends',
} as const
