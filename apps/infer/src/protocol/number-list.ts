/** 10^0 to 10^22, which float64 represents exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** Numbers with more digits are parsed by `Number`. */
const MOST_DIGITS = 20
/** Bounds of the relative error of a number with that many digits: at most eleven roundings of 2^-53 each. */
const [BELOW, ABOVE] = [1 - 2 ** -49, 1 + 2 ** -49]

const [MINUS, PLUS, POINT, ZERO, NINE, COMMA, CLOSE, LETTER_E] = [45, 43, 46, 48, 57, 44, 93, 101]

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE
/** Whether a byte is white space in JSON. */
export const isSpace = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9

/** Whether four bytes are all digits. */
const areDigits = (word: number): boolean => (((word & 0xf0f0f0f0) ^ 0x30303030) | (((word + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030)) === 0
function ofDigits(word: number): number {
  const pairs = (Math.imul(word & 0x0f0f0f0f, 10) + ((word & 0x0f0f0f0f) >>> 8)) & 0x00ff00ff
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff
}

/** m 10^e, for a mantissa of `digits` digits; NaN if the result might not be the correctly rounded number. */
function parseFast(mantissa: number, exponent: number, digits: number, inFloat32: boolean): number {
  if (digits > MOST_DIGITS || Math.abs(exponent) > 22) return Number.NaN
  const value = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number)
  if (mantissa <= Number.MAX_SAFE_INTEGER) return value
  const isCertain = inFloat32 && Math.fround(value * BELOW) === Math.fround(value * ABOVE)
  return isCertain ? value : Number.NaN
}

/** The position of the first byte from `at` on that is not white space. */
function endOfSpace(bytes: Buffer, at: number): number {
  let end = at
  while (isSpace(bytes[end])) end++
  return end
}

/** The end of an exponent that starts with the letter e at `at`; -1 if it has no digits. */
function endOfPower(bytes: Buffer, at: number): number {
  const sign = bytes[at + 1]
  const first = sign === MINUS || sign === PLUS ? at + 2 : at + 1
  let end = first
  while (isDigit(bytes[end] as number)) end++
  return end === first ? -1 : end
}

/** The value of the exponent from the letter e to its end. */
function powerOf(bytes: Buffer, at: number, end: number): number {
  let power = 0
  for (let i = at + 1; i < end; i++) if (isDigit(bytes[i] as number)) power = Math.min(9999, power * 10 + ((bytes[i] as number) - ZERO))
  return bytes[at + 1] === MINUS ? -power : power
}

/**
 * Parses the numbers of a flat JSON array from its bytes, without the string and the intermediate array of `JSON.parse`.
 *
 * Law: equal to `JSON.parse`, rounded to the type of the result. A number m * 10^e with m up to 2^53 and |e| up to 22 is one correctly rounded float64
 * operation. For longer numbers, such as float32 values written by JavaScript, the relative error is below 2^-49; if that does not determine the nearest
 * float32 value, or if float64 is requested, `Number` parses the text.
 *
 * @param bytes - from the opening to the closing bracket, without other brackets.
 * @param count - the expected number of elements.
 * @param Numbers - the type of the result.
 * @returns undefined if the bytes are not a JSON array of `count` numbers.
 * @see W. D. Clinger, How to read floating point numbers accurately, 1990.
 */
export function readNumberList(
  bytes: Buffer,
  count: number,
  Numbers: Float32ArrayConstructor | Float64ArrayConstructor,
): Float32Array | Float64Array | undefined {
  // A number and its comma take at least two bytes, so a wrong count is found before anything is allocated.
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
    const value = parseFast(mantissa, exponent, digits, inFloat32)
    if (Number.isNaN(value)) numbers[n] = Number(bytes.toString('latin1', start, at))
    else numbers[n] = whole > start ? -value : value
    at = endOfSpace(bytes, at)
    if (n < count - 1 && bytes[at++] !== COMMA) return undefined
  }
  at = endOfSpace(bytes, at)
  return bytes[at] === CLOSE && at === bytes.length - 1 ? numbers : undefined
}
