import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, type Program, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { CHANNELS, type Family, type Feeds, families, feedsOf, symbolicProgram } from './families.ts'

const named = families.map((family): [string, Family] => [family.name, family])

/** Adds a cotangent of ones, shaped as the output. */
function withCotangent(family: Family, feeds: Feeds): Feeds {
  const { shape } = evaluate(symbolicProgram(family), feeds).y as TensorValue
  const size = shape.reduce((a, b) => a * b, 1)
  return { ...feeds, cotangent: { dtype: 'float32', shape, data: Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1)) } }
}

const onReference = (p: Program, feeds: Feeds): Record<string, number[]> =>
  Object.fromEntries(Object.entries(evaluate(p, feeds)).map(([name, { data }]) => [name, Array.from(data, Number)]))

async function onDevice(p: Program, ...several: Feeds[]): Promise<Record<string, number[]>[]> {
  const executable = await onnxBackend({ threads: 1 }).compile(p)
  const all: Record<string, number[]>[] = []
  for (const feeds of several) {
    const results: Record<string, number[]> = {}
    for (const [name, y] of Object.entries(await executable.run(feeds))) results[name] = Array.from(await y.data(), Number)
    all.push(results)
  }
  await executable.dispose()
  return all
}

const finite = (results: Record<string, number[]>): boolean => Object.values(results).every((values) => values.every(Number.isFinite))

describe.each(named)('%s', (_, family) => {
  const sizes = [3, 4, 2, 2].slice(0, family.axes + 1)
  const p = symbolicProgram(family, { gradients: true })

  test('NaN in padding changes no value and no gradient, bitwise; a batch with an empty set gives no NaN', async () => {
    const clean = withCotangent(family, feedsOf(family, sizes))
    const exists = clean.mask?.data as Uint8Array
    const x = clean.x as TensorValue
    const data = Float32Array.from(x.data as Float32Array, (v, i) => (exists[Math.floor(i / CHANNELS)] === 1 ? v : NaN))
    const dirty = { ...clean, x: { ...x, data } }
    const expected = onReference(p, clean)
    expect(finite(expected)).toBe(true)
    expect(onReference(p, dirty)).toEqual(expected)
    const [first, second] = await onDevice(p, clean, dirty)
    expect(second).toEqual(first)
  })

  test('sets without places and batches without sets: results without NaN, gradients too, the same on ONNX Runtime', async () => {
    const tail = Array.from({ length: family.axes - 1 }, () => 2)
    for (const masked of [true, false]) {
      const q = symbolicProgram(family, { masked, gradients: true })
      const given = (shape: number[]): Feeds => {
        const { mask, ...rest } = withCotangent(family, feedsOf(family, shape))
        return masked ? { ...rest, mask: mask as TensorValue } : rest
      }
      const none = [given([2, 0, ...tail]), given([0, 3, ...tail])]
      // A run on elements first, so that what a kernel leaves as it was is seen.
      const [, ...received] = await onDevice(q, given([2, 5, ...tail]), ...none)
      none.forEach((feeds, i) => {
        for (const [name, numbers] of Object.entries(onReference(q, feeds))) {
          const found = received[i]?.[name] as number[]
          expect(
            numbers.every((v, k) => Math.abs(v - (found[k] as number)) <= 1e-5 * Math.max(1, Math.abs(v))),
            name,
          ).toBe(true)
        }
      })
    }
  })

  test('a padded set gives what it gives alone, without padding and mask', () => {
    const feeds = feedsOf(family, [2, 4, 3, 3].slice(0, family.axes + 1))
    const kept = [
      [0, 2, 3],
      [0, 2],
      [1, 2],
    ].slice(0, family.axes)
    const shape = (feeds.mask as TensorValue).shape as number[]
    const places = kept.reduce<number[]>(
      (at, indices, axis) => at.flatMap((p) => indices.map((i) => p * (shape[axis + 1] as number) + i)),
      [0],
    )
    const mask = Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (places.includes(i) ? 1 : 0))
    const alone = Float32Array.from(
      places.flatMap((place) => Array.from({ length: CHANNELS }, (_, c) => feeds.x?.data[place * CHANNELS + c] as number)),
    )
    const { mask: __, ...rest } = feeds
    const small: Feeds = { ...rest, x: { dtype: 'float32', shape: [1, ...kept.map((k) => k.length), CHANNELS], data: alone } }
    const expected = evaluate(symbolicProgram(family, { masked: false }), small).y as TensorValue
    const received = evaluate(symbolicProgram(family), { ...feeds, mask: { dtype: 'bool', shape, data: mask } }).y as TensorValue
    const width = expected.shape.at(-1) as number
    const rows = family.equivariant ? places : Array.from({ length: expected.data.length / width }, (_, i) => i)
    rows.forEach((row, i) => {
      for (let c = 0; c < width; c++)
        expect(Math.abs((received.data[row * width + c] as number) - (expected.data[i * width + c] as number))).toBeLessThan(1e-12)
    })
  })
})
