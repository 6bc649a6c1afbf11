import { type EquivariantBasis, equivariantBasis, invariantBasis, type Representation } from '@equivar/groups'
import { constantOf, type Initializer, Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, constant, matMul, reshape, swapAxes, type Tensor, zeros } from '@equivar/tensor'
import { type Copies, copiesOf, joined, requireVectors } from './copies.ts'
import { factoredCost, type Maps, mapped, matrixCost, matrixOf } from './maps.ts'

/** Options of RepresentationLinear. */
export interface RepresentationLinearOptions {
  readonly input: Representation
  /** Of the same group as the input. */
  readonly output: Representation
  /** True (the default) for a bias: a weight for each invariant vector of the output. */
  readonly bias?: boolean
  /** Initializes the weights of each pair of summands [maps, input copies, output copies]. The default is normal and gives outputs of variance 1 in the mean. */
  readonly initializer?: Initializer
  /**
   * How to compute the layer: `dense` makes one matrix of all weights; `factored` applies each map and mixes the copies then. `automatic` (the default) takes what
   * has fewer multiplications. Both give the same result.
   */
  readonly evaluation?: 'automatic' | 'dense' | 'factored'
}

/** The number of examples for which evaluations are compared. */
const TYPICAL_BATCH = 64

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

/**
 * All affine maps between two representations of a matrix group that commute with the group.
 *
 * Law: f(rho_in(g) x) = rho_out(g) f(x) for every g of the group.
 * y = (sum over the basis of w_k B_k) x + (sum over the invariants of b_k c_k). The basis is orthonormal, and a constant of the exported file.
 *
 * @throws DomainError if the representations belong to different groups. RangeError if a basis is too large, before memory is allocated.
 * @remarks Cost: `evaluation` dense: input.dimension x output.dimension for an example, and the same times the maps of a pair once for all of them.
 * @see Finzi, Welling, Wilson 2021, "A practical method for constructing equivariant multilayer perceptrons for arbitrary matrix groups".
 * @example
 * const V = representation(orthogonal(3))
 * new RepresentationLinear({ input: V.copies(4), output: V.copies(2).plus(V.power(2)) })
 */
export class RepresentationLinear extends Module {
  readonly input: Representation
  readonly output: Representation
  /** For each output summand and each input summand of it, [maps, input copies, output copies]; undefined where there is no map. */
  readonly weights: (Parameter | undefined)[]
  /** For each output summand, [invariants, copies]; undefined where there is none. */
  readonly biases: (Parameter | undefined)[]
  /** How the layer is computed. */
  readonly evaluation: 'dense' | 'factored'
  readonly #maps: readonly (readonly Maps[])[]
  readonly #invariants: EquivariantBasis

  constructor({ input, output, bias = true, initializer, evaluation = 'automatic' }: RepresentationLinearOptions) {
    super()
    this.input = input
    this.output = output
    this.#maps = mapsOf(equivariantBasis(input, output))
    this.#invariants = invariantBasis(output)
    this.weights = this.#maps.flatMap((row) => {
      const fanIn = sum(row.map(({ basis, inCopies }) => basis.count * inCopies))
      return row.map(({ basis, rows, inCopies, outCopies }) =>
        basis.count === 0
          ? undefined
          : parameter([basis.count, inCopies, outCopies], { initializer: initializer ?? normal(Math.sqrt(rows / fanIn)) }),
      )
    })
    this.biases = output.summands.map(({ multiplicity }, o) => {
      const { count } = this.#invariants.block(o, 0)
      return bias && count > 0 ? parameter([count, multiplicity], { initializer: constantOf(0) }) : undefined
    })
    const all = this.#maps.flat().filter(({ basis }) => basis.count > 0)
    const dense = input.dimension * output.dimension * TYPICAL_BATCH + sum(all.map(matrixCost))
    const isDense = dense <= sum(all.map(factoredCost)) * TYPICAL_BATCH
    this.evaluation = evaluation === 'automatic' ? (isDense ? 'dense' : 'factored') : evaluation
  }

  /**
   * @param x - float32 [..., input.dimension].
   * @returns float32 [..., output.dimension].
   * @throws ShapeError if the last axis of x has another size.
   */
  forward(x: Tensor): Tensor {
    requireVectors('RepresentationLinear.forward', x, this.input)
    const copies = copiesOf(x, this.input)
    const y = this.evaluation === 'dense' ? this.#dense(x, copies) : this.#factored(copies)
    const biased = this.biases.some((bias) => bias !== undefined) ? add(y, this.#bias()) : y
    return reshape(biased, [...copies.leading, this.output.dimension])
  }

  #weight(o: number, i: number): Parameter | undefined {
    return this.weights[o * this.input.summands.length + i]
  }

  #dense(x: Tensor, { rows }: Copies): Tensor {
    if (this.weights.every((weight) => weight === undefined)) return zeros([rows, this.output.dimension])
    const columns = this.#maps.map((row, o) => {
      const blocks = row.map((maps, i) => {
        const weight = this.#weight(o, i)
        return weight === undefined ? zeros([maps.inCopies * maps.columns, maps.outCopies * maps.rows]) : matrixOf(maps, weight)
      })
      return joined(blocks, 0)
    })
    return matMul(reshape(x, [rows, this.input.dimension]), joined(columns, 1))
  }

  #factored({ blocks, rows }: Copies): Tensor {
    const parts = this.#maps.map((row, o) => {
      const { multiplicity } = this.output.summands[o] as Representation['summands'][number]
      const size = this.output.dimensions[o] as number
      const used = row.flatMap((maps, i) => {
        const weight = this.#weight(o, i)
        if (weight === undefined) return []
        const flat = reshape(weight, [maps.basis.count * maps.inCopies, multiplicity])
        return [{ features: mapped(maps, blocks[i] as Tensor), flat }]
      })
      if (used.length === 0) return zeros([rows, multiplicity * size])
      const features = joined(
        used.map((each) => each.features),
        2,
      )
      const weight = joined(
        used.map(({ flat }) => flat),
        0,
      )
      return reshape(swapAxes(matMul(features, weight), 1, 2), [rows, multiplicity * size])
    })
    return joined(parts, 1)
  }

  #bias(): Tensor {
    const parts = this.output.summands.map(({ multiplicity }, o) => {
      const size = this.output.dimensions[o] as number
      const bias = this.biases[o]
      if (bias === undefined) return zeros([multiplicity * size])
      const { count, vectors } = this.#invariants.block(o, 0)
      return reshape(matMul(swapAxes(bias, 0, 1), constant(vectors(), [count, size])), [multiplicity * size])
    })
    return joined(parts, 0)
  }
}

/** The maps of each output summand from each input summand. */
function mapsOf(basis: EquivariantBasis): Maps[][] {
  const { input, output } = basis
  return output.summands.map((to, o) =>
    input.summands.map((from, i) => ({
      basis: basis.block(o, i),
      rows: output.dimensions[o] as number,
      columns: input.dimensions[i] as number,
      inCopies: from.multiplicity,
      outCopies: to.multiplicity,
    })),
  )
}
