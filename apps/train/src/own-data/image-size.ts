/** Longest side of images without `--size`: larger ones are brought to it. */
export const LONGEST_SIDE = 64

/** Height and width. */
export type Size = readonly [height: number, width: number]

/** Markers of a JPEG file whose segment holds the size: all starts of frames, which are no tables. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

function jpegSize(bytes: Buffer): Size | undefined {
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number
    if (isFrame(marker)) return [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)]
    // A marker may be preceded by any number of fill bytes.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** The size that the header of a PNG or JPEG file names; undefined for a file that is neither or is damaged, which decoding it explains. */
export function sizeOfFile(bytes: Buffer): Size | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegSize(bytes)
  return bytes.length >= 24 ? [bytes.readUInt32BE(20), bytes.readUInt32BE(16)] : undefined
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number

/**
 * The size to which images of these sizes are brought: the median of each side, made smaller if the longer one exceeds 64. Undefined if all have one size
 * within that bound.
 */
export function commonSize(sizes: readonly Size[]): Size | undefined {
  const [height, width] = [median(sizes.map(([side]) => side)), median(sizes.map(([, side]) => side))]
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(height, width))
  if (shrink === 1 && sizes.every(([h, w]) => h === height && w === width)) return undefined
  return [Math.max(1, Math.round(shrink * height)), Math.max(1, Math.round(shrink * width))]
}
