import { fanInUniform, Module, normal, type Parameter, parameter } from '@equivar/nn'
import { concat, constant, matMul, reshape, type Tensor, transpose, zeros } from '@equivar/tensor'
import { addChannels } from '../convolution.ts'
import { type Padding, SlidingWindow } from '../sliding-window.ts'
import type { FieldSummand, FieldType } from './field-type.ts'
import { type ConstantBasis, constantBasis, type FrequencyLimit, publishedLimit } from './kernel-basis.ts'
import type { PlaneRepresentation } from './plane-representation.ts'

/** Options of SteerableConvolution. */
export interface SteerableConvolutionOptions {
  readonly input: FieldType
  readonly output: FieldType
  /** The side of the square kernel. */
  readonly kernel: number
  /** The distance between successive windows; 1 by default. */
  readonly stride?: number
  /** `valid` by default; one number for both axes. */
  readonly padding?: Extract<Padding, string> | number
  /** True (the default) for a bias per field, added to what the group leaves as it is. */
  readonly bias?: boolean
  /** The largest angular frequency on each ring of the kernel; by default that of the published networks. */
  readonly limit?: FrequencyLimit
}

/** The components that the group leaves as they are: [irreps, size], row-major. */
function invariantComponents(representation: PlaneRepresentation): { readonly count: number; readonly values: Float64Array } {
  const { size, basis } = representation
  const columns = representation.summands.filter(({ irrep }) => irrep.frequency === 0 && !irrep.odd).map(({ at }) => at)
  return {
    count: columns.length,
    values: Float64Array.from({ length: columns.length * size }, (_, i) => basis[(i % size) * size + columns[Math.floor(i / size)]!]!),
  }
}

/**
 * Convolution of fields on the plane with kernels that commute with a planar group: C_N, D_N, SO(2) or O(2).
 *
 * Law: f(g x) = g f(x), where (g x)(p) = rho(g) x(g^-1 p): exact for the elements of the group that map the grid to itself (right angles and mirrors), up to
 * sampling for the others; and for shifts by multiples of the stride, away from the borders.
 *
 * y(t) = b + sum over s of K(s) x(t + s), where K(s) = sum over k of weight_k K_k(s), and the K_k are all solutions of K(g s) = output(g) K(s) input(g)^-1 on the rings
 * of the kernel with angular frequencies up to `limit`.
 *
 * @throws RangeError if the types are of different groups, or as LiftingConvolution for padding and kernels that right angles do not map to themselves.
 * @throws ShapeError in `forward` if x has other channels, or a known size and the stride break the law.
 * @remarks Cost: one product of [fields out x fields in, kernels] and [kernels, entries of a kernel] per pair of summands, then a convolution. In training the
 * filter is expanded once a step; in an exported model it is a constant.
 * @see Weiler, Cesa 2019, "General E(2)-equivariant steerable CNNs".
 */
export class SteerableConvolution extends Module {
  /** For each output summand and each input summand between which there are kernels: [fields out, fields in, kernels]. */
  readonly weights: Parameter[]
  /** For each output summand with components that the group leaves as they are: [fields out, such components]. */
  readonly biases: Parameter[]
  readonly #input: FieldType
  readonly #output: FieldType
  readonly #window: SlidingWindow
  /** For each output summand and each input summand. */
  readonly #blocks: readonly ConstantBasis[]

  constructor({ input, output, kernel, stride, padding, bias = true, limit = publishedLimit }: SteerableConvolutionOptions) {
    super()
    if (input.group.name !== output.group.name)
      throw new RangeError(
        `SteerableConvolution: expected input and output of one group, received ${input.group.name} and ${output.group.name}. Use restrict.`,
      )
    const options = { kernel, ...(stride === undefined ? {} : { stride }), ...(padding === undefined ? {} : { padding }) }
    this.#window = new SlidingWindow('SteerableConvolution', options, { symmetric: true, turning: output.group.name })
    this.#input = input
    this.#output = output
    this.#blocks = output.summands.flatMap((to) =>
      input.summands.map((from) => constantBasis(to.representation, from.representation, kernel, limit)),
    )
    this.weights = output.summands.flatMap((to, o) => {
      // Each output component then has the mean square of the input's components, as independent inputs would give.
      const terms = input.summands.reduce((sum, from, i) => sum + from.multiplicity * this.#block(o, i).count, 0)
      const initializer = normal(1 / Math.sqrt(Math.max(1, terms)))
      return input.summands.flatMap((from, i) => {
        const { count } = this.#block(o, i)
        return count === 0 ? [] : [parameter([to.multiplicity, from.multiplicity, count], { initializer })]
      })
    })
    this.biases = this.#biased(bias).map((to) =>
      parameter([to.multiplicity, invariantComponents(to.representation).count], {
        initializer: fanInUniform({ fanIn: input.channels * kernel ** 2 }),
      }),
    )
  }

  #block(output: number, input: number): ConstantBasis {
    return this.#blocks[output * this.#input.summands.length + input]!
  }

  #biased(bias: boolean): readonly FieldSummand[] {
    return bias ? this.#output.summands.filter(({ representation }) => invariantComponents(representation).count > 0) : []
  }

  /** The filter from one input summand to one output summand: [out channels, in channels, side, side]. */
  #filter(o: number, i: number): Tensor {
    const [to, from] = [this.#output.summands[o]!, this.#input.summands[i]!]
    const { count, values } = this.#block(o, i)
    const [outer, inner] = [to.representation.size, from.representation.size]
    const [height, width] = this.#window.kernel as [number, number]
    const shape = [to.multiplicity * outer, from.multiplicity * inner, height, width]
    if (count === 0) return zeros(shape)
    const before = this.#blocks.slice(0, o * this.#input.summands.length + i).filter((block) => block.count > 0).length
    const expanded = matMul(reshape(this.weights[before]!, [to.multiplicity * from.multiplicity, count]), values)
    const apart = reshape(expanded, [to.multiplicity, from.multiplicity, outer, inner, height * width])
    return reshape(transpose(apart, [0, 2, 1, 3, 4]), shape)
  }

  /** The bias of every output channel, [channels]; undefined without any. */
  #bias(): Tensor | undefined {
    if (this.biases.length === 0) return undefined
    let next = 0
    const parts = this.#output.summands.map(({ representation, multiplicity }) => {
      const { count, values } = invariantComponents(representation)
      const channels = multiplicity * representation.size
      if (count === 0) return constant(new Float64Array(channels), [channels], 'float32')
      return reshape(matMul(this.biases[next++]!, constant(values, [count, representation.size], 'float32')), [channels])
    })
    return concat(parts, 0)
  }

  /**
   * @param x - float32 [batch, input.channels, height, width].
   * @returns float32 [batch, output.channels, height', width'].
   */
  forward(x: Tensor): Tensor {
    this.#input.demand('SteerableConvolution.forward', x)
    const rows = this.#output.summands.map((_, o) =>
      concat(
        this.#input.summands.map((__, i) => this.#filter(o, i)),
        1,
      ),
    )
    return addChannels(this.#window.convolve(x, concat(rows, 0)), this.#bias())
  }
}
