/** The largest finite float16. */
export const LARGEST_FLOAT16 = 65504

const single = new Float32Array(1)
const bitsOfSingle = new Uint32Array(single.buffer)

/**
 * The nearest float16, halves to even, as its bit pattern (IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction).
 *
 * @remarks The number is rounded once: what lies halfway between two float16 only after rounding to float32 goes the way it would have gone before.
 */
export function encodeFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  // The step between neighbours is 2^-24 below 2^-14, and 2^-10 of the power of two below the number elsewhere.
  const exponent = magnitude < 2 ** -14 ? -14 : exponentOf(magnitude)
  const step = 2 ** (exponent - 10)
  const steps = roundHalfToEven(magnitude / step)
  // A fraction that reaches 2^11 steps carries into the exponent by itself.
  return sign | (((exponent + 14) << 10) + steps)
}

/** The largest k with 2^k <= x, for x that float32 holds as a normal number. */
function exponentOf(x: number): number {
  single[0] = x
  const exponent = ((bitsOfSingle[0] as number) >>> 23) - 127
  // Rounding to float32 may have reached the next power of two.
  return 2 ** exponent > x ? exponent - 1 : exponent
}

/** The nearest integer, halves to even. */
export function roundHalfToEven(x: number): number {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}

/** The number that a float16's bit pattern stands for. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (fraction + 1024) * 2 ** (exponent - 25)
}

/** The nearest number that float16 holds; infinite from 65520 on. */
export const roundToFloat16 = (value: number): number => decodeFloat16(encodeFloat16(value))
