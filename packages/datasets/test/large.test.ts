import { gzipSync } from 'node:zlib'
import { type ClassDataset, parseXyz, signals } from '@equivar/datasets'
import { describe, expect, test } from 'vitest'

const MIB = 2 ** 20

test('without an option, a file may unpack to 64 MiB + 20 times its size', () => {
  const bomb = gzipSync(new Uint8Array(66 * MIB).fill(10))
  expect(() => parseXyz(bomb, 'file')).toThrow(`at most ${64 * MIB + 20 * bomb.length} bytes after unpacking ${bomb.length}, received more`)
  expect(parseXyz(bomb, 'file', { maxBytes: 66 * MIB })).toEqual([])
})

/** The expected numbers come from the published script, run with NumPy 2.4.6 and printed as float64. */
describe('the published signals', () => {
  const { train, validation, test: last } = signals()
  const numbers = (dataset: ClassDataset, index: number): Float32Array => dataset.batch([index]).x!.data as Float32Array

  test('has the published sizes and the same classes as with NumPy', () => {
    expect([train.length, validation.length, last.length]).toEqual([3000, 300, 300])
    expect([...train.labels.subarray(0, 20)]).toEqual([1, 0, 1, 2, 1, 0, 2, 2, 0, 2, 2, 1, 1, 0, 2, 0, 0, 1, 2, 2])
    const counts = [train, validation, last].map(({ labels }) => [0, 1, 2].map((label) => labels.filter((other) => other === label).length))
    expect(counts).toEqual([
      [991, 1027, 982],
      [98, 103, 99],
      [101, 95, 104],
    ])
    expect(train.classes).toEqual(['sine', 'square', 'sawtooth'])
  })

  test('has the same numbers as with NumPy, from the first to the last', () => {
    const close = (received: Iterable<number>, expected: number[]): void =>
      expect([...received]).toEqual(expected.map((x) => expect.closeTo(x, 5)))
    close(numbers(train, 0).subarray(0, 3), [3.59251667, -1.91813485, 13.06085217])
    close(numbers(validation, 0).subarray(0, 1), [-2.0608184176350113])
    close(numbers(last, 0).subarray(0, 1), [-23.752962707974945])
    close(numbers(last, 299).subarray(-3), [-3.54166903, 8.73017808, -11.46465471])
  })

  test('has the same means as with NumPy', () => {
    const moments = (dataset: ClassDataset): [number, number] => {
      let [mean, square] = [0, 0]
      const count = dataset.length * 2500
      for (let i = 0; i < dataset.length; i++) {
        for (const x of numbers(dataset, i)) {
          mean += x / count
          square += (x * x) / count
        }
      }
      return [mean, square]
    }
    expect(moments(train)).toEqual([expect.closeTo(0.018626625165979998, 6), expect.closeTo(364.946205720983, 4)])
    expect(moments(validation)[0]).toBeCloseTo(0.020875408796376938, 6)
    expect(moments(last)).toEqual([expect.closeTo(0.15135288841661115, 6), expect.closeTo(374.51174049343695, 4)])
  })
})
