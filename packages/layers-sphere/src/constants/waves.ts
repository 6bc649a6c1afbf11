import { cosineSineTable } from '@equivar/groups'
import { constant, type Tensor } from '@equivar/tensor'
import { cached } from './cache.ts'

/** The real waves on the 2b points of a circle as rows: the wave of each frequency and kind, 0 the cosine and 1 the sine. */
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
 * Real waves on the 2b points of a circle, ordered by frequency, then cosine and sine.
 *
 * @returns float32 [2 degrees, 2b]; the sine of frequency 0 is a row of zeros.
 */
export function wavesByFrequency(degrees: number, b: number): Tensor {
  return cached('waves by frequency', [degrees, b], () => constant(cosineSineTable(degrees, 2 * b), [2 * degrees, 2 * b]))
}

/** The same waves, ordered by cosine and sine, then frequency: [2 degrees, 2b]. */
export function wavesByKind(degrees: number, b: number): Tensor {
  return cached('waves by kind', [degrees, b], () => {
    const rows = [0, 1].flatMap((kind) => Array.from({ length: degrees }, (_, m) => [m, kind] as const))
    return constant(waveRows(degrees, b, rows), [2 * degrees, 2 * b])
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
    const partners = (kind: number, m: number) => [0, 1].map((parity) => [m, kind ^ parity] as const)
    const rows = [0, 1].flatMap((kind) => Array.from({ length: degrees }, (_, m) => partners(kind, m)).flat())
    return constant(waveRows(degrees, b, rows), [2, 2 * degrees, 2 * b])
  })
}
