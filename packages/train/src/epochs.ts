import { Random, type TensorValue } from '@equivar/tensor'

/** A set of examples, requested by index. */
export interface Examples {
  readonly length: number
  /** The size of each example. If given, batches hold examples of similar size. */
  readonly sizes?: ArrayLike<number>
  batch(indices: ArrayLike<number>): Record<string, TensorValue>
  /** The same batch, made beside what runs, as by another thread. If it is there, a few batches are asked for ahead, in the order of their use. */
  prefetch?(indices: ArrayLike<number>): Promise<Record<string, TensorValue>>
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

/** Examples by their size, those of one size in the order they had: counted, as sizes are few. */
function bySize(order: Uint32Array, sizes: ArrayLike<number>): Uint32Array {
  const counts = new Map<number, number>()
  for (const example of order) counts.set(sizes[example] as number, (counts.get(sizes[example] as number) ?? 0) + 1)
  const places = new Map<number, number>()
  let at = 0
  for (const [size, count] of [...counts].sort(([a], [b]) => a - b)) {
    places.set(size, at)
    at += count
  }
  const sorted = new Uint32Array(order.length)
  for (const example of order) {
    const size = sizes[example] as number
    const place = places.get(size) as number
    sorted[place] = example
    places.set(size, place + 1)
  }
  return sorted
}

/** The indices of the examples of every step of an epoch; they depend only on the options. */
export function epochBatches(length: number, { batchSize, seed, epoch, stepsPerEpoch, sizes }: EpochOptions): Uint32Array[] {
  const random = new Random({ seed, stream: 'epoch', index: epoch })
  const order = random.permutation(length)
  const steps = stepsPerEpoch ?? Math.ceil(length / batchSize)
  if (sizes !== undefined && stepsPerEpoch === undefined) {
    const sorted = bySize(order, sizes)
    const shuffled = random.permutation(steps)
    return Array.from(shuffled, (i) => sorted.subarray(i * batchSize, (i + 1) * batchSize))
  }
  if (stepsPerEpoch === undefined) return Array.from({ length: steps }, (_, i) => order.subarray(i * batchSize, (i + 1) * batchSize))
  return Array.from({ length: steps }, (_, i) =>
    Uint32Array.from(new Random({ seed, stream: 'draw', index: epoch * steps + i }).permutation(length).slice(0, batchSize)),
  )
}

/** All examples in batches, in order; if sizes are given, examples of similar size together. */
export function likeSizes({ length, sizes }: Pick<Examples, 'length' | 'sizes'>, batchSize: number): Uint32Array[] {
  const order = new Uint32Array(length).map((_, i) => i)
  const sorted = sizes === undefined ? order : bySize(order, sizes)
  return Array.from({ length: Math.ceil(length / batchSize) }, (_, i) => sorted.subarray(i * batchSize, (i + 1) * batchSize))
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
