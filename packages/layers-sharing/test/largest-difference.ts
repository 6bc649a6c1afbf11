import { expect } from 'vitest'

/** Largest difference of two lists of numbers, over the largest magnitude of the second, 1 at least. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  let [difference, scale] = [0, 1]
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs((a[i] as number) - (b[i] as number)))
    scale = Math.max(scale, Math.abs(b[i] as number))
  }
  return difference / scale
}
