import { Random } from '@equivar/tensor'

/** Options of batches. */
export interface BatchOptions {
  /** The number of examples in a batch. */
  readonly batchSize: number
  /** If given, the order is random and determined by seed and epoch. Otherwise the examples come in order. */
  readonly shuffle?: { readonly seed: number | bigint; readonly epoch: number }
  /** True to drop a last batch with fewer examples; false by default. */
  readonly dropLast?: boolean
}

/**
 * Divides the indices of all examples into batches, for one epoch.
 *
 * @param length - the number of examples.
 * @returns one array per batch. Together they contain every example once, unless `dropLast` drops the last batch.
 * @throws RangeError if the batch size is not an integer of at least 1.
 * @example
 * for (const indices of batches(dataset.length, { batchSize: 32, shuffle: { seed: 1, epoch } })) step(dataset.batch(indices))
 */
export function batches(length: number, options: BatchOptions): Uint32Array[] {
  const { batchSize, shuffle, dropLast = false } = options
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batches: expected a batch size of at least 1, received ${batchSize}.`)
  }
  const order =
    shuffle === undefined ? Uint32Array.from({ length }, (_, example) => example) : epochOrder(length, shuffle.seed, shuffle.epoch)
  const count = dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize)
  return Array.from({ length: count }, (_, b) => order.subarray(b * batchSize, (b + 1) * batchSize))
}

/** A random permutation of the examples, determined by seed and epoch on every machine. */
export function epochOrder(length: number, seed: number | bigint, epoch: number): Uint32Array {
  return new Random({ seed, stream: 'shuffle', index: epoch }).permutation(length)
}
