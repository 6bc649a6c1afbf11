import { cyclic, naturalAction, symmetric } from '@equivar/groups'
import {
  abs,
  add,
  cumSum,
  div,
  exp,
  input,
  max,
  mul,
  Node,
  type OperatorName,
  reduceSum,
  stopGradient,
  sub,
  type Tensor,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type LayerDescription, layerChecks } from '../src/index.ts'
import { numbersOf } from '../src/values.ts'
import { backend, broken, CHANNELS, described, kept, LAWS, ones, own, pooled, right, sums } from './described-layers.ts'

test('a layer that obeys all laws passes, and each law is a check with its own name', async () => {
  expect(await broken(described(right))).toEqual({})
  const names = layerChecks(described(right), [backend()]).map(({ name }) => name)
  const { affine: _, span: __, ...claimed } = LAWS
  expect(names).toEqual(Object.values(claimed))
})

test('only claimed properties and given backends are checked', () => {
  const { symmetry: _, masks: __, ...rest } = described(right)
  expect(layerChecks({ ...rest, sizesOf: {} }).map(({ name }) => name)).toEqual([LAWS.derivative])
})

describe('each violation is found by its check', () => {
  const only = (sizes: LayerDescription<readonly number[]>['sizesOf']): Partial<LayerDescription<readonly number[]>> => ({
    sizes: [[2, 4]],
    sizesOf: { equivariance: [], devices: [], derivative: [], parity: [], edges: [], masks: [], ...sizes },
  })

  test('a layer that depends on positions: the message names generator, component, tolerance, sizes and seed', async () => {
    const found = await broken(
      described((x, mask) => add(right(x, mask), kept(cumSum(x, 1), mask)), only({ equivariance: [[2, 4]], devices: [[2, 4]] })),
    )
    expect(Object.keys(found)).toEqual([LAWS.equivariance, LAWS.devices])
    expect(found[LAWS.equivariance]).toMatch(
      /expected f\(g x\) = g f\(x\) to 1e-12, received a relative difference of [\d.]+ in component \d+ of "y" for g = generator \(.*\) \(permutations of axes, sizes \[2,4\], seed 1\)/,
    )
    expect(found[LAWS.devices]).toContain('(test, permutations of axes')
  })

  test('a layer that is constantly 0', async () => {
    const found = await broken(described((x, mask) => mul(right(x, mask), 0), only({ equivariance: [[2, 4]] })))
    expect(found[LAWS.equivariance]).toContain('expected outputs that are not all 0')
  })

  /** The value of a tensor's node, with the derivative of a different operator. */
  const differentiatedAs = ({ node: { operator, inputs, attributes } }: Tensor, name: OperatorName): Tensor =>
    new Node({ ...operator, name }, inputs, attributes).output

  test('a wrong derivative: the message names both numbers, the direction, the input, the tolerance and the seed', async () => {
    const found = await broken(described((x) => differentiatedAs(exp(x), 'Sinh'), only({ derivative: [[2, 3]] })))
    expect(found[LAWS.derivative]).toMatch(
      /to 1e-7, received -?[\d.]+ and -?[\d.]+ along direction \d, a relative difference of [\d.]+; "x" contributes most \(seed 1\)/,
    )
  })
  test('a wrong second derivative with a right first derivative', async () => {
    // x^2 with the right derivative 2 x, which itself is differentiated like a constant.
    const layer = (x: Tensor): Tensor => {
      const fixed = stopGradient(x)
      return sub(mul(mul(x, fixed), 2), mul(fixed, fixed))
    }
    const found = await broken(described(layer, only({ derivative: [[2, 3]], secondDerivative: [[2, 3]] })))
    expect(Object.keys(found)).toEqual([LAWS.second])
  })

  test('a map that is not affine', async () => {
    const affine = described((x) => add(mul(x, own), pooled), { ...only({}), affine: true })
    expect(await broken(affine)).toEqual({})
    const found = await broken(described((x) => add(mul(x, own), mul(abs(x), 1e-3)), { ...only({}), affine: true }))
    expect(found[LAWS.affine]).toMatch(/to 1e-12, received a relative difference of .* in "y" \(sizes \[2,4\], seed 1\)/)
  })

  test('weights that span too few maps, or not the known number of maps', async () => {
    const weight = input('parameter', 'float32', [])
    const spanning = (maps: number, group = symmetric): LayerDescription<readonly number[]> => ({
      ...described(right, only({})),
      masks: [],
      expression: ([, n = 0]) => {
        const x = input('x', 'float32', ['batch', n, 1])
        return { inputs: { x }, outputs: mul(x, weight) }
      },
      variant: ([, n = 0]) => n,
      span: {
        sizes: [[1, 3]],
        input: ([, n = 0]) => naturalAction(group(n)),
        output: ([, n = 0]) => naturalAction(group(n)),
        maps: () => maps,
      },
    })
    expect((await broken(spanning(2)))[LAWS.span]).toMatch(
      /expected weights that span all 2 independent equivariant maps, received 1 independent maps/,
    )
    expect((await broken(spanning(2, cyclic)))[LAWS.span]).toBe('expected 2 independent equivariant maps, received 3 orbits on pairs.')
  })

  const masked = only({ masks: [[2, 4]] })
  test('masked entries that are summed, or multiplied by 0', async () => {
    const counted = await broken(described((x, mask) => kept(add(x, reduceSum(x, { axis: 1, keepDims: true })), mask), masked))
    expect(Object.keys(counted)).toEqual([LAWS.padding, LAWS.alone])
    expect(counted[LAWS.padding]).toMatch(/as with zeros at masked entries, received NaN \(NaN at masked entries, sizes \[2,4\], seed 1\)/)
    const multiplied = await broken(described((x, mask) => (mask === undefined ? x : mul(x, ones(mask))), masked))
    expect(Object.keys(multiplied)).toEqual([LAWS.padding])
  })

  test('a nonzero derivative with respect to masked entries', async () => {
    const leaky = (x: Tensor, mask?: Tensor): Tensor => {
      if (mask === undefined) return x
      // The second operand gets a gradient everywhere, like the operand of a sum.
      return differentiatedAs(kept(x, mask), 'Add')
    }
    const found = await broken(described(leaky, masked))
    expect(Object.keys(found)).toEqual([LAWS.padding])
    expect(found[LAWS.padding]).toMatch(/expected a derivative of 0 with respect to component \d+ of "x", which is masked, received/)
  })

  test('a result that is not 0 at masked entries', async () => {
    const found = await broken(described((x, mask) => add(kept(x, mask), own), masked))
    expect(Object.keys(found)).toEqual([LAWS.zeros])
    expect(found[LAWS.zeros]).toMatch(/expected 0 in component \d+ of "y", which is masked, received/)
  })

  test('a mean that divides by the padded size', async () => {
    const count = (x: Tensor): Tensor => reduceSum(add(mul(x, 0), 1), { axis: 1, keepDims: true })
    const found = await broken(described((x, mask) => kept(div(sums(x, mask), count(kept(x, mask))), mask), masked))
    expect(Object.keys(found)).toEqual([LAWS.alone])
    expect(found[LAWS.alone]).toContain('without the entries masked by "mask"')
  })

  test('feeds without masked entries', async () => {
    const full = described(right, masked)
    const feeds: typeof full.feeds = (sizes, random) => {
      const { x, mask } = full.feeds(sizes, random) as Record<'x' | 'mask', NonNullable<ReturnType<typeof full.feeds>[string]>>
      return { x, mask: { ...mask, data: new Uint8Array(mask.data.length).fill(1) } }
    }
    expect((await broken({ ...full, feeds }))[LAWS.padding]).toContain('expected feeds with masked entries of "x", received none')
  })

  test('a backend with wrong results', async () => {
    const found = await broken(described(right, only({ parity: [[2, 4]], edges: [[2, 3]] })), [backend((v) => v * (1 + 1e-3))])
    expect(Object.keys(found)).toEqual([LAWS.parity, LAWS.edges])
    expect(found[LAWS.parity]).toMatch(
      /expected test to agree with the reference to 0.00001, received a relative difference of .* in component \d+ of "y"/,
    )
  })

  test('NaN for empty sets', async () => {
    const mean = (x: Tensor, mask?: Tensor): Tensor => {
      const all = kept(add(mul(x, 0), 1), mask)
      return div(sums(x, mask), reduceSum(all, { axis: 1, keepDims: true }))
    }
    const found = await broken(described(mean, only({ edges: [[2, 0]] })))
    expect(found[LAWS.edges]).toContain('expected finite numbers, received NaN or infinity in "y" (sizes [2,0], masked: true)')
    const safe = (x: Tensor, mask?: Tensor): Tensor =>
      div(sums(x, mask), max(reduceSum(kept(add(mul(x, 0), 1), mask), { axis: 1, keepDims: true }), 1))
    expect(await broken(described(safe, only({ edges: [[2, 0]] })))).toEqual({})
  })
})

test('parameters are random near their initial values, and depend on the seed only', async () => {
  const seen: number[][] = []
  const watching = backend(
    (v) => v,
    (feeds) => {
      seen.push(['parameter 0', 'parameter 1'].flatMap((name) => [...numbersOf(feeds[name])]))
    },
  )
  for (const seed of [1, 1, 2])
    await layerChecks(
      { ...described(right), sizesOf: { parity: [[1, 2]], equivariance: [], devices: [], derivative: [], masks: [] }, seed },
      [watching],
    )
      .at(-1)
      ?.run()
  // Each run has feeds with and without the mask.
  const [first, , again, , other] = seen
  expect(first?.length).toBe(2 * CHANNELS)
  expect(again).toEqual(first)
  expect(new Set(first).size).toBe(2 * CHANNELS)
  expect(other).not.toEqual(first)
  for (const v of first ?? []) expect(Math.abs(v - 1)).toBeLessThanOrEqual(0.2)
})
