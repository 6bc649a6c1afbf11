import { Random } from '@equivar/tensor'
import { type Batch, type Dataset, requireIndices } from './dataset.ts'
import { bool, float32 } from './values.ts'

/**
 * Samples of normal distributions in the plane. The task is to estimate a statistic of the distribution: the entropy of its first coordinate, in nats.
 *
 * Every set has 300 to 500 points of N(0, R(a) C R(a)^T), where C = diag(2, 1/4) and the angle a is uniform on [0, pi). The entropy is log(2 pi e s) / 2,
 * where s is the variance of the first coordinate. A batch has `x` float32 [batch, set, 2], `mask` bool [batch, set] and `target` float32 [batch, 1].
 *
 * @see Zaheer et al. 2017, Deep Sets, section 4.1, the task "rotation".
 */
export function populations({ count, seed }: { readonly count: number; readonly seed: number }): Dataset {
  const random = new Random({ seed, stream: 'populations' })
  const sets = Array.from({ length: count }, () => {
    const angle = random.uniform() * Math.PI
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    const points = new Float32Array(2 * (300 + random.integer(201)))
    for (let i = 0; i < points.length; i += 2) {
      const [a, b] = [Math.SQRT2 * random.normal(), 0.5 * random.normal()]
      points[i] = cos * a - sin * b
      points[i + 1] = sin * a + cos * b
    }
    return { points, entropy: 0.5 * Math.log(2 * Math.PI * Math.E * (2 * cos * cos + 0.25 * sin * sin)) }
  })
  const batch = (indices: ArrayLike<number>): Batch => {
    requireIndices('populations', indices, count)
    const chosen = Array.from(indices, (i) => sets[i]!)
    const largest = chosen.reduce((most, { points }) => Math.max(most, points.length / 2), 0)
    const x = new Float32Array(chosen.length * largest * 2)
    const mask = new Uint8Array(chosen.length * largest)
    chosen.forEach(({ points }, b) => {
      x.set(points, b * largest * 2)
      mask.fill(1, b * largest, b * largest + points.length / 2)
    })
    return {
      x: float32([chosen.length, largest, 2], x),
      mask: bool([chosen.length, largest], mask),
      target: float32(
        [chosen.length, 1],
        Float32Array.from(chosen, ({ entropy }) => entropy),
      ),
    }
  }
  return { length: count, batch }
}
