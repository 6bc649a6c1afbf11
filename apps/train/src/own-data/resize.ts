import type { Numbers } from './example.ts'

/** Means over `to` equal parts of the middle axis of [outer, from, inner]; a cell that two parts share counts by its share. */
function averaged(data: Float32Array, [outer, from, inner]: readonly [number, number, number], to: number): Float32Array {
  const result = new Float32Array(outer * to * inner)
  const length = from / to
  for (let part = 0; part < to; part++) {
    const [start, end] = [part * length, Math.min(from, (part + 1) * length)]
    for (let cell = Math.floor(start); cell < end; cell++) {
      const weight = (Math.min(cell + 1, end) - Math.max(cell, start)) / length
      for (let o = 0; o < outer; o++) {
        const [at, source] = [(o * to + part) * inner, (o * from + cell) * inner]
        for (let i = 0; i < inner; i++) result[at + i] = (result[at + i] as number) + weight * (data[source + i] as number)
      }
    }
  }
  return result
}

/**
 * An image of another size: every new pixel is the mean over its area, so a smaller image has no aliasing, and a larger one repeats pixels.
 *
 * @param image - [channels, height, width].
 * @returns [channels, size[0], size[1]]. The mean of every channel is unchanged.
 */
export function resized({ shape, data }: Numbers, [height, width]: readonly [number, number]): Numbers {
  const [channels, rows, columns] = shape as [number, number, number]
  const lower = rows === height ? data : averaged(data, [channels, rows, columns], height)
  const both = columns === width ? lower : averaged(lower, [channels * height, columns, 1], width)
  return { shape: [channels, height, width], data: both }
}
