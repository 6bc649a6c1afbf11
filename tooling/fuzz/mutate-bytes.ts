import type { Draw } from './draw.ts'

/** No mutant is longer: what is promised holds for inputs under 1 MB, and short ones are tried faster. */
export const MOST_BYTES = 60_000

const bounds = [
  0n,
  1n,
  2n,
  127n,
  128n,
  255n,
  32767n,
  65535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
]

/** The bytes with others in place of some. */
function spliced(bytes: Uint8Array, start: number, end: number, ...inserted: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), ...inserted, bytes.subarray(end)]).subarray(0, MOST_BYTES)
}

/** A part of the bytes: where it starts and ends. */
function span(draw: Draw, bytes: Uint8Array): [number, number] {
  const start = draw.below(bytes.length + 1)
  return [start, start + Math.min(bytes.length - start, draw.length(1024))]
}

/** An integer of 1, 2, 4 or 8 bytes at a bound, or a step away from what stands there: lengths and counts. */
function atBound(draw: Draw, bytes: Uint8Array): Uint8Array {
  const width = draw.of([1, 2, 4, 8])
  const at = draw.below(Math.max(1, bytes.length - width + 1))
  const made = new Uint8Array(8)
  new DataView(made.buffer).setBigUint64(0, draw.once(4) ? BigInt(draw.below(300)) : draw.of(bounds), true)
  const number = made.subarray(0, width)
  return spliced(bytes, at, at + width, draw.once(3) ? number.slice().reverse() : number)
}

function flipped(draw: Draw, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (let k = draw.length(8); k > 0; k--) copy[draw.below(copy.length)] = draw.once(2) ? draw.below(256) : 1 << draw.below(8)
  return copy
}

function repeated(draw: Draw, bytes: Uint8Array): Uint8Array {
  const [start, end] = span(draw, bytes)
  const copies = draw.once(8) ? draw.length(5000) : draw.length(8)
  const most = Math.max(1, Math.floor(MOST_BYTES / Math.max(1, end - start)))
  return spliced(bytes, end, end, ...Array.from({ length: Math.min(copies, most) }, () => bytes.subarray(start, end)))
}

function moved(draw: Draw, bytes: Uint8Array): Uint8Array {
  const [start, end] = span(draw, bytes)
  const rest = spliced(bytes, start, end)
  const at = draw.below(rest.length + 1)
  return spliced(rest, at, at, bytes.subarray(start, end))
}

/** The bytes with a fault that any format may have: other numbers, parts that are missing, there twice, elsewhere, or of another file. */
export function mutateBytes(draw: Draw, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  switch (draw.below(7)) {
    case 0:
      return flipped(draw, bytes)
    case 1:
    case 2:
      return atBound(draw, bytes)
    case 3:
      return spliced(bytes, ...span(draw, bytes))
    case 4:
      return repeated(draw, bytes)
    case 5:
      return moved(draw, bytes)
    default: {
      const [start, end] = span(draw, other)
      return spliced(bytes, ...span(draw, bytes), other.subarray(start, end))
    }
  }
}
