/** 10^0 to 10^22, all of them float64 numbers. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** More digits than these go to `Number`. */
const MOST_DIGITS = 20
/** Around what is made of so many digits: ten roundings and that of the quotient are relative errors of 2^-53 each. */
const [BELOW, ABOVE] = [1 - 2 ** -49, 1 + 2 ** -49]

const [MINUS, PLUS, POINT, ZERO, NINE, COMMA, CLOSE, LETTER_E] = [45, 43, 46, 48, 57, 44, 93, 101]

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE
/** Whether a byte is white space in JSON. */
export const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9

/** Whether four bytes are digits, and the number that they are. */
const areDigits = (word: number): boolean => (((word & 0xf0f0f0f0) ^ 0x30303030) | (((word + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030)) === 0
function ofDigits(word: number): number {
  const pairs = (Math.imul(word & 0x0f0f0f0f, 10) + ((word & 0x0f0f0f0f) >>> 8)) & 0x00ff00ff
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff
}

/** m 10^e with so many digits; NaN where it is not certain that this rounds as the text does. */
function quickly(mantissa: number, exponent: number, digits: number, inFloat32: boolean): number {
  if (digits > MOST_DIGITS || Math.abs(exponent) > 22) return Number.NaN
  const value = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number)
  if (mantissa <= Number.MAX_SAFE_INTEGER) return value
  const isCertain = inFloat32 && Math.fround(value * BELOW) === Math.fround(value * ABOVE)
  return isCertain ? value : Number.NaN
}

/** The first place from `at` on that is no white space. */
function endOfSpace(bytes: Buffer, at: number): number {
  let end = at
  while (isSpace(bytes[end])) end++
  return end
}

/** Where a power of ten ends that begins with the letter e at `at`; -1 if it has no digits. */
function endOfPower(bytes: Buffer, at: number): number {
  const sign = bytes[at + 1]
  const first = sign === MINUS || sign === PLUS ? at + 2 : at + 1
  let end = first
  while (isDigit(bytes[end] as number)) end++
  return end === first ? -1 : end
}

/** The power of ten from the letter e to its end. */
function powerOf(bytes: Buffer, at: number, end: number): number {
  let power = 0
  for (let i = at + 1; i < end; i++) if (isDigit(bytes[i] as number)) power = Math.min(9999, power * 10 + ((bytes[i] as number) - ZERO))
  return bytes[at + 1] === MINUS ? -power : power
}

/**
 * Reads the numbers of a flat JSON array from its bytes: `JSON.parse` would make a string of all, an array, and an object of each, to be read once.
 *
 * A number m * 10^e of up to 2^53 and 10^22 is one correctly rounded operation on float64 numbers. Longer ones, as JavaScript writes float32 numbers, have a
 * relative error below 2^-49; where that leaves open which float32 number is nearest, or float64 is asked for, `Number` reads the text.
 *
 * @param bytes - from the bracket that opens to the one that closes, the only brackets.
 * @param count - how many numbers there have to be.
 * @param Numbers - their type: what `JSON.parse` gives, rounded to float32 perhaps.
 * @returns undefined if these are not so many numbers in JSON's grammar.
 * @see W. D. Clinger, How to read floating point numbers accurately, 1990.
 */
export function readNumberList(
  bytes: Buffer,
  count: number,
  Numbers: Float32ArrayConstructor | Float64ArrayConstructor,
): Float32Array | Float64Array | undefined {
  // A number and its comma are two bytes at least: nothing is allocated for what cannot be there.
  if (bytes.length < 2 * count + 1) return undefined
  const numbers = new Numbers(count)
  const inFloat32 = Numbers === Float32Array
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lastWord = bytes.length - 4
  let at = 1
  for (let n = 0; n < count; n++) {
    const start = endOfSpace(bytes, at)
    const whole = bytes[start] === MINUS ? start + 1 : start
    at = whole
    let mantissa = 0
    let byte = bytes[at] as number
    for (; isDigit(byte); byte = bytes[++at] as number) mantissa = mantissa * 10 + (byte - ZERO)
    let digits = at - whole
    if (digits === 0 || (digits > 1 && bytes[whole] === ZERO)) return undefined
    let exponent = 0
    if (byte === POINT) {
      const first = ++at
      for (; at <= lastWord; at += 4) {
        const word = view.getInt32(at, true)
        if (!areDigits(word)) break
        mantissa = mantissa * 10_000 + ofDigits(word)
      }
      for (byte = bytes[at] as number; isDigit(byte); byte = bytes[++at] as number) mantissa = mantissa * 10 + (byte - ZERO)
      exponent = first - at
      if (exponent === 0) return undefined
      digits -= exponent
    }
    if ((byte | 32) === LETTER_E) {
      const end = endOfPower(bytes, at)
      if (end < 0) return undefined
      exponent += powerOf(bytes, at, end)
      at = end
    }
    const value = quickly(mantissa, exponent, digits, inFloat32)
    if (Number.isNaN(value)) numbers[n] = Number(bytes.toString('latin1', start, at))
    else numbers[n] = whole > start ? -value : value
    at = endOfSpace(bytes, at)
    if (n < count - 1 && bytes[at++] !== COMMA) return undefined
  }
  at = endOfSpace(bytes, at)
  return bytes[at] === CLOSE && at === bytes.length - 1 ? numbers : undefined
}
