/** The share of the newest measurement in what is known. */
const NEWEST = 0.2

/** A mean of measurements, the newer ones counting more. @param known - what it was before; undefined for the first. */
export const recentMean = (known: number | undefined, measured: number): number =>
  known === undefined ? measured : known + NEWEST * (measured - known)
