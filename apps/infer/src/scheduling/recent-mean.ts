/** The weight of the newest measurement. */
const NEWEST = 0.2

/** The exponential moving average of measurements. @param known - its previous value; undefined before the first measurement. */
export const recentMean = (known: number | undefined, measured: number): number =>
  known === undefined ? measured : known + NEWEST * (measured - known)
