import { driscollHealyGrid, rotationPolarTable, spherePolarTable } from '@equivar/groups'
import { add, concat, constant, flip, mul, neg, reshape, sub, type Tensor, unsqueeze } from '@equivar/tensor'
import { cached } from './cache.ts'

const parity = (order: number): number => (order % 2 === 0 ? 1 : -1)

/** The quadrature weights w_j / 2, which sum to 1, divided by the number of samples per ring: [2b]. */
export function polarWeights(b: number, samplesOfRing: number): Tensor {
  return cached('polar weights', [b, samplesOfRing], () =>
    constant(
      driscollHealyGrid(b).weights.map((w) => w / 2 / samplesOfRing),
      [2 * b],
    ),
  )
}

/** The dimension 2l + 1 of each degree, repeated: [repeats degrees, 1]. */
export function dimensionsOf(degrees: number, repeats: number): Tensor {
  return cached('dimensions', [degrees, repeats], () =>
    constant(
      Float64Array.from({ length: repeats * degrees }, (_, i) => 2 * (i % degrees) + 1),
      [repeats * degrees, 1],
    ),
  )
}

/**
 * The polar factor of the real harmonics R^l_M0 on the grid; see spherePolarTable.
 *
 * @returns float32 [degrees (m), 1, degrees (l), 2b].
 */
export function spherePolar(degrees: number, b: number): Tensor {
  return cached('sphere polar', [degrees, b], () => constant(spherePolarTable(degrees, b), [degrees, 1, degrees, 2 * b]))
}

/** (-1)^(m + n) d^l_mn(beta_j), times sqrt(1/2) for each order that is 0: [m, n, l, 2b]. Entries with l < max(m, n) are 0. */
function smallD(degrees: number, b: number): Tensor {
  return cached('small d', [degrees, b], () => constant(rotationPolarTable(degrees, b), [degrees, degrees, degrees, 2 * b]))
}

/** The signs (-1)^(l + m + n), [m, n, l, 1], for which (-1)^m d^l_m,-n(beta) = sign (-1)^(m + n) d^l_mn(pi - beta). */
function mirrorSigns(degrees: number): Tensor {
  return cached('mirror signs', [degrees], () => {
    const data = Float64Array.from({ length: degrees ** 3 }, (_, i) =>
      // The exclusive or of the three orders is odd if their sum is.
      parity(Math.floor(i / degrees ** 2) ^ (Math.floor(i / degrees) % degrees) ^ (i % degrees)),
    )
    return constant(data, [degrees, degrees, degrees, 1])
  })
}

/** 1 if a slot contains a matrix element, 0 if it is one of the unused slots of order -0: [m, n, 1, 1]. */
function existing(degrees: number, exists: (m: number, n: number) => boolean): Tensor {
  const data = Float64Array.from({ length: degrees ** 2 }, (_, i) => (exists(Math.floor(i / degrees), i % degrees) ? 1 : 0))
  return constant(data, [degrees, degrees, 1, 1])
}

/**
 * The polar factors of the real matrix elements R^l_MN of SO(3) on the grid.
 *
 * Let P = d'_mn + d''_mn and Q = d''_mn - d'_mn, where d' = (-1)^(m+n) d^l_mn and d'' = (-1)^m d^l_m,-n, both scaled for orders 0. Then
 * R_mn = P cos cos + Q sin sin, R_-m,-n = -Q cos cos - P sin sin, R_-m,n = P sin cos - Q cos sin, R_m,-n = Q sin cos - P cos sin,
 * where the first factor is a wave in alpha of frequency m and the second is a wave in gamma of frequency n.
 *
 * Only d' is stored, one number per m, n, l and beta. The rest is arithmetic on constants, which a runtime folds when it loads the program.
 *
 * @returns float32 [2 (kind of gamma), 2 degrees^2 (m, parity, n), 2 degrees (slot, l), 2b]. Slots of parity 0: (m, n), (-m, -n); of parity 1: (-m, n), (m, -n).
 */
export function rotationPolar(degrees: number, b: number): Tensor {
  return cached('rotation polar', [degrees, b], () => {
    const direct = smallD(degrees, b)
    const mirrored = mul(flip(direct, 3), mirrorSigns(degrees))
    const both = existing(degrees, (m, n) => m > 0 && n > 0)
    const p = add(direct, mirrored)
    const q = sub(mirrored, direct)
    const left = existing(degrees, (m) => m > 0)
    const right = existing(degrees, (_, n) => n > 0)
    // [m, n, slot l, beta] for each kind in gamma and each parity.
    const blocks = [
      [concat([p, neg(mul(q, both))], 2), concat([mul(p, left), mul(q, right)], 2)],
      [concat([q, neg(mul(p, both))], 2), neg(concat([mul(q, left), mul(p, right)], 2))],
    ]
    const kinds = blocks.map((parities) =>
      unsqueeze(
        concat(
          parities.map((x) => unsqueeze(x, 1)),
          1,
        ),
        0,
      ),
    )
    return reshape(concat(kinds, 0), [2, 2 * degrees * degrees, 2 * degrees, 2 * b])
  })
}
