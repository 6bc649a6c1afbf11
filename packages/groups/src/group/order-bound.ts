/** n!, by halves, so that the factors of each product have about the same length. */
export function factorial(n: number): bigint {
  return productOf(2, n)
}

/** The product of the integers from `first` to `last`; 1 if there are none. */
function productOf(first: number, last: number): bigint {
  if (last - first < 16) {
    let product = 1n
    for (let k = first; k <= last; k++) product *= BigInt(k)
    return product
  }
  const middle = Math.floor((first + last) / 2)
  return productOf(first, middle) * productOf(middle + 1, last)
}

/** The orbits of the points under some generators, each sorted, in the order of their smallest points. */
export function orbitsOf(degree: number, generators: readonly Uint32Array[]): number[][] {
  const orbits: number[][] = []
  const seen = new Uint8Array(degree)
  for (let start = 0; start < degree; start++) {
    if (seen[start] === 1) continue
    seen[start] = 1
    const orbit = [start]
    for (const point of orbit) {
      for (const images of generators) {
        const image = images[point]!
        if (seen[image] === 1) continue
        seen[image] = 1
        orbit.push(image)
      }
    }
    orbits.push(orbit.sort((a, b) => a - b))
  }
  return orbits
}

function isOdd(images: Uint32Array, orbit: readonly number[]): boolean {
  const seen = new Set<number>()
  let odd = false
  for (const start of orbit) {
    for (let point = images[start]!; point !== start && !seen.has(start); point = images[point]!) {
      seen.add(point)
      odd = !odd
    }
    seen.add(start)
  }
  return odd
}

/** The rank over the field of two elements of a matrix whose rows are the bits of bigints. */
function rankOverBits(rows: readonly bigint[]): number {
  const reduced: bigint[] = []
  for (let row of rows) {
    for (const pivot of reduced) if ((row ^ pivot) < row) row ^= pivot
    if (row !== 0n) reduced.push(row)
  }
  return reduced.length
}

/**
 * An upper bound on the order of a permutation group. Symmetric and alternating groups and their subdirect products attain it.
 *
 * |G| <= 2^r product_k |O_k|! / 2 over the orbits O_k, where r is the rank of the matrix of signs of the generators on the orbits. A stabilizer chain
 * whose orbit lengths multiply to this bound is complete.
 */
export function orderBound(degree: number, generators: readonly Uint32Array[]): bigint {
  const orbits = orbitsOf(degree, generators).filter((orbit) => orbit.length > 1)
  let bound = 1n
  for (const orbit of orbits) bound *= factorial(orbit.length) / 2n
  const signs = generators.map((images) => orbits.reduce((row, orbit, k) => (isOdd(images, orbit) ? row | (1n << BigInt(k)) : row), 0n))
  return bound << BigInt(rankOverBits(signs))
}
