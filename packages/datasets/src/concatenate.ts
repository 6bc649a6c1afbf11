import { type Batch, type ClassDataset, requireIndices } from './dataset.ts'

/**
 * Concatenates two data sets with the same classes and with examples of the same shape.
 *
 * @throws RangeError if the classes differ.
 */
export function concatenate(first: ClassDataset, second: ClassDataset): ClassDataset {
  if (first.classes.join() !== second.classes.join())
    throw new RangeError(`concatenate: expected the classes ${first.classes.join(', ')}, received ${second.classes.join(', ')}.`)
  const length = first.length + second.length
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('concatenate', indices, length)
    const places = Array.from(indices)
    const parts = [
      { places: places.flatMap((i, b) => (i < first.length ? [b] : [])), data: first, start: 0 },
      { places: places.flatMap((i, b) => (i < first.length ? [] : [b])), data: second, start: first.length },
    ].map(({ places: at, data, start }) => ({ at, batch: data.batch(at.map((b) => places[b]! - start)) }))
    const names = Object.keys(parts[0]!.batch)
    return Object.fromEntries(
      names.map((name) => {
        const { dtype, shape, data } = parts[0]!.batch[name]!
        const size = shape.slice(1).reduce((n, d) => n * d, 1)
        const all = new (data.constructor as Float32ArrayConstructor)(places.length * size)
        for (const { at, batch: part } of parts) {
          const rows = part[name]!.data as Float32Array
          for (const [i, b] of at.entries()) all.set(rows.subarray(i * size, (i + 1) * size), b * size)
        }
        return [name, { dtype, shape: [places.length, ...shape.slice(1)], data: all }]
      }),
    ) as Batch
  }
  return { length, classes: first.classes, labels: Int32Array.from([...first.labels, ...second.labels]), batch }
}
