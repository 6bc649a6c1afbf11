import { Module, normal, type Parameter, parameter } from '@equivar/nn'
import {
  concat,
  constant,
  type Dimension,
  matMul,
  mul,
  printShape,
  reduceSum,
  reshape,
  ShapeError,
  split,
  type Tensor,
  transpose,
  zeros,
} from '@equivar/tensor'
import { Features } from '../features.ts'
import { Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { type MonomialPlan, monomialPlan, monomialsOf } from './monomials.ts'
import { type SymmetricMap, symmetricMaps } from './symmetric-maps.ts'

/** Options of SymmetricContraction. */
export interface SymmetricContractionOptions {
  /** Summands that all have as many copies, the channels. */
  readonly input: IrrepsLike
  /** Summands of as many copies. */
  readonly output: IrrepsLike
  /** The largest degree of the products: 1, 2, 3 or 4. Default 3. */
  readonly correlation?: number
  /** The number of kinds of nodes, that have weights of their own; default 1. */
  readonly kinds?: number
}

/** Output summands of one parity, with the monomials that their maps have. */
interface Group {
  readonly outputs: readonly number[]
  readonly plan: MonomialPlan
  /** For each output, [paths, components * monomials]. */
  readonly matrices: readonly Tensor[]
}

const MOST_CORRELATION = 4

function channelsOf({ summands }: Irreps, output: Irreps): number {
  const all = [...summands, ...output.summands].map(({ multiplicity }) => multiplicity)
  const channels = all[0]
  if (channels === undefined || channels === 0 || all.some((each) => each !== channels))
    throw new RangeError(
      `SymmetricContraction: expected summands that all have as many copies, at least 1, received ${new Irreps(summands)} and ${output}.`,
    )
  return channels
}

/** The maps to an output, of all degrees, as a matrix [paths, components * monomials]. */
function matrixOf(maps: readonly SymmetricMap[], dimension: number, { monomials }: MonomialPlan): Tensor {
  const place = new Map(monomials.map((monomial, i) => [monomial, i]))
  const data = new Float64Array(maps.length * dimension * monomials.length)
  maps.forEach((components, path) => {
    components.forEach((component, m) => {
      for (const [monomial, value] of component) data[(path * dimension + m) * monomials.length + (place.get(monomial) as number)] = value
    })
  })
  return constant(data, [maps.length, dimension * monomials.length], 'float32')
}

/**
 * The product basis of MACE: in each channel k, all polynomials of degree 1 to `correlation` of its components that commute with rotations and reflections,
 * B_kLM = sum over the maps p of W_zpk P_pLM(x_k), with weights for each kind z of node.
 *
 * Law: f(D(Q) x) = D(Q) f(x) for rotations and reflections. The maps are a basis of the symmetric ones, none twice. Outputs of unit variance for inputs of it, at
 * first and about.
 *
 * @remarks Computes each monomial of the components once a node and channel; a matrix product for each channel gives the outputs of all kinds.
 * @see Batatia et al. 2022, "MACE: higher order equivariant message passing neural networks for fast and accurate force fields", equation 10.
 */
export class SymmetricContraction extends Module {
  /** For each output summand, [kinds, maps, channels]; undefined where there is no map. */
  readonly weights: (Parameter | undefined)[]
  readonly #input: Irreps
  readonly #output: Irreps
  readonly #channels: number
  readonly #kinds: number
  readonly #groups: readonly Group[]

  /** @throws RangeError if the correlation is not 1 to 4, or the copies of summands differ. */
  constructor({ input, output, correlation = 3, kinds = 1 }: SymmetricContractionOptions) {
    super()
    if (!Number.isInteger(correlation) || correlation < 1 || correlation > MOST_CORRELATION)
      throw new RangeError(`SymmetricContraction: expected a correlation from 1 to ${MOST_CORRELATION}, received ${correlation}.`)
    this.#input = irreps(input)
    this.#output = irreps(output)
    this.#channels = channelsOf(this.#input, this.#output)
    this.#kinds = kinds
    const kindsOfInput = this.#input.summands.map(({ irrep }) => irrep)
    const maps = this.#output.summands.map(({ irrep }) =>
      Array.from({ length: correlation }, (_, i) => symmetricMaps(kindsOfInput, irrep, i + 1)).flat(),
    )
    this.weights = maps.map(({ length }) =>
      length === 0 ? undefined : parameter([kinds, length, this.#channels], { initializer: normal() }),
    )
    this.#groups = ([1, -1] as const).flatMap((parity) => {
      const outputs = this.#output.summands.flatMap(({ irrep }, k) => (irrep.parity === parity && maps[k]?.length !== 0 ? [k] : []))
      if (outputs.length === 0) return []
      const plan = monomialPlan(outputs.flatMap((k) => monomialsOf(maps[k] as readonly SymmetricMap[])))
      const matrices = outputs.map((k) =>
        matrixOf(maps[k] as readonly SymmetricMap[], this.#output.summands[k]?.irrep.dimension as number, plan),
      )
      return [{ outputs, plan, matrices }]
    })
  }

  /** What it takes. */
  get input(): Irreps {
    return this.#input
  }

  /** What it gives. */
  get output(): Irreps {
    return this.#output
  }

  /**
   * @param x - features of `input`, [nodes, 2l + 1, channels].
   * @param kinds - float32 [nodes, kinds], such as a 1 in each row: what each kind's weights are multiplied by. Not needed with one kind.
   * @returns features of `output`.
   * @throws ShapeError if x has other irreps or more than one leading axis, or kinds another shape.
   */
  forward(x: Features, kinds?: Tensor): Features {
    x.demand('SymmetricContraction.forward', this.#input)
    if (x.leading.length !== 1)
      throw new ShapeError('SymmetricContraction.forward', 'features with one leading axis', printShape(x.leading))
    const nodes = x.leading[0] as Dimension
    if (kinds === undefined ? this.#kinds !== 1 : kinds.rank !== 2 || kinds.shape[1] !== this.#kinds)
      throw new ShapeError(
        'SymmetricContraction.forward',
        `kinds [nodes, ${this.#kinds}]`,
        kinds === undefined ? 'none' : printShape(kinds.shape),
      )
    // [components, channels, nodes]: a monomial is a product of rows.
    const components = transpose(x.blocks.length === 1 ? (x.blocks[0] as Tensor) : concat(x.blocks, 1), [1, 2, 0])
    const blocks = this.#output.summands.map(({ multiplicity, irrep }) => zeros([nodes, irrep.dimension, multiplicity]))
    for (const group of this.#groups)
      this.#results(group, components, kinds, nodes).forEach((block, i) => {
        blocks[group.outputs[i] as number] = block
      })
    return new Features(this.#output, blocks)
  }

  /** The output blocks of a group, [nodes, 2l + 1, channels]. */
  #results({ outputs, plan, matrices }: Group, components: Tensor, kinds: Tensor | undefined, nodes: Dimension): Tensor[] {
    const [count, channels] = [plan.monomials.length, this.#channels]
    const maps = outputs.map((k, i) => {
      const weight = this.weights[k] as Parameter
      const paths = weight.sizes[1] as number
      const rows = matMul(transpose(mul(weight, 1 / Math.sqrt(paths)), [2, 0, 1]), matrices[i] as Tensor)
      return reshape(rows, [channels, this.#kinds, (this.#output.summands[k] as Irreps['summands'][number]).irrep.dimension, count])
    })
    const sizes = maps.map(({ shape }) => shape[2] as number)
    const size = sizes.reduce((sum, each) => sum + each, 0)
    const joined = reshape(maps.length === 1 ? (maps[0] as Tensor) : concat(maps, 2), [channels, this.#kinds * size, count])
    const values = transpose(plan.values(components), [1, 0, 2])
    const each = reshape(matMul(joined, values), [channels, this.#kinds, size, nodes])
    const chosen = kinds === undefined ? each : mul(each, reshape(transpose(kinds), [1, this.#kinds, 1, nodes]))
    const results = transpose(reduceSum(chosen, { axis: 1 }), [2, 1, 0])
    return sizes.length === 1 ? [results] : [...split(results, sizes, 1)]
  }
}
