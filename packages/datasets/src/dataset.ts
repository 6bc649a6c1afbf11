import type { TensorValue } from '@equivar/tensor'

/** The inputs of a model and its `target`, by name, ready to be fed to a Program. */
export type Batch = Record<string, TensorValue>

/** A number of examples, of which any may be asked for together. */
export interface Dataset {
  /** How many examples there are. */
  readonly length: number
  /** How large each example is, where a batch is padded to its largest by much: training takes examples of like size together. */
  readonly sizes?: ArrayLike<number>
  /**
   * The examples of these numbers, in this order, padded to each other where they differ in size.
   *
   * @param indices - from 0 to length - 1; an example may come twice.
   * @throws RangeError if there is no example of a number.
   */
  batch(indices: ArrayLike<number>): Batch
}

/** Examples that belong to one of several classes each; `target` is int64 [batch]. */
export interface ClassDataset extends Dataset {
  /** The names of the classes, in the order of the targets. */
  readonly classes: readonly string[]
  /** The class of each example, for splits that keep the classes' shares. */
  readonly labels: Int32Array
}

/** @throws RangeError if one of the numbers is not one of an example. */
export function requireIndices(where: string, indices: ArrayLike<number>, length: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`${where}: expected numbers of examples from 0 to ${length - 1}, received ${index} at position ${i}.`)
    }
  }
}

/**
 * Some examples of a data set, in a given order, as a data set.
 *
 * @throws RangeError if there is no example of a number.
 * @example
 * const train = subset(graphs, fold.train)
 */
export function subset(dataset: ClassDataset, indices: ArrayLike<number>): ClassDataset
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset
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
