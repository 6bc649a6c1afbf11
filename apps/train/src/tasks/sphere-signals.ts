import type { ClassDataset } from '@equivar/datasets'
import { type EulerAngles, randomRotation } from '@equivar/layers-sphere'
import { Random, tensorValue } from '@equivar/tensor'

/** Options of `sphereSignals`. */
export interface SphereSignalOptions {
  readonly bandwidth: number
  readonly classes: readonly string[]
  readonly labels: Int32Array
  /** Whether each signal gets its own uniform random rotation. */
  readonly rotated: boolean
  readonly seed: number
  /** The samples of a signal, float32 [2b, 2b] (beta, alpha). */
  sample(index: number, rotation: EulerAngles | undefined): Float32Array
}

/**
 * A data set of classified signals on the sphere: `x` float32 [batch, 1, 2b, 2b], `target` int64 [batch].
 *
 * Signals are sampled for each batch, which needs no memory and less time than training. The rotation of an example is always the same, as in the published
 * data sets, which were rotated once.
 */
export function sphereSignals({ bandwidth, classes, labels, rotated, seed, sample }: SphereSignalOptions): ClassDataset {
  const size = 4 * bandwidth * bandwidth
  const rotationOf = (index: number): EulerAngles | undefined => {
    if (!rotated) return undefined
    const random = new Random({ seed, stream: 'rotation', index })
    return randomRotation(() => random.uniform())
  }
  return {
    length: labels.length,
    classes,
    labels,
    batch: (indices) => {
      const chosen = Array.from(indices)
      const stranger = chosen.find((i) => !(i in labels))
      if (stranger !== undefined)
        throw new RangeError(`sphereSignals: expected example indices from 0 to ${labels.length - 1}, received ${stranger}.`)
      const x = new Float32Array(chosen.length * size)
      chosen.forEach((i, b) => {
        x.set(sample(i, rotationOf(i)), b * size)
      })
      return {
        x: { dtype: 'float32', shape: [chosen.length, 1, 2 * bandwidth, 2 * bandwidth], data: x },
        target: tensorValue(
          'int64',
          [chosen.length],
          chosen.map((i) => labels[i] as number),
        ),
      }
    },
  }
}
