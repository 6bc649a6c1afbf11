/** A complex number. */
export interface Complex {
  readonly re: number
  readonly im: number
}

/** Complex numbers as two arrays of equal length: real parts and imaginary parts. */
export interface ComplexArray {
  readonly re: Float64Array
  readonly im: Float64Array
}

/** A complex array of `length` zeros. */
export function complexZeros(length: number): ComplexArray {
  return { re: new Float64Array(length), im: new Float64Array(length) }
}
