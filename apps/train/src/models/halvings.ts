/** A size, and the kernel of the pooling that leads to it. */
export interface Halving {
  readonly kernel: readonly [number, number]
  readonly size: readonly [number, number]
}

/** The poolings that halve the sides of an image, rounded down, as long as one of them is longer than `most`. */
export function halvings(size: readonly [number, number], most: number): Halving[] {
  const steps: Halving[] = []
  for (let [height, width] = size; height > most || width > most; ) {
    const kernel = [height > most ? 2 : 1, width > most ? 2 : 1] as const
    height = Math.floor(height / kernel[0])
    width = Math.floor(width / kernel[1])
    steps.push({ kernel, size: [height, width] })
  }
  return steps
}
