import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, input, type Program, Random, type TensorValue } from '@equivar/tensor'
import { layerChecks, relativeError, weightedSumProgram } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { ExchangeableMatrixLayer, JanossyPooling, NestedSetLayer, SetAttentionBlock, segments } from '../src/index.ts'
import {
  CHANNELS,
  describedRagged,
  type Family,
  families,
  feedsOf,
  raggedFeeds,
  raggedProgram,
  rowsAt,
  symbolicProgram,
} from './families.ts'

/** The families that pad the sets internally. */
const needsLargest = /^SetAttention|SABs|^PointNet(, seg|$)|order [23]/
const named = families.map((family): [string, Family] => [family.name, family])

/** A cotangent for an output, the same at the same places in both forms. */
const drawn = (length: number): Float64Array => {
  const random = new Random({ seed: 5, stream: 'cotangent' })
  return Float64Array.from({ length }, () => random.normal())
}

const numbers = ({ y }: Record<string, { data: Float64Array }>): Float64Array => y?.data ?? new Float64Array()

describe.each(named)('%s, ragged', (_, family) => {
  const sizes = [4, 5, 2, 2].slice(0, family.axes + 1)

  test('value and derivatives equal those of the padded form, for elements in any order and empty sets', () => {
    const dense = feedsOf(family, sizes)
    const { feeds, places } = raggedFeeds(family, dense)
    const plain = evaluate(symbolicProgram(family), dense).y as TensorValue
    const width = plain.shape.at(-1) as number
    const cotangent = drawn(plain.data.length)
    const rows = (data: ArrayLike<number>, columns: number): number[] =>
      family.equivariant ? rowsAt(data, places, columns) : Array.from(data)
    const [padded, listed] = [symbolicProgram(family), raggedProgram(family)]
    const weightsLike = (shape: readonly number[], data: Float64Array): TensorValue => ({ dtype: 'float32', shape, data })
    const denseResult = evaluate(weightedSumProgram(padded).program, { ...dense, 'weights of y': weightsLike(plain.shape, cotangent) })
    const shape = family.equivariant ? [places.length, width] : (evaluate(listed, feeds).y?.shape ?? [])
    const weights = weightsLike(shape, Float64Array.from(rows(cotangent, width)))
    const raggedResult = evaluate(weightedSumProgram(listed).program, { ...feeds, 'weights of y': weights })
    for (const [name, { data }] of Object.entries(denseResult)) {
      const expected = name === 'y' ? rows(data, width) : name === 'gradient of x' ? rowsAt(data, places, CHANNELS) : data
      expect(relativeError(raggedResult[name]?.data ?? [], expected, { minimumScale: 1 }), name).toBeLessThan(1e-12)
    }
  })

  test('without the size of the largest set it gives the same, or an error that asks for it', () => {
    const { feeds } = raggedFeeds(family, feedsOf(family, sizes, 3))
    const build = (): Program => raggedProgram(family, { largest: false })
    if (needsLargest.test(family.name))
      return expect(build).toThrow(
        'segments: expected the size of the largest set, because this layer pads the sets internally, received none. Use segments(batch, sets, { largest }).',
      )
    expect(
      relativeError(numbers(evaluate(build(), feeds)), numbers(evaluate(raggedProgram(family), feeds)), { minimumScale: 1 }),
    ).toBeLessThan(1e-12)
  })
})

const backends = [onnxBackend()]
const both = [
  ...families.map((family) => describedRagged(family)),
  ...families.filter(({ name }) => !needsLargest.test(name)).map((family) => describedRagged(family, false)),
]
describe.each(both)('$name', (description) => {
  for (const { name, run } of layerChecks(description, backends)) test(name, run)
})

describe('segments', () => {
  const x = input('x', 'float32', ['elements', 4])
  const batch = input('batch', 'int64', ['elements'])

  test.each([
    ['SetAttentionBlock', () => new SetAttentionBlock({ inChannels: 4, channels: 4 })],
    ['JanossyPooling', () => new JanossyPooling({ channels: [4, 4, 2] })],
  ])('%s asks for the size of the largest set', (_, make) => {
    expect(() => make().forward(x, segments(batch, 'sets'))).toThrow(
      'segments: expected the size of the largest set, because this layer pads the sets internally, received none. Use segments(batch, sets, { largest }).',
    )
  })

  test('a batch that is not a list of integers is rejected', () => {
    expect(() => segments(x, 'sets')).toThrow(
      'segments: expected int64 [elements], the set of each element, received float32 [elements, 4].',
    )
  })

  test('a list of integers of 32 bits will do', () => {
    const short = input('batch', 'int32', ['elements'])
    expect(segments(short, 3, { largest: 2 })).toMatchObject({ batch: short, sets: 3, largest: 2, mask: undefined })
    expect(segments(short, 3).largest).toBeUndefined()
    expect(() => segments(input('batch', 'int64', ['sets', 'n']), 'sets')).toThrow(
      'segments: expected int64 [elements], the set of each element, received int64 [sets, n].',
    )
  })

  test('a wrong number of segments or of set axes is rejected', () => {
    const one = segments(batch, 'sets')
    expect(() => new ExchangeableMatrixLayer({ inChannels: 4, outChannels: 2 }).forward(x, [one, one])).toThrow(
      'ExchangeableMatrixLayer: expected segments for each family of pooled axes {1}, {2}, {1, 2}, received 2.',
    )
    expect(() => new NestedSetLayer({ inChannels: 4, outChannels: 2, axes: 3 }).forward(x)).toThrow(
      'NestedSetLayer: expected x of shape [batch, 3 set axes, channels], received 2 axes.',
    )
    for (const axes of [0, 1.5])
      expect(() => new NestedSetLayer({ inChannels: 4, outChannels: 2, axes })).toThrow(
        `NestedSetLayer: expected 1 axis or more, received ${axes}.`,
      )
  })

  test('negative control: elements in the wrong set change the result', () => {
    const family = families.find(({ name }) => name === 'DeepSetsLayer mean') as Family
    const p = raggedProgram(family)
    const { feeds } = raggedFeeds(family, feedsOf(family, [4, 5]))
    const wrong = BigInt64Array.from(feeds.batch0?.data as BigInt64Array, (set, i) => (i === 0 ? (set + 1n) % 3n : set))
    const [right, moved] = [feeds, { ...feeds, batch0: { ...(feeds.batch0 as TensorValue), data: wrong } }].map((f) =>
      numbers(evaluate(p, f)),
    )
    expect(relativeError(moved ?? [], right ?? [], { minimumScale: 1 })).toBeGreaterThan(0.01)
  })
})
