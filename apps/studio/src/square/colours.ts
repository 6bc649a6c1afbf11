/** Red, green and blue of values above 0 and below 0. Their strength is how opaque they are, so they suit a light and a dark page. */
export const positive = [224, 108, 28] as const
export const negative = [62, 104, 222] as const

/** The colour of a value: clear at 0, strongest at 1 and -1. */
export const colourOf = (value: number): string =>
  `rgb(${(value < 0 ? negative : positive).join(' ')} / ${Math.min(1, Math.abs(value)).toFixed(3)})`
