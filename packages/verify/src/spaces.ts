/** The inner product of the first `width` entries. */
const dot = (a: Float64Array, b: Float64Array, width: number = a.length): number => {
  let sum = 0
  for (let i = 0; i < width; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** The component of a vector orthogonal to orthonormal vectors. The projection is subtracted twice to remove rounding errors. */
function residual(vector: Float64Array, basis: readonly Float64Array[], width: number = vector.length): Float64Array {
  const rest = vector.slice()
  for (let pass = 0; pass < 2; pass++)
    for (const q of basis) {
      const amount = dot(q, rest, width)
      // Stryker disable next-line EqualityOperator: a typed array ignores what is written behind its end.
      for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] as number) - amount * (q[i] as number)
    }
  return rest
}

/** Gram-Schmidt. Drops vectors that depend on earlier ones up to 1e-9 of their length. Entries from `width` are transformed along, but not used. */
function orthonormal(vectors: readonly Float64Array[], width?: number): Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = residual(vector, basis, width)
    const length = Math.sqrt(dot(rest, rest, width))
    if (length > 1e-9 * Math.sqrt(dot(vector, vector, width))) basis.push(rest.map((v) => v / length))
  }
  return basis
}

/** The largest magnitude of an entry. */
const largest = (vector: Float64Array): number => vector.reduce((top, entry) => Math.max(top, Math.abs(entry)), 0)

/** The largest entry of the residuals of unit vectors. */
const distance = (vectors: readonly Float64Array[], basis: readonly Float64Array[]): number =>
  vectors.reduce((worst, v) => Math.max(worst, largest(residual(v, basis))), 0)

/** The comparison of the space of a layer's maps with the span of the orbit indicators. */
export interface Difference {
  /** The dimension of the space of the layer's maps. */
  readonly dimension: number
  readonly error: number
}

/** A partition of entries into orbits. */
export interface Orbits {
  readonly labels: Int32Array
  readonly count: number
  /** The square root of the number of entries of each orbit. */
  readonly lengths: Float64Array
}

/** @param labels - the orbit of each entry, counted from 0. */
export function orbitsOf(labels: Int32Array, count: number): Orbits {
  const lengths = new Float64Array(count)
  for (const orbit of labels) lengths[orbit] = (lengths[orbit] as number) + 1
  return { labels, count, lengths: lengths.map(Math.sqrt) }
}

/** The indicator vectors of the orbits, normalized. They are orthogonal. */
function indicators({ labels, count, lengths }: Orbits): Float64Array[] {
  const found = Array.from({ length: count }, () => new Float64Array(labels.length))
  labels.forEach((orbit, at) => {
    ;(found[orbit] as Float64Array)[at] = 1 / (lengths[orbit] as number)
  })
  return found
}

/** Compares maps with the span of the orbit indicators, using all entries. Cost: maps^2 x entries. */
export function entrywise(maps: readonly Float64Array[], orbits: Orbits): Difference {
  const [layer, all] = [orthonormal(maps), indicators(orbits)]
  return { dimension: layer.length, error: Math.max(distance(layer, all), distance(all, layer)) }
}

/**
 * The same comparison in coordinates along the indicators, for maps that are constant on orbits; undefined for other maps. Cost: maps x entries.
 *
 * The components of the maps outside the span of the indicators enter through the sums of their magnitudes, so the error is an upper bound.
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
