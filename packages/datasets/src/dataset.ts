import type { TensorValue } from '@equivar/tensor'

/** The inputs of a model and the `target`, by name, ready to feed to a Program. */
export type Batch<Names extends string = string> = Record<Names, TensorValue>

/** A sequence of examples, from which batches of any examples can be made. The compiler knows the names of what a batch has. */
export interface Dataset<Names extends string = string> {
  /** The number of examples. */
  readonly length: number
  /** The size of each example. Give it if batches are padded to their largest example, so that training can batch examples of similar size. */
  readonly sizes?: ArrayLike<number>
  /**
   * The examples with the given indices, in this order, padded to the largest of them.
   *
   * @param indices - from 0 to length - 1; indices may repeat.
   * @throws RangeError if an index is out of range.
   */
  batch(indices: ArrayLike<number>): Batch<Names>
  /** The same batch, made beside what runs, as by another thread: training then asks for a few batches ahead. */
  prefetch?(indices: ArrayLike<number>): Promise<Batch<Names>>
}

/** A data set for classification; `target` is int64 [batch]. */
export interface ClassDataset<Names extends string = string> extends Dataset<Names> {
  /** The names of the classes: target k is class classes[k]. */
  readonly classes: readonly string[]
  /** The class of each example, for stratified splits. */
  readonly labels: Int32Array
}

/** @throws RangeError if an index is not an integer from 0 to length - 1. */
export function requireIndices(where: string, indices: ArrayLike<number>, length: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`${where}: expected example indices from 0 to ${length - 1}, received ${index} at position ${i}.`)
    }
  }
}

/**
 * The data set of some examples of another data set, in the given order.
 *
 * @throws RangeError if an index is out of range.
 * @example
 * const train = subset(graphs, fold.train)
 */
export function subset<Names extends string>(dataset: ClassDataset<Names>, indices: ArrayLike<number>): ClassDataset<Names>
export function subset<Names extends string>(dataset: Dataset<Names>, indices: ArrayLike<number>): Dataset<Names>
export function subset(dataset: Dataset & Partial<ClassDataset>, indices: ArrayLike<number>): Dataset {
  requireIndices('subset', indices, dataset.length)
  const chosen = Uint32Array.from(indices)
  const batch = (within: ArrayLike<number>): Batch => {
    requireIndices('batch', within, chosen.length)
    return dataset.batch(Array.from(within, (i) => chosen[i]!))
  }
  const { classes, labels, sizes } = dataset
  const part = { length: chosen.length, batch, ...(sizes === undefined ? {} : { sizes: Int32Array.from(chosen, (i) => sizes[i]!) }) }
  if (classes === undefined || labels === undefined) return part
  const classified: ClassDataset = { ...part, classes, labels: Int32Array.from(chosen, (i) => labels[i]!) }
  return classified
}
