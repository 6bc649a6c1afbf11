import { DomainError } from '../errors.ts'
import { requireOneGroup } from './factor.ts'
import { invariantsOf } from './find-invariants.ts'
import type { Invariants } from './invariants.ts'
import { Representation } from './representation.ts'
import { MOST_BYTES, requireBytes } from './required-bytes.ts'

/** Options of equivariantBasis. */
export interface EquivariantBasisOptions {
  /** The most that the basis of one pair of summands may take; 2^30 by default. */
  readonly maximumBytes?: number
}

/**
 * A basis of the linear maps between two representations that commute with the group.
 *
 * It is kept by pairs of summands: each copy of an input summand may be mapped to each copy of an output summand by the maps of that pair.
 */
export class EquivariantBasis {
  readonly input: Representation
  readonly output: Representation
  readonly #blocks: readonly (readonly Invariants[])[]

  constructor(input: Representation, output: Representation, blocks: readonly (readonly Invariants[])[]) {
    this.input = input
    this.output = output
    this.#blocks = blocks
  }

  /** The number of independent maps. */
  get dimension(): number {
    const { input, output } = this
    return output.summands.reduce(
      (sum, to, o) =>
        sum + input.summands.reduce((part, from, i) => part + to.multiplicity * from.multiplicity * this.block(o, i).count, 0),
      0,
    )
  }

  /**
   * The maps from one copy of an input summand to one copy of an output summand, orthonormal: each is a matrix of as many rows as the output copy has components,
   * row-major.
   */
  block(output: number, input: number): Invariants {
    const found = this.#blocks[output]?.[input]
    if (found !== undefined) return found
    const range = `an output below ${this.output.summands.length} and an input below ${this.input.summands.length}`
    throw new DomainError('EquivariantBasis.block', range, `${output} and ${input}`)
  }

  /**
   * All maps as matrices, orthonormal: [dimension, output.dimension, input.dimension], row-major. For tests and small representations.
   *
   * @throws RangeError before memory is allocated, if they take more than `maximumBytes`.
   */
  matrices(maximumBytes: number = MOST_BYTES): Float64Array {
    const [rows, columns] = [this.output.dimension, this.input.dimension]
    const { dimension } = this
    requireBytes(
      'EquivariantBasis.matrices',
      `${dimension} maps with ${rows * columns} entries`,
      8 * dimension * rows * columns,
      maximumBytes,
    )
    const result = new Float64Array(dimension * rows * columns)
    let map = 0
    let top = 0
    this.output.summands.forEach((to, o) => {
      const height = this.output.dimensions[o]!
      let left = 0
      this.input.summands.forEach((from, i) => {
        const width = this.input.dimensions[i]!
        const { count, size, vectors } = this.block(o, i)
        const maps = vectors()
        for (let a = 0; a < to.multiplicity; a++)
          for (let b = 0; b < from.multiplicity; b++)
            for (let k = 0; k < count; k++, map++)
              for (let row = 0; row < height; row++) {
                const values = maps.subarray(k * size + row * width, k * size + (row + 1) * width)
                result.set(values, (map * rows + top + a * height + row) * columns + left + b * width)
              }
        left += from.multiplicity * width
      })
      top += to.multiplicity * height
    })
    return result
  }
}

/**
 * The linear maps between two representations of a group of matrices that commute with it.
 *
 * Law: rho_out(g) W = W rho_in(g) for each map W and every g, and every such map is a sum of them. The basis of each pair of summands is the null space of the
 * equations of the generators and the Lie algebra: by orbits where the group permutes components; by elimination in whole numbers for up to 64 entries with
 * multiples of 1/4; else by conjugate gradients on random vectors, with residuals of 1e-13. `Invariants.evidence` says what shows that it is complete.
 *
 * @throws DomainError if the representations belong to different groups, or the equations are too ill-conditioned for float64.
 * @throws RangeError if a basis needs more than `maximumBytes`: before memory is allocated if the tensors of the iteration do not fit, or characters count too many
 * maps (finite and compact groups); else before the first map that does not fit.
 * @remarks Summands of one kind share their basis, which is kept with the group. Cost of a pair: as many applications of sparse matrices to tensors as the basis has
 * vectors, times about 20.
 * @see Finzi, Welling, Wilson 2021, "A practical method for constructing equivariant multilayer perceptrons for arbitrary matrix groups".
 * @example
 * const V = representation(specialOrthogonal(3))
 * equivariantBasis(V.power(2), V).dimension      // 1, the cross product
 */
export function equivariantBasis(input: Representation, output: Representation, options: EquivariantBasisOptions = {}): EquivariantBasis {
  requireOneGroup('equivariantBasis', input.group, output.group)
  const { maximumBytes = MOST_BYTES } = options
  const blocks = output.summands.map((to) =>
    input.summands.map((from) =>
      invariantsOf('equivariantBasis', input.group, [...to.factors, ...from.factors.map(({ dual }) => dual)], maximumBytes),
    ),
  )
  return new EquivariantBasis(input, output, blocks)
}

/** The vectors of a representation that the group does not change: the equivariant maps from the scalars. */
export function invariantBasis(given: Representation, options: EquivariantBasisOptions = {}): EquivariantBasis {
  return equivariantBasis(new Representation(given.group, [{ multiplicity: 1, factors: [] }]), given, options)
}
