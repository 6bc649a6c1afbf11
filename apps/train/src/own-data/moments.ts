/** Sums over the numbers of a channel. */
export interface Moments {
  count: number
  mean: number
  squares: number
}

/** Adds a number: Welford's update, which cancels nothing for numbers far from 0. */
export function include(moments: Moments, value: number): void {
  moments.count++
  const before = value - moments.mean
  moments.mean += before / moments.count
  moments.squares += before * (value - moments.mean)
}
