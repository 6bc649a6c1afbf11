/** How numbers are stored and computed with in a file. */
export const precisions = ['float32', 'float16', 'int8'] as const
/** One of them. */
export type Precision = (typeof precisions)[number]
