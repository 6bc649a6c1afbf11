import { cosineSineTable } from '@equivar/groups'
import { constant, type Tensor } from '@equivar/tensor'
import { cached } from './cache.ts'

/** The rows of the cosine-sine table on 2b points for given frequencies and kinds: kind 0 is the cosine, kind 1 the sine. */
function waveRows(degrees: number, b: number, rows: readonly (readonly [frequency: number, kind: number])[]): Float64Array {
  const [waves, size] = [cosineSineTable(degrees, 2 * b), 2 * b]
  const table = new Float64Array(rows.length * size)
  rows.forEach(([frequency, kind], row) => {
    const start = (2 * frequency + kind) * size
    table.set(waves.subarray(start, start + size), row * size)
  })
  return table
}

/**
 * Cosines and sines on 2b points of the circle, ordered by frequency, then kind (cosine, sine).
 *
 * @returns float32 [2 degrees, 2b]; the sine of frequency 0 is a row of zeros.
 */
export function wavesByFrequency(degrees: number, b: number): Tensor {
  return cached('waves by frequency', [degrees, b], () => constant(cosineSineTable(degrees, 2 * b), [2 * degrees, 2 * b]))
}

/** The same table, ordered by kind (cosine, sine), then frequency: [2 degrees, 2b]. */
export function wavesByKind(degrees: number, b: number): Tensor {
  return cached('waves by kind', [degrees, b], () => {
    const rows = [0, 1].flatMap((kind) => Array.from({ length: degrees }, (_, m) => [m, kind] as const))
    return constant(waveRows(degrees, b, rows), [2 * degrees, 2 * b])
  })
}

/**
 * For each kind of wave in gamma, the waves in alpha that are multiplied with it.
 *
 * A real matrix element of SO(3) is a combination of cos cos and sin sin (parity 0), or of sin cos and cos sin (parity 1). For kind c in gamma, row
 * (m, parity) is the wave in alpha of frequency m and kind c xor parity.
 *
 * @returns float32 [2 (c), 2 degrees (m, parity), 2b].
 */
export function wavesByPartner(degrees: number, b: number): Tensor {
  return cached('waves by partner', [degrees, b], () => {
    const partners = (kind: number, m: number) => [0, 1].map((parity) => [m, kind ^ parity] as const)
    const rows = [0, 1].flatMap((kind) => Array.from({ length: degrees }, (_, m) => partners(kind, m)).flat())
    return constant(waveRows(degrees, b, rows), [2, 2 * degrees, 2 * b])
  })
}
