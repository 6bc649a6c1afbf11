import { Random, type TensorValue } from '@equivar/tensor'

/** A set of examples, requested by index. */
export interface Examples {
  readonly length: number
  /** The size of each example. If given, batches hold examples of similar size. */
  readonly sizes?: ArrayLike<number>
  batch(indices: ArrayLike<number>): Record<string, TensorValue>
}

/** How the examples of an epoch are grouped. */
interface EpochOptions {
  readonly batchSize: number
  readonly seed: number
  readonly epoch: number
  readonly stepsPerEpoch?: number | undefined
  /** The size of each example. If given, batches hold examples of similar size, so that there is little padding, and come in random order. */
  readonly sizes?: ArrayLike<number> | undefined
}

/** The indices of the examples of every step of an epoch; they depend only on the options. */
export function epochBatches(length: number, { batchSize, seed, epoch, stepsPerEpoch, sizes }: EpochOptions): Uint32Array[] {
  const random = new Random({ seed, stream: 'epoch', index: epoch })
  const order = random.permutation(length)
  const steps = stepsPerEpoch ?? Math.ceil(length / batchSize)
  if (sizes !== undefined && stepsPerEpoch === undefined) {
    const sorted = Uint32Array.from(order).sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
    const shuffled = random.permutation(steps)
    return Array.from(shuffled, (i) => sorted.slice(i * batchSize, (i + 1) * batchSize))
  }
  if (stepsPerEpoch === undefined)
    return Array.from({ length: steps }, (_, i) => Uint32Array.from(order.slice(i * batchSize, (i + 1) * batchSize)))
  return Array.from({ length: steps }, (_, i) =>
    Uint32Array.from(new Random({ seed, stream: 'draw', index: epoch * steps + i }).permutation(length).slice(0, batchSize)),
  )
}

/** All examples in batches, in order; if sizes are given, examples of similar size together. */
export function likeSizes({ length, sizes }: Pick<Examples, 'length' | 'sizes'>, batchSize: number): Uint32Array[] {
  const order = Uint32Array.from({ length }, (_, i) => i)
  if (sizes !== undefined) order.sort((a, b) => (sizes[a] as number) - (sizes[b] as number))
  return Array.from({ length: Math.ceil(length / batchSize) }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize))
}

/** The inputs of a Program in a batch. @throws RangeError if one is not there. */
export function feedsFrom(
  where: string,
  batch: Readonly<Record<string, TensorValue>>,
  names: readonly string[],
): Record<string, TensorValue> {
  return Object.fromEntries(
    names.map((name) => {
      const value = Object.hasOwn(batch, name) ? batch[name] : undefined
      if (value !== undefined) return [name, value]
      const received = Object.keys(batch).join(', ') || 'none'
      throw new RangeError(
        `${where}: expected batches with the input "${name}", received ${received}. Name inputs as the data set names them.`,
      )
    }),
  )
}
