/** The inner product of the first so many entries. */
const dot = (a: Float64Array, b: Float64Array, width: number = a.length): number => {
  let sum = 0
  for (let i = 0; i < width; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** Takes from a vector what lies along orthonormal ones, twice, so that rounding does not count. */
function residual(vector: Float64Array, basis: readonly Float64Array[], width: number = vector.length): Float64Array {
  const rest = vector.slice()
  for (let pass = 0; pass < 2; pass++)
    for (const q of basis) {
      const amount = dot(q, rest, width)
      for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] as number) - amount * (q[i] as number)
    }
  return rest
}

/** Gram-Schmidt; what depends on those before it, to 1e-9 of its length, is left out. Entries behind `width` are carried along. */
function orthonormal(vectors: readonly Float64Array[], width?: number): Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = residual(vector, basis, width)
    const length = Math.sqrt(dot(rest, rest, width))
    if (length > 1e-9 * Math.sqrt(dot(vector, vector, width))) basis.push(rest.map((v) => v / length))
  }
  return basis
}

/** Largest magnitude of an entry. */
const largest = (vector: Float64Array): number => vector.reduce((top, entry) => Math.max(top, Math.abs(entry)), 0)

/** Largest entry of the residuals of unit vectors. */
const distance = (vectors: readonly Float64Array[], basis: readonly Float64Array[]): number =>
  vectors.reduce((worst, v) => Math.max(worst, largest(residual(v, basis))), 0)

/** How two spaces of maps differ. */
export interface Difference {
  readonly dimension: number
  readonly error: number
}

/** The orbits that entries belong to. */
export interface Orbits {
  readonly labels: Int32Array
  readonly count: number
  /** Square roots of how many entries each has. */
  readonly lengths: Float64Array
}

/** @param labels - the orbit of each entry, counted from 0. */
export function orbitsOf(labels: Int32Array, count: number): Orbits {
  const lengths = new Float64Array(count)
  for (const orbit of labels) lengths[orbit] = (lengths[orbit] as number) + 1
  return { labels, count, lengths: lengths.map(Math.sqrt) }
}

/** The indicators of orbits, which have no entry in common, as unit vectors. */
function indicators({ labels, count, lengths }: Orbits): Float64Array[] {
  const found = Array.from({ length: count }, () => new Float64Array(labels.length))
  labels.forEach((orbit, at) => {
    ;(found[orbit] as Float64Array)[at] = 1 / (lengths[orbit] as number)
  })
  return found
}

/** What two spaces have in common, entry by entry: the maps, and the span of the indicators. Cost: maps^2 times entries. */
export function entrywise(maps: readonly Float64Array[], orbits: Orbits): Difference {
  const [layer, all] = [orthonormal(maps), indicators(orbits)]
  return { dimension: layer.length, error: Math.max(distance(layer, all), distance(all, layer)) }
}

/**
 * The same in coordinates along the indicators, for maps that are constant on orbits; undefined where they are not. Cost: maps times entries.
 *
 * What a map has beside its coordinates is carried to the orthonormal maps by the sums of magnitudes, so the error is a bound.
 */
export function orbitwise(maps: readonly Float64Array[], { labels, count, lengths }: Orbits): Difference | undefined {
  const beside = new Float64Array(maps.length)
  const extended = maps.map((map, k) => {
    const coordinates = new Float64Array(count + maps.length)
    for (let at = 0; at < map.length; at++) {
      const orbit = labels[at] as number
      coordinates[orbit] = (coordinates[orbit] as number) + (map[at] as number) / (lengths[orbit] as number)
    }
    for (let at = 0; at < map.length; at++) {
      const orbit = labels[at] as number
      const off = Math.abs((map[at] as number) - (coordinates[orbit] as number) / (lengths[orbit] as number))
      if (!(off <= (beside[k] as number))) beside[k] = off
    }
    coordinates[count + k] = 1
    return coordinates
  })
  if (maps.some((map, k) => !((beside[k] as number) <= 1e-9 * largest(map)))) return undefined
  const basis = orthonormal(extended, count)
  const outside = basis.map((q) => beside.reduce((sum, off, k) => sum + off * Math.abs(q[count + k] as number), 0))
  const layer = basis.map((q) => q.subarray(0, count))
  const units = Array.from({ length: count }, (_, orbit) => Float64Array.from({ length: count }, (_, i) => Number(i === orbit)))
  return { dimension: layer.length, error: Math.max(...outside, distance(units, layer)) }
}
