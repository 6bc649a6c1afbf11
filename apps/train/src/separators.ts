import type { WeisfeilerLemanOptions } from '@equivar/layers-graphs'

/** Weisfeiler-Leman tests by the names that `equivar separate` gives them. */
export const tests: Readonly<Record<string, WeisfeilerLemanOptions>> = { wl: { k: 1 }, wl2: { k: 2 }, fwl2: { k: 2, folklore: true } }

/** What `equivar separate` can compare graphs by: tests, then models of random weights. */
export const separators: readonly string[] = [...Object.keys(tests), 'gin', 'ign', 'ppgn']

/** How a model is evaluated: its exported file on ONNX Runtime, or the float64 reference. */
export const precisions = ['float32', 'float64'] as const
/** One of them. */
export type Precision = (typeof precisions)[number]
