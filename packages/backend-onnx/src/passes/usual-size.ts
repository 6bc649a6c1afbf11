import { type Dimension, dimensionValue, product, symbolsOf, type Tensor } from '@equivar/tensor'

/** Costs are compared as if every symbol was that. */
const USUAL_SIZE = 16

/** A size, for the usual size of each symbol. */
export const usualSize = (d: Dimension): number => dimensionValue(d, new Map([...symbolsOf(d)].map((name) => [name, USUAL_SIZE])))

/** How many elements a tensor has, for the usual size of each symbol. */
export const usualCount = ({ shape }: Tensor): number => usualSize(product(shape))
