import { Random } from '@equivar/tensor'

/** How examples are grouped. */
export interface BatchOptions {
  /** How many examples a batch has. */
  readonly batchSize: number
  /** If given, the order is random, a different one in each epoch and the same whenever both are the same; else the examples come in order. */
  readonly shuffle?: { readonly seed: number | bigint; readonly epoch: number }
  /** Whether a last batch with fewer examples is left out; kept if left out. */
  readonly dropLast?: boolean
}

/**
 * The numbers of all examples in batches, for one epoch.
 *
 * @param length - how many examples there are.
 * @returns one array a batch; together every example once.
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

/** The examples in the random order of an epoch: the same for the same seed and epoch, everywhere. */
export function epochOrder(length: number, seed: number | bigint, epoch: number): Uint32Array {
  return new Random({ seed, stream: 'shuffle', index: epoch }).permutation(length)
}
