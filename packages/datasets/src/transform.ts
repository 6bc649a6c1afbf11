import type { Dataset } from './dataset.ts'

/**
 * A data set whose batches are transformed: by the first function, then by the second, and so on. Everything else, such as classes and sizes, is as it was.
 *
 * @param steps - from a batch to a batch with the same names. They get the examples' indices too, so that a random change can depend on the example.
 * @example transform(images, ({ x, ...rest }) => ({ ...rest, x: inverted(x) }), centred)
 */
export function transform<Data extends Dataset>(
  dataset: Data,
  ...steps: readonly ((batch: ReturnType<Data['batch']>, indices: ArrayLike<number>) => ReturnType<Data['batch']>)[]
): Data {
  const batch = (indices: ArrayLike<number>): ReturnType<Data['batch']> =>
    steps.reduce((made, step) => step(made, indices), dataset.batch(indices) as ReturnType<Data['batch']>)
  return { ...dataset, batch }
}
