import { elementCount } from '../expression/value.ts'
import type { WindowAttributes } from '../operators/signatures.ts'

/** Coordinates of a flat position. */
function coordinates(flat: number, shape: readonly number[]): number[] {
  const found = shape.map(() => 0)
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    found[axis] = rest % (shape[axis] as number)
    rest = Math.floor(rest / (shape[axis] as number))
  }
  return found
}

/** Calls back for every pair of a small-side position and a kernel position that meet a large-side position inside the signal. */
export function forEachMeeting(
  small: readonly number[],
  large: readonly number[],
  { kernel, strides, pads, dilations }: WindowAttributes,
  visit: (small: number, tap: number, large: number) => void,
): void {
  const taps = Array.from({ length: elementCount(kernel) }, (_, k) => coordinates(k, kernel))
  for (let s = 0; s < elementCount(small); s++) {
    const at = coordinates(s, small)
    for (const [k, tap] of taps.entries()) {
      let flat = 0
      for (let a = 0; a < large.length && flat >= 0; a++) {
        const position = (at[a] as number) * (strides[a] as number) + (tap[a] as number) * (dilations[a] as number) - (pads[a] as number)
        const inside = position >= 0 && position < (large[a] as number)
        flat = inside ? flat * (large[a] as number) + position : -1
      }
      if (flat >= 0) visit(s, k, flat)
    }
  }
}

/** Sizes of what a window slides over. */
export const slidShape = (spatial: readonly number[], { kernel, strides, pads, dilations }: WindowAttributes): number[] =>
  spatial.map((d, i) => {
    const padded = d + (pads[i] as number) + (pads[i + kernel.length] as number)
    return Math.floor((padded - (dilations[i] as number) * ((kernel[i] as number) - 1) - 1) / (strides[i] as number)) + 1
  })
