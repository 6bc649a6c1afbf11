import { inflateSync } from 'node:zlib'
import { decode as decodeJpeg } from 'jpeg-js'
import { PNG } from 'pngjs'
import { UsageError } from '../errors.ts'
import type { Numbers } from './example.ts'

/** Most pixels of an image. */
const MOST_PIXELS = 2 ** 24
/** Most memory that decoding a JPEG may take. */
const MOST_MEGABYTES = 1024

/** Red, green, blue and opacity of every pixel, from 0 to `most`. */
interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: ArrayLike<number>
  readonly most: number
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Offsets in a PNG file, whose first chunk is the header. */
const header = { width: 16, height: 20, depth: 24, interlace: 28, end: 33 }
const CHUNK_FRAME = 12

/** The compressed pixels of a PNG file. */
function compressedPixels(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = PNG_SIGNATURE.length; at + CHUNK_FRAME <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length))
    at += CHUNK_FRAME + length
  }
  return Buffer.concat(parts)
}

/** @throws Error or RangeError if the file is damaged or too large. */
function decodePng(bytes: Buffer): Pixels {
  if (bytes.length < header.end) throw new RangeError('it ends in the header')
  const [width, height] = [bytes.readUInt32BE(header.width), bytes.readUInt32BE(header.height)]
  demandPixels(width, height)
  // The decoder stops at the size that the header gives, except for interlaced images: at most 8 bytes a pixel, and one for each row of seven passes.
  if (bytes[header.interlace] !== 0) inflateSync(compressedPixels(bytes), { maxOutputLength: 8 * width * height + 8 * (height + 8) })
  const deep = bytes[header.depth] === 16
  const { data } = PNG.sync.read(bytes, { skipRescale: deep })
  return { width, height, data, most: deep ? 65_535 : 255 }
}

/** @throws Error if the file is damaged or too large. */
function decodeJpegPixels(bytes: Buffer): Pixels {
  const { width, height, data } = decodeJpeg(bytes, {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP: MOST_PIXELS / 1e6,
    maxMemoryUsageInMB: MOST_MEGABYTES,
  })
  demandPixels(width, height)
  return { width, height, data, most: 255 }
}

/** @throws RangeError if an image has no pixel or too many. */
function demandPixels(width: number, height: number): void {
  if (width * height < 1 || width * height > MOST_PIXELS)
    throw new RangeError(`expected 1 to ${MOST_PIXELS.toLocaleString('en')} pixels, received ${width} x ${height}`)
}

/** The planes of an image: one if all pixels are grey, else red, green and blue. Transparent pixels are laid over white. */
function planesOf({ width, height, data, most }: Pixels): Numbers {
  const count = width * height
  const planes = new Float32Array(3 * count)
  let grey = true
  for (let i = 0; i < count; i++) {
    const opacity = (data[4 * i + 3] as number) / most
    for (let c = 0; c < 3; c++) planes[c * count + i] = 1 - opacity + (opacity * (data[4 * i + c] as number)) / most
    grey &&= planes[i] === planes[count + i] && planes[i] === planes[2 * count + i]
  }
  return grey ? { shape: [1, height, width], data: planes.slice(0, count) } : { shape: [3, height, width], data: planes }
}

/** Extensions of the files that decodeImage reads. */
export const imageExtensions = ['.png', '.jpg', '.jpeg'] as const

/**
 * Decodes a PNG or JPEG file.
 *
 * Values are from 0 (black) to 1 (white). An image all of whose pixels are grey has one channel, others have three. Pixels that are not opaque are laid over
 * white. The orientation and the colour profile that a file may name are not applied.
 *
 * @param where - the name of the file, for messages.
 * @returns [channels, height, width].
 * @throws UsageError if the file is neither, is damaged, or has more than 16,777,216 pixels.
 */
export function decodeImage(bytes: Buffer, where: string): Numbers {
  const isPng = bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8
  if (!isPng && !isJpeg)
    throw new UsageError(`${where}: expected a PNG or JPEG image, received a file that starts with neither's signature`)
  try {
    return planesOf(isPng ? decodePng(bytes) : decodeJpegPixels(bytes))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`${where}: expected a ${isPng ? 'PNG' : 'JPEG'} image, received one that cannot be decoded (${reason})`)
  }
}
