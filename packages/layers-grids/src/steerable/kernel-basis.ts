import { constant, type Tensor } from '@equivar/tensor'
import { type HarmonicKernel, harmonicKernels } from './harmonic-kernels.ts'
import type { PlaneRepresentation } from './plane-representation.ts'

/** The largest angular frequency on a ring, from its radius in pixels and that of the outermost ring. */
export type FrequencyLimit = (radius: number, outermost: number) => number

/**
 * The limit of the published networks: 2 r, less 1 where r is even, and at most 2 on the outermost ring, which a square kernel does not contain entirely.
 *
 * A ring of radius r has about 2 pi r pixels; frequencies near pi r would alias.
 */
export const publishedLimit: FrequencyLimit = (radius, outermost) =>
  Math.floor(radius === outermost ? Math.min(2 * radius, 2) : 2 * radius - (radius > 0 && radius % 2 === 0 ? 1 : 0))

/** The width of the Gaussian profile of a ring, in pixels. */
const width = (radius: number, outermost: number): number => (radius === outermost && radius > 0 ? 0.4 : 0.6)

/** Functions on the pixels of a square kernel: those of a ring times (cos m phi, sin m phi). */
class RingSamples {
  readonly rings: readonly number[]
  readonly outermost: number
  readonly #points: readonly { readonly up: number; readonly left: number }[]

  constructor(side: number) {
    this.outermost = (side - 1) / 2
    this.rings = Array.from({ length: Math.ceil(side / 2) }, (_, i) => this.outermost - i).toReversed()
    this.#points = Array.from({ length: side * side }, (_, at) => ({
      up: this.outermost - Math.floor(at / side),
      left: this.outermost - (at % side),
    }))
  }

  /** The values of a ring's profile. */
  profile(ring: number): Float64Array {
    const sigma = width(ring, this.outermost)
    return Float64Array.from(this.#points, ({ up, left }) => Math.exp(-(((Math.hypot(up, left) - ring) / sigma) ** 2) / 2))
  }

  /**
   * cos m phi and sin m phi, or 1 for m = 0, at every pixel; phi is counterclockwise from the upward direction. 0 at the centre for m > 0.
   *
   * Powers of a complex number: quarter turns and mirrors of a pixel exchange the parts and change signs, and the values follow bit for bit.
   */
  harmonics(frequency: number): Float64Array[] {
    if (frequency === 0) return [new Float64Array(this.#points.length).fill(1)]
    const values = this.#points.map(({ up, left }) => {
      const radius = Math.hypot(up, left)
      if (radius === 0) return [0, 0] as const
      const [a, b] = [up / radius, left / radius]
      let [c, s] = [a, b]
      for (let power = 1; power < frequency; power++) [c, s] = [c * a - s * b, s * a + c * b]
      return [c, s] as const
    })
    return [Float64Array.from(values, ([c]) => c), Float64Array.from(values, ([, s]) => s)]
  }
}

/** Kernels between two representations that commute with the group, sampled on a square of pixels. */
export interface KernelBasis {
  readonly count: number
  /** [count, output size, input size, side, side], row-major. The squares of each kernel add up to the output size. */
  readonly values: Float64Array
}

/** One kernel in the bases of the representations: [output size, input size, pixels]. */
function sampledKernel(
  [output, input]: readonly [PlaneRepresentation, PlaneRepresentation],
  [o, i]: readonly [number, number],
  { coefficients }: HarmonicKernel,
  functions: readonly Float64Array[],
): Float64Array {
  const pixels = functions[0]!.length
  const [outer, inner] = [output.size, input.size]
  const outComponents = output.group.components(output.summands[o]!.irrep)
  const inComponents = input.group.components(input.summands[i]!.irrep)
  const result = new Float64Array(outer * inner * pixels)
  for (let a = 0; a < outComponents; a++)
    for (let b = 0; b < inComponents; b++) {
      const parts = functions.map((_, c) => coefficients[(a * inComponents + b) * functions.length + c]!)
      if (parts.every((part) => part === 0)) continue
      const samples = functions[0]!.map((_, p) => parts.reduce((sum, part, c) => sum + part * functions[c]![p]!, 0))
      for (let row = 0; row < outer; row++)
        for (let column = 0; column < inner; column++) {
          const factor = output.basis[row * outer + output.summands[o]!.at + a]! * input.basis[column * inner + input.summands[i]!.at + b]!
          if (factor === 0) continue
          const at = (row * inner + column) * pixels
          for (let p = 0; p < pixels; p++) result[at + p]! += factor * samples[p]!
        }
    }
  return result
}

/**
 * A basis of the kernels K(x) between two representations of a planar group with K(g x) = output(g) K(x) input(g)^-1: circular harmonics times Gaussian rings.
 *
 * Right angles of the group are exact on the pixels, because they permute them. For other angles the error is that of sampling; a limit of the frequency for each
 * ring keeps it small.
 *
 * @see Weiler, Cesa 2019, "General E(2)-equivariant steerable CNNs", sections 2.4 and 2.7.
 */
export function kernelBasis(output: PlaneRepresentation, input: PlaneRepresentation, side: number, limit: FrequencyLimit): KernelBasis {
  const samples = new RingSamples(side)
  const kernels: Float64Array[] = []
  for (const ring of samples.rings) {
    const profile = samples.profile(ring)
    for (let frequency = 0; frequency <= limit(ring, samples.outermost); frequency++) {
      const functions = samples.harmonics(frequency).map((values) => values.map((v, p) => v * profile[p]!))
      output.irreps.forEach((to, o) => {
        input.irreps.forEach((from, i) => {
          for (const kernel of harmonicKernels(output.group, to, from, frequency)) {
            const values = sampledKernel([output, input], [o, i], kernel, functions)
            const length = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0))
            if (length > 1e-9) kernels.push(values.map((v) => (v * Math.sqrt(output.size)) / length))
          }
        })
      })
    }
  }
  const size = output.size * input.size * side * side
  const values = new Float64Array(kernels.length * size)
  kernels.forEach((kernel, k) => {
    values.set(kernel, k * size)
  })
  return { count: kernels.length, values }
}

/** A basis as a part of an expression: [count, output size x input size x pixels]. */
export interface ConstantBasis {
  readonly count: number
  readonly values: Tensor
}

/** A basis that was made for an output representation. */
interface MadeBasis {
  readonly input: PlaneRepresentation
  readonly side: number
  readonly limit: FrequencyLimit
  readonly basis: ConstantBasis
}

const madeBases = /* @__PURE__ */ new WeakMap<PlaneRepresentation, MadeBasis[]>()

/** The basis as a constant; one for all layers with these representations, so that a file contains it once. */
export function constantBasis(output: PlaneRepresentation, input: PlaneRepresentation, side: number, limit: FrequencyLimit): ConstantBasis {
  const made = madeBases.get(output) ?? []
  const known = made.find((one) => one.input === input && one.side === side && one.limit === limit)
  if (known !== undefined) return known.basis
  const { count, values } = kernelBasis(output, input, side, limit)
  const basis = { count, values: constant(values, [count, output.size * input.size * side * side], 'float32') }
  madeBases.set(output, [...made, { input, side, limit, basis }])
  return basis
}
