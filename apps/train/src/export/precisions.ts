/** The number types of exported files. */
export const precisions = ['float32', 'float16', 'int8'] as const
/** One of them. */
export type Precision = (typeof precisions)[number]
