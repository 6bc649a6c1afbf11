import { constant, type Tensor } from '@equivar/tensor'
import { cached } from './cache.ts'

/** cos(m theta_k) for kind 0, sin(m theta_k) for kind 1, at theta_k = 2 pi k / 2b. */
function wave(m: number, kind: number, k: number, b: number): number {
  const angle = (Math.PI * ((m * k) % (2 * b))) / b
  return kind === 0 ? Math.cos(angle) : Math.sin(angle)
}

/**
 * Real waves on the 2b points of a circle, ordered by frequency, then cosine and sine.
 *
 * @returns float32 [2 degrees, 2b]; the sine of frequency 0 is a row of zeros.
 */
export function wavesByFrequency(degrees: number, b: number): Tensor {
  return cached('waves by frequency', [degrees, b], () => {
    const data = Float64Array.from({ length: 4 * degrees * b }, (_, i) => {
      const row = Math.floor(i / (2 * b))
      return wave(row >> 1, row & 1, i % (2 * b), b)
    })
    return constant(data, [2 * degrees, 2 * b])
  })
}

/** The same waves, ordered by cosine and sine, then frequency: [2 degrees, 2b]. */
export function wavesByKind(degrees: number, b: number): Tensor {
  return cached('waves by kind', [degrees, b], () => {
    const data = Float64Array.from({ length: 4 * degrees * b }, (_, i) => {
      const row = Math.floor(i / (2 * b))
      return wave(row % degrees, Math.floor(row / degrees), i % (2 * b), b)
    })
    return constant(data, [2 * degrees, 2 * b])
  })
}

/**
 * The waves in alpha that go with each kind of wave in gamma.
 *
 * A real matrix element of SO(3) holds cos cos and sin sin together (parity 0), or sin cos and cos sin (parity 1). For a kind c of gamma, row
 * (m, parity) is the wave in alpha of frequency m and of kind c xor parity.
 *
 * @returns float32 [2 (c), 2 degrees (m, parity), 2b].
 */
export function wavesByPartner(degrees: number, b: number): Tensor {
  return cached('waves by partner', [degrees, b], () => {
    const data = Float64Array.from({ length: 8 * degrees * b }, (_, i) => {
      const row = Math.floor(i / (2 * b)) % (2 * degrees)
      const kind = Math.floor(i / (4 * degrees * b))
      return wave(row >> 1, kind ^ (row & 1), i % (2 * b), b)
    })
    return constant(data, [2, 2 * degrees, 2 * b])
  })
}
