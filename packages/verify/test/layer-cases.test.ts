import { abs, add, div, input, mul, program, Random, stopGradient, sub, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type LayerDescription, layerChecks, type Values } from '../src/index.ts'
import { feedsFor } from '../src/layer.ts'
import { numbersOf } from '../src/values.ts'
import { backend, broken, CHANNELS, described, kept, LAWS, own, pooled, right } from './described-layers.ts'

type Description = LayerDescription<readonly number[]>

/** Runs the check of a law. */
async function run(description: Description, law: string, backends = [backend()]): Promise<void> {
  const found = layerChecks(description, backends).find(({ name }) => name === law)
  if (found === undefined) throw new Error(`no check is named ${law}`)
  await found.run()
}

/** No law is checked but those with sizes. */
const only = (sizesOf: Description['sizesOf'] = {}): Partial<Description> => ({
  sizes: [[2, 4]],
  sizesOf: { equivariance: [], devices: [], derivative: [], parity: [], edges: [], masks: [], ...sizesOf },
})

describe('each law is checked at its sizes', () => {
  const given = {
    sizes: [
      [1, 2],
      [2, 3],
    ],
    sizesOf: {},
    affine: true,
  } as const
  const [all, last] = [given.sizes, given.sizes.slice(1)]
  const sizesOf = {
    equivariance: [[3, 1]],
    devices: [[3, 2]],
    derivative: [[3, 3]],
    secondDerivative: [[3, 4]],
    affine: [[3, 5]],
    parity: [[3, 6]],
    edges: [[3, 7]],
    masks: [[3, 8]],
  } as const
  const affine = (x: Tensor, mask?: Tensor): Tensor => kept(mul(kept(x, mask), own), mask)
  /** The sizes of all values that one check asks for. */
  const seen = async (law: string, rest: Partial<Description>): Promise<readonly (readonly number[])[]> => {
    const plain = described(affine, { ...given, ...rest })
    const asked: string[] = []
    const feeds: Description['feeds'] = (sizes, random) => {
      asked.push(JSON.stringify(sizes))
      return plain.feeds(sizes, random)
    }
    await run({ ...plain, feeds }, law)
    return [...new Set(asked)].map((text) => JSON.parse(text))
  }
  test.each([
    [LAWS.equivariance, all, sizesOf.equivariance],
    [LAWS.devices, last, sizesOf.devices],
    [LAWS.derivative, last, sizesOf.derivative],
    [LAWS.affine, last, sizesOf.affine],
    [LAWS.padding, last, sizesOf.masks],
    [LAWS.zeros, last, sizesOf.masks],
    [LAWS.alone, last, sizesOf.masks],
    [LAWS.parity, all, sizesOf.parity],
  ])('%s: %j by default, else %j', async (law, byDefault, others) => {
    expect(await seen(law, {})).toEqual(byDefault)
    expect(await seen(law, { sizesOf })).toEqual(others)
  })
  test.each([
    [LAWS.second, sizesOf.secondDerivative],
    [LAWS.edges, sizesOf.edges],
  ])('%s: not by default, else %j', async (law, others) => {
    expect(layerChecks(described(affine, given), [backend()]).map(({ name }) => name)).not.toContain(law)
    expect(await seen(law, { sizesOf })).toEqual(others)
  })
  test('sizes with one expression share an executable, with the mask and without', async () => {
    const compiled: string[] = []
    const counting = backend()
    const watching = {
      ...counting,
      compile: (p: Parameters<typeof counting.compile>[0]) => {
        compiled.push(p.inputs.map(({ name }) => name).join(' '))
        return counting.compile(p)
      },
    }
    const sizes = [
      [1, 2],
      [2, 3],
      [2, 2],
    ] as const
    await run(described(right, { ...only({ parity: sizes }), variant: ([batch = 0]) => batch }), LAWS.parity, [watching])
    const names = ['x mask parameter 0 parameter 1', 'x parameter 0 parameter 1']
    expect(compiled).toEqual([...names, ...names])
  })
})

describe('numbers come from the seed, each kind from a stream of its own', () => {
  const normals = (stream: string, length: number, seed: number): number[] => {
    const random = new Random({ seed, stream })
    return Array.from({ length }, () => random.normal())
  }
  test.each([1, 5])('inputs, parameters and weights of seed %i', async (seed) => {
    const fed: Values[] = []
    const watching = backend(undefined, (feeds) => fed.push(feeds))
    const description = { ...described(right, only({ parity: [[2, 4]], edges: [[2, 3]], masks: [[2, 4]] })), seed }
    const parameters = new Random({ seed, stream: 'parameters' })
    const drawn = Array.from({ length: 2 * CHANNELS }, () => Math.fround(1 + 0.4 * (parameters.uniform() - 0.5)))
    for (const [law, n] of [
      [LAWS.parity, 4],
      [LAWS.edges, 3],
      [LAWS.padding, 4],
    ] as const) {
      fed.length = 0
      await run(description, law, [watching])
      const [first] = fed as [Values]
      const x = numbersOf(first.x)
      const expected = Float32Array.from(normals('inputs', 2 * n * CHANNELS, seed))
      x.forEach((v, i) => {
        if (law !== LAWS.padding || v !== 0) expect(v).toBe(expected[i])
      })
      expect(['parameter 0', 'parameter 1'].flatMap((name) => [...numbersOf(first[name])])).toEqual(drawn)
      const weights = law === LAWS.parity ? [] : normals('weights', 2 * n * CHANNELS, seed)
      expect([...numbersOf(first['weights of y'])]).toEqual(weights)
    }
  })
  test.each([1, 5])('group elements of seed %i', async (seed) => {
    const plain = described(right, { ...only({ equivariance: [[2, 4]], devices: [[2, 4]] }), seed })
    const first: number[] = []
    const symmetry: NonNullable<Description['symmetry']> = () => ({
      name: 'nothing',
      elements: (_, random) => {
        first.push(random.normal())
        return []
      },
    })
    for (const law of [LAWS.equivariance, LAWS.devices]) await run({ ...plain, symmetry }, law)
    expect(first).toEqual([...normals('verify', 1, seed), ...normals('verify', 1, seed)])
  })
  test.each([1, 5])('the second point of the law of affine maps, seed %i', async (seed) => {
    const found = await broken(described((x) => abs(x), { ...only({ affine: [[1, 1]] }), affine: true, seed }))
    const x = [...Float32Array.from(normals('inputs', CHANNELS, seed))]
    const y = normals('affine', CHANNELS, seed)
    const expected = x.map((v, i) => 2 * Math.abs(v) - 3 * Math.abs(y[i] as number))
    const worst = Math.max(...x.map((v, i) => Math.abs(Math.abs(2 * v - 3 * (y[i] as number)) - (expected[i] as number))))
    const error = worst / Math.max(...expected.map(Math.abs))
    expect(found[LAWS.affine]).toBe(
      `expected f(2 x - 3 y) = 2 f(x) - 3 f(y) + 2 f(0) to 1e-12, received a relative difference of ${error} in "y" (sizes [1,1], seed ${seed}).`,
    )
  })
  test('the law of affine maps is about x, y and 0, not about the mask and parameters', async () => {
    const layer = (x: Tensor, mask?: Tensor): Tensor => add(kept(mul(x, mul(own, own)), mask), pooled)
    expect(await broken(described(layer, { ...only(), affine: true }))).toEqual({})
    expect(layerChecks(described(layer, { ...only(), affine: false }))).toEqual([])
  })
})

describe('tolerances', () => {
  const exact = { float64: 0, float32: 0, affine: 0, parity: 0 }
  test('a law that holds exactly holds with tolerance 0', async () => {
    const sizesOf = {
      ...only({ equivariance: [[2, 4]], devices: [[2, 4]], masks: [[2, 4]], parity: [[2, 4]], edges: [[2, 4]] }),
      affine: true,
    }
    expect(await broken(described(kept, { ...sizesOf, tolerances: exact }))).toEqual({})
  })
  test.each([
    ['devices', 'float32'],
    ['parity', 'parity'],
    ['edges', 'parity'],
  ] as const)('%s: the tolerance %s decides', async (law, tolerance) => {
    let call = 0
    const off = backend((v) => v * (1 + 1e-3 * (call++ % 7)))
    const with3 = (size: number) => described(right, { ...only({ [law]: [[2, 4]] }), tolerances: { [tolerance]: size } })
    expect(await broken(with3(0.05), [off])).toEqual({})
    expect(Object.values(await broken(with3(1e-4), [off]))).toEqual([expect.stringContaining('0.0001')])
  })
})

describe('messages of masks', () => {
  const masked = only({ masks: [[2, 4]] })
  test('a backend that reads masked entries', async () => {
    let filled = false
    const reading = backend(
      (v) => (filled ? v + 1 : v),
      (feeds) => {
        filled = numbersOf(feeds.x).some(Number.isNaN)
      },
    )
    const found = await broken(described(right, masked), [reading])
    expect(Object.keys(found)).toEqual([LAWS.padding])
    expect(found[LAWS.padding]).toMatch(
      /^expected -?[\d.]+ in component 0 of "y" as with zeros at masked entries, received -?[\d.]+ \(NaN at masked entries on test, sizes \[2,4\], seed 1\)\.$/,
    )
  })
  test('a huge number at masked entries that matters, where NaN does not', async () => {
    const found = await broken(described((x, mask) => add(kept(x, mask), mul(stopGradient(div(abs(x), abs(x))), 0)), masked))
    expect(found[LAWS.padding]).toMatch(
      /^expected NaN in component 2 of "y" as with zeros at masked entries, received 0 \(1e\+30 at masked entries, sizes \[2,4\], seed 1\)\.$/,
    )
  })
  test('numbers that are not finite', async () => {
    const found = await broken(described((x, mask) => kept(div(own, sub(kept(x, mask), kept(x, mask))), mask), masked))
    expect(found[LAWS.padding]).toBe('expected finite numbers, received NaN or infinity in "y" (sizes [2,4], seed 1).')
  })
  test('entries that exist, but do not matter', async () => {
    const found = await broken(described((x, mask) => kept(mul(stopGradient(kept(x, mask)), own), mask), masked))
    expect(found).toEqual({
      [LAWS.padding]: 'expected derivatives other than 0 with respect to entries that exist, received only zeros (sizes [2,4], seed 1).',
    })
  })
  test('a mask that is not among the values', async () => {
    const plain = described(right, masked)
    const unnamed = { ...plain, masks: [...(plain.masks ?? []), { name: 'cover', covers: {} }] }
    expect((await broken(unnamed))[LAWS.alone]).toBe('expected a value for the mask "cover" among the feeds.')
  })
  test('a mask that must be given is given; axes that are not padded are not cropped', async () => {
    const mean = (x: Tensor, mask?: Tensor): Tensor => {
      if (mask === undefined) throw new Error('the mask is missing')
      return right(x, mask)
    }
    const covers = { x: [[0, 1]], y: [[0, 1]] }
    expect(await broken(described(mean, { ...masked, masks: [{ name: 'mask', covers }] }))).toEqual({})
    // The sum over the batch changes if examples are removed, not if elements are.
    const acrossBatch = (x: Tensor, mask?: Tensor): Tensor => kept(mul(add(kept(x, mask), 0), own), mask)
    expect(await broken(described(acrossBatch, { ...masked, masks: [{ name: 'mask', optional: true, covers, padded: [1] }] }))).toEqual({})
  })
})

test('of the values, those of inputs of the program are fed', () => {
  const [x, y] = [input('x', 'float32', [1]), input('y', 'float32', [1])]
  const value = { dtype: 'float32', shape: [1], data: Float64Array.of(1) } as const
  expect(feedsFor(program({ inputs: [x, y], outputs: { z: add(x, y) } }), { x: value, z: value })).toEqual({ x: value })
})

test('a layer that may vanish at some sizes must not at others', async () => {
  const zero = (x: Tensor, mask?: Tensor): Tensor => kept(mul(x, 0), mask)
  const message = 'expected outputs that are not all 0, received only zeros (permutations of axes, sizes [2,4], seed 1).'
  for (const mayVanish of [undefined, () => false, ([, n]: readonly number[]) => n === 1]) {
    const plain = described(
      zero,
      only({
        equivariance: [
          [2, 1],
          [2, 4],
        ].slice(mayVanish?.([2, 1]) === true ? 0 : 1),
      }),
    )
    const { mayVanish: _, ...rest } = plain
    expect(await broken({ ...rest, ...(mayVanish === undefined ? {} : { mayVanish }) })).toEqual({ [LAWS.equivariance]: message })
  }
  expect(await broken(described(zero, { ...only({ equivariance: [[2, 4]] }), mayVanish: () => true }))).toEqual({})
})
