import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { encode as encodeJpeg } from 'jpeg-js'
import { PNG } from 'pngjs'
import { afterAll, describe, expect, test } from 'vitest'
import { decodeImage } from '../src/own-data/image-file.ts'
import { readImageFolder } from '../src/own-data/image-folder.ts'
import { sizeOfFile } from '../src/own-data/image-size.ts'
import { resized } from '../src/own-data/resize.ts'
import type { OwnSource } from '../src/own-data/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-image-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A PNG of pixels given as red, green, blue and opacity from 0 to 255. */
function png(height: number, width: number, pixel: (row: number, column: number) => readonly number[]): Buffer {
  const image = new PNG({ width, height })
  for (let at = 0; at < width * height; at++) image.data.set(pixel(Math.floor(at / width), at % width), 4 * at)
  return PNG.sync.write(image)
}
const grey = (value: number): number[] => [value, value, value, 255]

const chunk = (type: string, data: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, crc(Buffer.concat([Buffer.from(type, 'latin1'), data]))])
}
function crc(bytes: Uint8Array): Buffer {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let k = 0; k < 8; k++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  const result = Buffer.alloc(4)
  result.writeUInt32BE((sum ^ 0xffffffff) >>> 0)
  return result
}
/** A PNG of given raw bytes. @param header - depth, colour type and interlacing. */
function rawPng([width, height, depth, colour, interlace]: readonly number[], raw: Uint8Array, before: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width as number, 0)
  header.writeUInt32BE(height as number, 4)
  header.set([depth, colour, 0, 0, interlace] as number[], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), ...before, chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))])
}

describe('decoding', () => {
  test('grey pixels have one channel, coloured ones three, in planes from 0 to 1', () => {
    expect(
      decodeImage(
        png(2, 3, (row, column) => grey(50 * row + 100 * column)),
        'a.png',
      ),
    ).toEqual({
      shape: [1, 2, 3],
      data: Float32Array.of(0, 100 / 255, 200 / 255, 50 / 255, 150 / 255, 250 / 255),
    })
    expect(
      decodeImage(
        png(1, 2, (_, column) => (column === 0 ? [255, 0, 51, 255] : grey(0))),
        'a.png',
      ),
    ).toEqual({
      shape: [3, 1, 2],
      data: Float32Array.of(1, 0, 0, 0, 51 / 255, 0),
    })
  })

  test('pixels that are not opaque are laid over white', () => {
    const { shape, data } = decodeImage(
      png(1, 3, (_, column) => [0, 0, 0, [0, 51, 255][column] as number]),
      'a.png',
    )
    expect(shape).toEqual([1, 1, 3])
    expect([...data].map((value) => Math.round(255 * value))).toEqual([255, 204, 0])
  })

  test('16 bits, 1 bit and palettes', () => {
    const deep = rawPng([2, 1, 16, 0, 0], Uint8Array.of(0, 0x01, 0x02, 0xff, 0xfe))
    expect([...decodeImage(deep, 'a.png').data].map((value) => Math.round(value * 65_535))).toEqual([0x0102, 0xfffe])
    expect(decodeImage(rawPng([5, 2, 1, 0, 0], Uint8Array.of(0, 0b10110000, 0, 0b01001000)), 'a.png').data).toEqual(
      Float32Array.of(1, 0, 1, 1, 0, 0, 1, 0, 0, 1),
    )
    const palette = chunk('PLTE', Uint8Array.of(255, 0, 0, 0, 0, 255))
    expect(decodeImage(rawPng([2, 1, 8, 3, 0], Uint8Array.of(0, 1, 0), [palette]), 'a.png').data).toEqual(Float32Array.of(0, 1, 0, 0, 1, 0))
  })

  test('an interlaced image', () => {
    // One pixel is in the first pass alone.
    expect(decodeImage(rawPng([1, 1, 8, 0, 1], Uint8Array.of(0, 51)), 'a.png').data).toEqual(Float32Array.of(51 / 255))
  })

  test('a JPEG', () => {
    const data = Buffer.from(Array.from({ length: 256 }, (_, i) => (i % 32 < 16 ? grey(200) : grey(40))).flat())
    const image = decodeImage(encodeJpeg({ width: 16, height: 16, data }, 95).data, 'a.jpg')
    expect(image.shape).toEqual([1, 16, 16])
    const error = Math.max(...image.data.map((value, i) => Math.abs(value - (i % 32 < 16 ? 200 : 40) / 255)))
    expect(error).toBeLessThan(0.02)
  })

  test.each([
    ['no image', Buffer.from('hello'), /^b\.png: expected a PNG or JPEG image/],
    ['a cut PNG', png(4, 4, () => grey(9)).subarray(0, 60), /^b\.png: expected a PNG image, .* cannot be decoded/],
    [
      'a cut JPEG',
      encodeJpeg({ width: 8, height: 8, data: Buffer.alloc(256) }, 50).data.subarray(0, 200),
      /^b\.png: expected a JPEG image/,
    ],
    ['more pixels than allowed', rawPng([70_000, 70_000, 8, 0, 0], Uint8Array.of(0)), /16,777,216 pixels, received 70000 x 70000/],
    ['more data than an interlaced image has', rawPng([1, 1, 8, 0, 1], new Uint8Array(10_000)), /Cannot create a Buffer larger/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeImage(bytes, 'b.png')).toThrow(message)
  })
})

describe('another size', () => {
  const image = { shape: [2, 5, 7], data: Float32Array.from({ length: 70 }, (_, i) => Math.sin(i)) }
  test.each([
    [5, 7],
    [2, 3],
    [9, 4],
    [10, 14],
  ])('%i x %i: means over areas', (height, width) => {
    // The reference: each cell is cut into height x width equal pieces, so each piece is in one new pixel.
    const sums = new Float64Array(2 * height * width)
    for (let c = 0; c < 2; c++)
      for (let row = 0; row < 5 * height; row++)
        for (let column = 0; column < 7 * width; column++) {
          const at = (c * height + Math.floor(row / 5)) * width + Math.floor(column / 7)
          sums[at] = (sums[at] as number) + (image.data[(c * 5 + Math.floor(row / height)) * 7 + Math.floor(column / width)] as number) / 35
        }
    const { shape, data } = resized(image, [height, width])
    expect(shape).toEqual([2, height, width])
    for (const [i, value] of sums.entries()) expect(data[i]).toBeCloseTo(value, 5)
  })
})

/** A folder with files. */
function folderOf(name: string, files: Readonly<Record<string, Buffer | string>>): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true })
    writeFileSync(join(folder, name, path), bytes)
  }
  return join(folder, name)
}
const square = (value: number, side = 2): Buffer => png(side, side, () => grey(value))
const red = png(2, 2, () => [255, 0, 0, 255])
const options = { paths: [] }

describe('folders', () => {
  test('to be predicted, have as many channels as the model: grey ones become coloured, and coloured ones are refused where all were grey', async () => {
    const shapesOf = async (path: string, more: Partial<OwnSource>) =>
      (await readImageFolder(path, { ...options, unlabelled: true, ...more })).examples.map(({ where, x }) => [where, x.shape])
    const path = folderOf('to-predict', { 'a/1.png': square(0), 'b.png': square(255) })
    const named = (channels: number) => [
      ['b.png', [channels, 2, 2]],
      ['a/1.png', [channels, 2, 2]],
    ]
    expect(await shapesOf(path, { channels: 1 })).toEqual(named(1))
    expect(await shapesOf(path, { channels: 3 })).toEqual(named(3))
    const sets = folderOf('sets-to-predict', { 'one/1.png': square(0), 'one/2.png': square(255), 'two/1.png': square(9) })
    expect(await shapesOf(sets, { kind: 'image set', channels: 3 })).toEqual([
      ['one', [2, 3, 2, 2]],
      ['two', [1, 3, 2, 2]],
    ])
    await expect(shapesOf(folderOf('coloured-to-predict', { 'a.png': square(0), 'c.png': red }), { channels: 1 })).rejects.toThrow(
      'c.png: expected a grey image, as those that the model was trained on, received a coloured one',
    )
  })

  test('classes of images; all have three channels if one is coloured', async () => {
    const path = folderOf('classes', { 'cat/1.png': square(0), 'cat/2.PNG': square(255), 'dog/1.png': red, 'dog/.DS_Store': 'x' })
    const { kind, examples } = await readImageFolder(path, options)
    expect([kind, examples.map(({ where, target, x }) => [where, target, x.shape])]).toEqual([
      'image',
      [
        ['cat/1.png', { kind: 'label', label: 'cat' }, [3, 2, 2]],
        ['cat/2.PNG', { kind: 'label', label: 'cat' }, [3, 2, 2]],
        ['dog/1.png', { kind: 'label', label: 'dog' }, [3, 2, 2]],
      ],
    ])
    expect(examples[1]?.x.data).toEqual(new Float32Array(12).fill(1))
  })

  test('classes of sets of images', async () => {
    const path = folderOf('sets', { 'a/s/1.png': square(0), 'a/s/2.png': square(255), 'b/t/1.png': square(51) })
    const { kind, examples } = await readImageFolder(path, options)
    expect(kind).toBe('image set')
    expect(examples.map(({ where, x }) => [where, x.shape])).toEqual([
      ['a/s', [2, 1, 2, 2]],
      ['b/t', [1, 1, 2, 2]],
    ])
    expect(examples[0]?.x.data).toEqual(Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1))
  })

  test('folders of parts above the classes', async () => {
    const path = folderOf('parts', { 'train/a/1.png': square(0), 'val/a/1.png': square(0), 'test/b/1.png': square(0) })
    const { kind, examples } = await readImageFolder(path, options)
    expect([kind, examples.map(({ part, target }) => [part, target])]).toEqual([
      'image',
      [
        ['test', { kind: 'label', label: 'b' }],
        ['train', { kind: 'label', label: 'a' }],
        ['validation', { kind: 'label', label: 'a' }],
      ],
    ])
  })

  test('without a size: the median of different sizes, at most 64 pixels a side', async () => {
    const shapes = async (name: string, files: Readonly<Record<string, Buffer>>): Promise<unknown> => {
      const { examples, notes } = await readImageFolder(folderOf(name, files), options)
      return [examples.map(({ x }) => x.shape.slice(1).join('x')), notes?.map((note) => note.slice(0, 33))]
    }
    const wide = png(100, 200, () => grey(9))
    expect(await shapes('one-size', { 'a/1.png': square(0, 64), 'b/1.png': square(0, 64) })).toEqual([['64x64', '64x64'], undefined])
    expect(await shapes('several', { 'a/1.png': square(0, 3), 'a/2.png': square(0, 7), 'b/1.png': square(0, 5) })).toEqual([
      ['5x5', '5x5', '5x5'],
      ['images are brought to 5 x 5 pixels'.slice(0, 33)],
    ])
    expect(await shapes('large', { 'a/1.png': wide, 'b/1.png': wide })).toEqual([['32x64', '32x64'], ['images are brought to 32 x 64 pix']])
  })

  test('the size in the header of a file is that of the decoded image', () => {
    const pixels = { data: Buffer.alloc(7 * 5 * 4, 200), width: 7, height: 5 }
    for (const bytes of [png(7, 5, () => grey(1)), encodeJpeg(pixels, 90).data])
      expect(sizeOfFile(bytes)).toEqual(decodeImage(bytes, 'it').shape.slice(1))
    expect(sizeOfFile(Buffer.from('x'))).toBeUndefined()
    expect(sizeOfFile(Buffer.from([0xff, 0xd8, 0xff, 0xe0]))).toBeUndefined()
  })

  test('a size for all images', async () => {
    const path = folderOf('sizes', { 'a/1.png': square(255, 4), 'b/1.png': square(0, 3) })
    const { examples } = await readImageFolder(path, { ...options, size: [2, 1] })
    expect(examples.map(({ x }) => x.shape)).toEqual([
      [1, 2, 1],
      [1, 2, 1],
    ])
  })

  test.each([
    [
      'images and sets',
      { 'a/1.png': square(0), 'b/s/1.png': square(0) },
      /^b\/s: expected an image as a\/1\.png, received a set of images/,
    ],
    ['images beside sets', { 'a/1.png': square(0), 'a/s/1.png': square(0) }, /^a: expected images, or a folder for each set/],
    ['other files', { 'a/1.png': square(0), 'a/labels.txt': 'x' }, /^a\/labels\.txt: expected files named \.png/],
    ['deeper folders', { 'a/b/c/1.png': square(0) }, /^a\/b: expected the images of one set, received the folder a\/b\/c/],
    ['images without classes', { '1.png': square(0) }, /expected a folder for each class/],
    ['a damaged image', { 'a/1.png': 'x' }, /^a\/1\.png: expected a PNG or JPEG/],
  ])('refuses %s', async (name, files, message) => {
    await expect(readImageFolder(folderOf(`refused-${name}`, files as Record<string, Buffer | string>), options)).rejects.toThrow(message)
  })
})
