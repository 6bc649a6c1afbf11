import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FormatError, imageDataset, parseIdx } from '@equivar/datasets'
import { gzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

/** An IDX file: the type, the big-endian sizes, then the data. */
function idx(type: number, shape: readonly number[], content: readonly number[]): Uint8Array {
  const sizes = shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255])
  return Uint8Array.of(0, 0, type, shape.length, ...sizes, ...content)
}

describe('parseIdx', () => {
  test.each([
    ['unsigned bytes', 0x08, [0, 255], Uint8Array.of(0, 255)],
    ['bytes', 0x09, [1, 255], Int8Array.of(1, -1)],
    ['16-bit integers', 0x0b, [1, 2, 255, 254], Int16Array.of(258, -2)],
    ['32-bit integers', 0x0c, [0, 1, 0, 0, 255, 255, 255, 255], Int32Array.of(65536, -1)],
    ['floats', 0x0d, [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], Float32Array.of(1.5, -2)],
    ['doubles', 0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], Float64Array.of(1.5, -2)],
  ])('reads %s', (_, type, content, data) => expect(parseIdx(idx(type, [2], content))).toEqual({ shape: [2], data }))

  test('reads a gzipped file', () => {
    const plain = idx(0x08, [2, 1, 3], [1, 2, 3, 4, 5, 6])
    expect(parseIdx(gzipSync(plain))).toEqual({ shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) })
  })

  const whole = idx(0x08, [2, 3], [1, 2, 3, 4, 5, 6])
  const packed = gzipSync(whole)
  const damaged = packed.slice()
  damaged[damaged.length - 6]! ^= 1
  test.each([
    [
      'of a different format',
      Uint8Array.of(1, 2, 3, 4),
      'an IDX file, which starts with 0, 0, a type and the number of axes, received 1, 2, 3, 4.',
    ],
    ['that is empty', new Uint8Array(0), 'an IDX file, which starts with 0, 0, a type'],
    ['truncated in its sizes', whole.subarray(0, 9), 'the sizes of 2 axes, received a file of 9 bytes.'],
    ['truncated in its data', whole.subarray(0, 17), '18 bytes for the shape [2, 3], received 17.'],
    ['with too many bytes', Uint8Array.of(...whole, 7), '18 bytes for the shape [2, 3], received 19.'],
    [
      'of sizes beyond all numbers and of size 0',
      Uint8Array.of(0, 0, 8, 40, ...Array(39).fill([128, 0, 0, 0]).flat(), 0, 0, 0, 0, 7),
      '164 bytes for the shape [2147483648, 2147483648, ',
    ],
    [
      'whose gzip stream is truncated',
      packed.subarray(0, 20),
      'a complete gzip file, received 20 bytes that cannot be unpacked (unexpected EOF). The file is truncated',
    ],
    [
      'whose gzip stream is damaged',
      damaged,
      'a complete gzip file, received a file with the wrong checksum. The file is truncated or damaged',
    ],
  ])('refuses a file %s', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 'digits')).toThrow(FormatError)
    expect(() => parseIdx(bytes, 'digits')).toThrow(`parseIdx: digits: expected ${message}`)
  })
})

describe('imageDataset', () => {
  const images = parseIdx(idx(0x08, [2, 1, 2], [0, 255, 51, 102]))
  const labels = parseIdx(idx(0x08, [2], [1, 0]))

  test('returns grey values from 0 to 1 in one channel', () => {
    const dataset = imageDataset(images, labels)
    expect([dataset.length, dataset.classes, [...dataset.labels]]).toEqual([2, ['0', '1'], [1, 0]])
    const { x, target } = dataset.batch([1, 0])
    expect(x).toEqual({ dtype: 'float32', shape: [2, 1, 1, 2], data: Float32Array.of(0.2, 0.4, 0, 1) })
    expect(target).toEqual({ dtype: 'int64', shape: [2], data: BigInt64Array.of(0n, 1n) })
  })

  test('refuses inconsistent arrays', () => {
    expect(() => imageDataset(labels, images)).toThrow(
      'imageDataset: expected bytes [images, height, width] and labels [images], received [2] and [2, 1, 2].',
    )
    expect(() => imageDataset(images, labels, ['only'])).toThrow('imageDataset: expected labels below 1, received 1.')
  })
})

test.skipIf(isMissing('mnist/t10k-images-idx3-ubyte.gz'))('reads the test digits of MNIST (reads ../shared/data/mnist)', () => {
  const read = (name: string) => parseIdx(readFileSync(join(sharedData, 'mnist', name)), name)
  const digits = imageDataset(read('t10k-images-idx3-ubyte.gz'), read('t10k-labels-idx1-ubyte.gz'))
  expect([digits.length, digits.classes.length, [...digits.labels.subarray(0, 5)]]).toEqual([10_000, 10, [7, 2, 1, 0, 4]])
  expect(digits.batch([0]).x!.shape).toEqual([1, 1, 28, 28])
})
