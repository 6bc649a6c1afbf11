import { heightAt, parseRelief } from '@equivar/datasets'
import { loadRelief } from '@equivar/datasets/node'
import fc from 'fast-check'
import { gzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const files = {
  heights: gzipSync(bytes('1 2 3 4 1\n5 6 7 8 5\n')),
  latitudes: bytes('-45\n45\n'),
  longitudes: bytes('20\n110\n200\n290\n380\n'),
}
const RADIAN = Math.PI / 180

describe('parseRelief', () => {
  test('reads latitudes from south to north and drops the repeated column', () => {
    expect(parseRelief(files)).toEqual({ rows: 2, columns: 4, firstLongitude: 20, heights: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) })
    expect(parseRelief({ ...files, heights: bytes('1 2 3 4\n5 6 7 8'), longitudes: bytes('0\n90\n180\n270') }).columns).toBe(4)
  })

  test.each([
    [
      { heights: bytes('1 2 3 4 1\n5 6 seven 8 5\n') },
      'parseRelief: heights, line 2: expected numbers separated by blanks, received "5 6 seven 8 5"',
    ],
    [{ heights: bytes('1 2 3 4 1\n5 6\n') }, 'line 2: expected 5 numbers, as in line 1, received 2'],
    [{ latitudes: bytes('45\n-45\n') }, 'latitudes from south to north'],
    [{ longitudes: bytes('20\n110\n200\n290\n300\n') }, 'in even steps'],
    [{ heights: bytes('1 2 3 4 1\n') }, 'received 1 rows of 5 heights'],
  ])('%o is refused', (given, message) => {
    expect(() => parseRelief({ ...files, ...given })).toThrow(message)
  })
})

test('heightAt interpolates the map, is periodic in longitude, and is finite at the poles', () => {
  const map = parseRelief(files)
  const at = (latitude: number, longitude: number): number => heightAt(map, latitude * RADIAN, longitude * RADIAN)
  expect(at(-45, 20)).toBeCloseTo(1, 9)
  expect(at(45, 200)).toBeCloseTo(7, 9)
  expect(at(45, 290 - 720)).toBeCloseTo(8, 9)
  expect(at(0, 65)).toBeCloseTo((1 + 2 + 5 + 6) / 4, 9)
  expect(at(-45, -25)).toBeCloseTo(2.5, 9)
  expect([at(90, 20), at(-90, 110)]).toEqual([expect.closeTo(5, 9), expect.closeTo(2, 9)])
})

test('heights between grid points, by weights that fall off linearly', () => {
  const map = { rows: 3, columns: 4, firstLongitude: 30, heights: Float32Array.from({ length: 12 }, (_, i) => (i * i * 5) % 31) }
  const [north, around] = [Math.PI / 3, Math.PI / 2]
  const slowly = (latitude: number, longitude: number): number => {
    const row = Math.min(2, Math.max(0, (latitude + Math.PI / 2) / north - 0.5))
    let sum = 0
    for (let r = 0; r < 3; r++)
      for (let c = 0; c < 4; c++) {
        const turn = (longitude - Math.PI / 6) / around - c
        const apart = Math.abs(turn - 4 * Math.round(turn / 4))
        sum += map.heights[4 * r + c]! * Math.max(0, 1 - Math.abs(r - row)) * Math.max(0, 1 - apart)
      }
    return sum
  }
  fc.assert(
    fc.property(fc.double({ min: -1.7, max: 1.7, noNaN: true }), fc.double({ min: -20, max: 20, noNaN: true }), (latitude, longitude) => {
      expect(heightAt(map, latitude, longitude)).toBeCloseTo(slowly(latitude, longitude), 8)
    }),
    { seed: 1 },
  )
})

test.skipIf(isMissing('sphere'))('the Earth: 540 x 1,080, 28.8 % land (skipped without the data folder)', async () => {
  const map = await loadRelief({ data: sharedData, download: false })
  expect([map.rows, map.columns]).toEqual([540, 1080])
  let [land, all] = [0, 0]
  map.heights.forEach((height, i) => {
    const area = Math.cos(((Math.floor(i / 1080) + 0.5) / 540 - 0.5) * Math.PI)
    all += area
    if (height > 0) land += area
  })
  expect(land / all).toBeCloseTo(0.288, 2)
  // Tibet, and the Pacific.
  expect(heightAt(map, 33 * RADIAN, 88 * RADIAN)).toBeGreaterThan(4000)
  expect(heightAt(map, 0, -140 * RADIAN)).toBeLessThan(-3500)
})
