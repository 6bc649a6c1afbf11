import type { PlanarElement, PlanarGroup, PlanarIrrep } from './planar-group.ts'

/** A kernel on a circle: K(phi)_oi = sum over c of coefficients[o, i, c] Y_c(phi), with Y = (cos m phi, sin m phi), or (1) for m = 0. */
export interface HarmonicKernel {
  readonly frequency: number
  /** [output components, input components, 1 or 2], row-major. */
  readonly coefficients: Float64Array
}

/** The action of an element on the circular harmonics of a frequency, row-major. */
function harmonicMatrix(frequency: number, { mirror, angle }: PlanarElement): Float64Array {
  if (frequency === 0) return Float64Array.of(1)
  const [c, s, sign] = [Math.cos(frequency * angle), Math.sin(frequency * angle), mirror ? -1 : 1]
  return Float64Array.of(c, -s * sign, s, c * sign)
}

/** The Kronecker product of square matrices, row-major. */
function kronecker(a: Float64Array, b: Float64Array): Float64Array {
  const [n, m] = [Math.sqrt(a.length), Math.sqrt(b.length)]
  const size = n * m
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size]
    return a[Math.floor(row / m) * n + Math.floor(column / m)]! * b[(row % m) * m + (column % m)]!
  })
}

/** What of a vector is orthogonal to orthonormal others, scaled to length 1; undefined if that is nothing. */
function orthonormalPart(vector: Float64Array, others: readonly Float64Array[]): Float64Array | undefined {
  const rest = vector.slice()
  for (const other of others) {
    const share = rest.reduce((sum, v, i) => sum + v * other[i]!, 0)
    rest.forEach((_, i) => {
      rest[i]! -= share * other[i]!
    })
  }
  const length = Math.hypot(...rest)
  return length < 1e-6 ? undefined : rest.map((v) => v / length)
}

/**
 * An orthonormal basis of the kernels of one angular frequency between two irreps that the group allows: K(g x) = output(g) K(x) input(g)^-1.
 *
 * The mean over the group of output(g) x input(g) x harmonics(g) is the projection to their coefficients; its columns are made orthonormal. The mean is
 * exact for SO(2) and O(2) too: finitely many elements suffice for these frequencies.
 *
 * @see Weiler, Cesa 2019, "General E(2)-equivariant steerable CNNs", theorem 1 and appendix F.
 */
export function harmonicKernels(group: PlanarGroup, output: PlanarIrrep, input: PlanarIrrep, frequency: number): HarmonicKernel[] {
  const elements = group.elements(output.frequency + input.frequency + frequency)
  const size = group.components(output) * group.components(input) * (frequency === 0 ? 1 : 2)
  const projection = new Float64Array(size * size)
  for (const element of elements) {
    const pair = kronecker(group.matrix(output, element), group.matrix(input, element))
    kronecker(pair, harmonicMatrix(frequency, element)).forEach((v, i) => {
      projection[i]! += v / elements.length
    })
  }
  const basis: Float64Array[] = []
  for (let column = 0; column < size; column++) {
    const part = orthonormalPart(
      Float64Array.from({ length: size }, (_, row) => projection[row * size + column]!),
      basis,
    )
    if (part !== undefined) basis.push(part)
  }
  return basis.map((coefficients) => ({ frequency, coefficients }))
}
