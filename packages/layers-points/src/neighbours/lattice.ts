/** A point set's frame: three vectors, and along which of them it repeats. */
export interface Lattice {
  /** Nine numbers: a vector in each row. */
  readonly vectors: Float64Array
  /** The inverse, row-major: positions (rows) times it are fractional coordinates. */
  readonly inverse: Float64Array
  /** Distances of the planes that the other two vectors span. */
  readonly heights: readonly [number, number, number]
  readonly periodic: readonly [boolean, boolean, boolean]
}

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)

function inverseOf(m: Float64Array): Float64Array | undefined {
  const [a, b, c, d, e, f, g, h, i] = m as unknown as [number, number, number, number, number, number, number, number, number]
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
  const scale = Math.max(...m.map(Math.abs))
  if (!(Math.abs(determinant) > 1e-12 * scale ** 3)) return undefined
  return Float64Array.of(
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ).map((value) => value / determinant)
}

/**
 * @param cell - nine numbers, a lattice vector in each row; none for points that do not repeat.
 * @throws RangeError if the vectors lie in a plane, or a number is not finite.
 */
export function latticeOf(
  where: string,
  cell: ArrayLike<number> | undefined,
  periodic: readonly [boolean, boolean, boolean] = [true, true, true],
): Lattice {
  if (cell === undefined) return { vectors: IDENTITY, inverse: IDENTITY, heights: [1, 1, 1], periodic: [false, false, false] }
  const vectors = Float64Array.from(cell)
  if (vectors.length !== 9 || !vectors.every(Number.isFinite))
    throw new RangeError(
      `${where}: expected a cell of nine finite numbers, a lattice vector in each row, received ${vectors.length} numbers.`,
    )
  const inverse = inverseOf(vectors)
  if (inverse === undefined)
    throw new RangeError(`${where}: expected three lattice vectors that do not lie in one plane, received [${[...vectors].join(', ')}].`)
  // Column a of the inverse is the normal of the planes of the other two vectors, over their distance.
  const height = (a: number): number => 1 / Math.hypot(inverse[a] as number, inverse[a + 3] as number, inverse[a + 6] as number)
  return { vectors, inverse, heights: [height(0), height(1), height(2)], periodic }
}
