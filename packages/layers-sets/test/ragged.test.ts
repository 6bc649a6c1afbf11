import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, type Program, Random, type TensorValue } from '@equivar/tensor'
import { derivativeError, parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { ExchangeableMatrixLayer, JanossyPooling, NestedSetLayer, SetAttentionBlock, segments } from '../src/index.ts'
import { CHANNELS, type Family, type Feeds, families, feedsOf, raggedFeeds, raggedProgram, rowsAt, symbolicProgram } from './families.ts'

/** What compares elements with one another, or gives each set its own matrix. */
const needsLargest = /^SetAttention|SABs|^PointNet(, seg|$)|order [23]/
const named = families.map((family): [string, Family] => [family.name, family])

/** A cotangent for an output, the same numbers at the same places in both forms. */
const drawn = (length: number): Float64Array => {
  const random = new Random({ seed: 5, stream: 'cotangent' })
  return Float64Array.from({ length }, () => random.normal())
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return NaN
  const scale = Math.max(1, ...Array.from(b, Math.abs))
  return Array.from(a).reduce((top: number, v, i) => Math.max(top, Math.abs(v - (b[i] as number)) / scale), 0)
}

describe.each(named)('%s, ragged', (_, family) => {
  const sizes = [4, 5, 2, 2].slice(0, family.axes + 1)

  test('value and every derivative are those of the padded form, elements in any order, with empty sets', () => {
    const dense = feedsOf(family, sizes)
    const { feeds, places } = raggedFeeds(family, dense)
    const plain = evaluate(symbolicProgram(family), dense).y as TensorValue
    const width = plain.shape.at(-1) as number
    const cotangent = drawn(plain.data.length)
    const rows = (data: ArrayLike<number>, columns: number): number[] =>
      family.equivariant ? rowsAt(data, places, columns) : Array.from(data)
    const [denseResult, raggedResult] = [
      evaluate(symbolicProgram(family, { gradients: true }), { ...dense, cotangent: { ...plain, data: cotangent } }),
      evaluate(raggedProgram(family, { gradients: true }), {
        ...feeds,
        cotangent: {
          dtype: 'float32',
          shape: family.equivariant ? [places.length, width] : (evaluate(raggedProgram(family), feeds).y?.shape ?? []),
          data: Float64Array.from(rows(cotangent, width)),
        },
      }),
    ]
    for (const [name, { data }] of Object.entries(denseResult)) {
      const expected =
        name === 'y' ? rows(data as Float64Array, width) : name === 'gradient of x' ? rowsAt(data as Float64Array, places, CHANNELS) : data
      expect(worst(raggedResult[name]?.data as Float64Array, expected as Float64Array), name).toBeLessThan(1e-12)
    }
  })

  test('its derivative agrees with central differences', () => {
    expect(derivativeError(raggedProgram(family), { feeds: raggedFeeds(family, feedsOf(family, sizes, 3)).feeds })).toBeLessThan(1e-7)
  })

  test('without the size of the largest set: the same, derivatives too, or an error that asks for it', async () => {
    const { feeds } = raggedFeeds(family, feedsOf(family, sizes, 3))
    const build = (): Program => raggedProgram(family, { largest: false })
    if (needsLargest.test(family.name)) return expect(build).toThrow('Give segments(batch, sets, { largest }).')
    expect(
      worst(evaluate(build(), feeds).y?.data as Float64Array, evaluate(raggedProgram(family), feeds).y?.data as Float64Array),
    ).toBeLessThan(1e-12)
    expect(derivativeError(build(), { feeds })).toBeLessThan(1e-7)
    for (const { error } of await parity(build(), [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
  })

  test('ONNX Runtime gives the same at sizes that the Program does not name, and without any element', async () => {
    const p = raggedProgram(family)
    const none = (feeds: Feeds): Feeds => ({
      ...feeds,
      mask: { ...(feeds.mask as TensorValue), data: new Uint8Array(feeds.mask?.data.length ?? 0) },
    })
    for (const feeds of [feedsOf(family, [3, 7, 2, 3].slice(0, family.axes + 1), 2), none(feedsOf(family, sizes))]) {
      for (const { error } of await parity(p, [onnxBackend()], raggedFeeds(family, feeds, 9).feeds)) expect(error).toBeLessThan(1e-5)
    }
    const { y } = evaluate(p, raggedFeeds(family, none(feedsOf(family, sizes))).feeds)
    expect(y?.data.every(Number.isFinite)).toBe(true)
  })
})

describe('segments', () => {
  const x = input('x', 'float32', ['elements', 4])
  const batch = input('batch', 'int64', ['elements'])

  test.each([
    ['SetAttentionBlock', () => new SetAttentionBlock({ inChannels: 4, channels: 4 })],
    ['JanossyPooling', () => new JanossyPooling({ channels: [4, 4, 2] })],
  ])('%s asks for the size of the largest set', (_, make) => {
    expect(() => make().forward(x, segments(batch, 'sets'))).toThrow('Give segments(batch, sets, { largest }).')
  })

  test('a batch that is not a list of integers is refused', () => {
    expect(() => segments(x, 'sets')).toThrow(
      'segments: expected int64 [elements], the set of each element, received float32 [elements, 4]',
    )
  })

  test('a list of segments that are not the families of the layer, or an array of other axes, is refused', () => {
    const one = segments(batch, 'sets')
    expect(() => new ExchangeableMatrixLayer({ inChannels: 4, outChannels: 2 }).forward(x, [one, one])).toThrow(
      'ExchangeableMatrixLayer: expected segments for each family of pooled axes {1}, {2}, {1, 2}, received 2.',
    )
    expect(() => new NestedSetLayer({ inChannels: 4, outChannels: 2, axes: 3 }).forward(x)).toThrow(
      'NestedSetLayer: expected x of shape [batch, 3 set axes, channels], received 2 axes.',
    )
    expect(() => new NestedSetLayer({ inChannels: 4, outChannels: 2, axes: 0 })).toThrow(
      'NestedSetLayer: expected 1 axis or more, received 0.',
    )
  })

  test('elements that are given to a wrong set are found out', () => {
    const family = families.find(({ name }) => name === 'DeepSetsLayer mean') as Family
    const p = raggedProgram(family)
    const { feeds } = raggedFeeds(family, feedsOf(family, [4, 5]))
    const wrong = BigInt64Array.from(feeds.batch0?.data as BigInt64Array, (set, i) => (i === 0 ? (set + 1n) % 3n : set))
    const [right, moved] = [feeds, { ...feeds, batch0: { ...(feeds.batch0 as TensorValue), data: wrong } }].map(
      (f) => evaluate(p, f).y?.data as Float64Array,
    )
    expect(worst(moved as Float64Array, right as Float64Array)).toBeGreaterThan(0.01)
  })
})
