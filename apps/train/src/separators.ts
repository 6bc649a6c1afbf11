import type { WeisfeilerLemanOptions } from '@equivar/layers-graphs'

/** Weisfeiler-Leman tests by their names in `equivar separate`. */
export const tests: Readonly<Record<string, WeisfeilerLemanOptions>> = { wl: { k: 1 }, wl2: { k: 2 }, fwl2: { k: 2, folklore: true } }

/** The choices of `equivar separate --by`: tests, then models with random weights. */
export const separators: readonly string[] = [...Object.keys(tests), 'gin', 'ign', 'ppgn']

/** How a model is evaluated: float32 by its exported file on ONNX Runtime, float64 by the reference. */
export const precisions = ['float32', 'float64'] as const
/** One of them. */
export type Precision = (typeof precisions)[number]
