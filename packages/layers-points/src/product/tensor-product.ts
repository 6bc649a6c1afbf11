import { type Initializer, Module, normal, type Parameter, parameter } from '@equivar/nn'
import { add, concat, type Dimension, matMul, mul, reduceSum, reshape, split, swapAxes, type Tensor, zeros } from '@equivar/tensor'
import { Features } from '../features.ts'
import { type Irreps, type IrrepsLike, irreps } from '../irreps/irreps.ts'
import { coupled, coupledCopies, groupsOf, isScaling, scaledCopies } from './couplings.ts'
import { type IrrepNormalization, type Path, type PathNormalization, type PlannedPath, planPaths } from './paths.ts'

/** Options of TensorProduct. */
export interface TensorProductOptions {
  readonly first: IrrepsLike
  readonly second: IrrepsLike
  readonly output: IrrepsLike
  readonly paths: readonly Path[]
  /** Whether the weights are parameters of the layer (`own`, the default) or an argument of `forward` (`given`), such as those of a radial network. */
  readonly weights?: 'own' | 'given'
  /** The initializer of own weights; standard normal by default. */
  readonly initializer?: Initializer
  /** Default `component`. */
  readonly irrepNormalization?: IrrepNormalization
  /** Default `element`. */
  readonly pathNormalization?: PathNormalization
}

const sizeOf = (shape: readonly number[]): number => (shape.length === 0 ? 0 : shape.reduce((product, size) => product * size, 1))

/**
 * The tensor product of features, along chosen paths: y_wk = sum over the paths and u, v, i, j of factor W_uvw w_ijk x_ui y_vj, where w_ijk is the coupling of
 * the three irreducible representations.
 *
 * Law: f(D(Q) x, D(Q) y) = D(Q) f(x, y) for rotations and reflections Q, bilinear in x and y. With all paths `uvw` these are all such maps. An output that no path
 * reaches is 0. Factors keep unit variance.
 *
 * @remarks The couplings of all paths from one summand of the first input are one constant matrix: its product with the second input gives, for each point, the
 * matrix that the first input is multiplied by.
 * @see Thomas et al. 2018, "Tensor field networks"; Geiger, Smidt 2022, "e3nn".
 */
export class TensorProduct extends Module {
  /** The weights of each path in the order of `paths`, standard normal; undefined for a path without weights and for given weights. */
  readonly weights: (Parameter | undefined)[]
  readonly #first: Irreps
  readonly #second: Irreps
  readonly #output: Irreps
  readonly #paths: readonly PlannedPath[]
  readonly #given: boolean

  /** @throws RangeError that names a path between wrong summands. */
  constructor(options: TensorProductOptions) {
    super()
    const { weights = 'own', irrepNormalization = 'component', pathNormalization = 'element', initializer = normal() } = options
    this.#first = irreps(options.first)
    this.#second = irreps(options.second)
    this.#output = irreps(options.output)
    this.#given = weights === 'given'
    this.#paths = planPaths(
      options.paths,
      { first: this.#first, second: this.#second, output: this.#output },
      { irreps: irrepNormalization, path: pathNormalization },
    )
    this.weights = this.#paths.map(({ weightShape }) =>
      this.#given || weightShape.length === 0 ? undefined : parameter([...weightShape], { initializer }),
    )
  }

  /** What it gives. */
  get output(): Irreps {
    return this.#output
  }

  /** The number of weights, which is the last axis of given weights: path after path, each [u, v, w], [u, v] or [u]. */
  get weightCount(): number {
    return this.#paths.reduce((sum, { weightShape }) => sum + sizeOf(weightShape), 0)
  }

  /**
   * @param x - features of `first`.
   * @param y - features of `second`, on the same points.
   * @param weights - only with given weights: float32 [..., weightCount], one row for each point, or [weightCount].
   * @returns features of `output`.
   * @throws ShapeError if an input has other irreps. RangeError if weights are missing or not expected.
   */
  forward(x: Features, y: Features, weights?: Tensor): Features {
    x.demand('TensorProduct.forward: the first input', this.#first)
    y.demand('TensorProduct.forward: the second input', this.#second)
    const expectsWeights = this.#given && this.weightCount > 0
    if (expectsWeights !== (weights !== undefined))
      throw new RangeError(
        `TensorProduct.forward: expected ${expectsWeights ? `weights [..., ${this.weightCount}]` : 'no weights'}, received ${weights === undefined ? 'none' : 'some'}.`,
      )
    const { leading } = x
    const weightOf = this.#weightsOf(weights, leading)
    const shares = new Map<number, { value: Tensor; weight: Tensor | undefined }[]>()
    for (const [path, share] of this.#shares(x, y, leading, weightOf)) shares.set(path.output, [...(shares.get(path.output) ?? []), share])
    return new Features(
      this.#output,
      this.#output.summands.map(
        ({ multiplicity, irrep }, k) => joined(shares.get(k)) ?? zeros([...leading, irrep.dimension, multiplicity]),
      ),
    )
  }

  /** The weights of each path: a parameter, or a part of the given ones, [..., weightShape]. */
  #weightsOf(weights: Tensor | undefined, leading: readonly Dimension[]): (path: PlannedPath) => Tensor | undefined {
    if (weights === undefined) return (path) => this.weights[this.#paths.indexOf(path)]
    const weighted = this.#paths.filter(({ weightShape }) => weightShape.length > 0)
    const sizes = weighted.map(({ weightShape }) => sizeOf(weightShape))
    const parts = sizes.length === 1 ? [weights] : split(weights, sizes, -1)
    const axes = weights.rank === 1 ? [] : leading
    const of = new Map(weighted.map((path, i) => [path, reshape(parts[i] as Tensor, [...axes, ...path.weightShape])]))
    return (path) => of.get(path)
  }

  /** For each path, what it adds to its output, [..., 2l + 1, terms], and the matrix [terms, w] that mixes it, if its mode has one. */
  *#shares(
    x: Features,
    y: Features,
    leading: readonly Dimension[],
    weightOf: (path: PlannedPath) => Tensor | undefined,
  ): Generator<[PlannedPath, { value: Tensor; weight: Tensor | undefined }]> {
    for (const group of groupsOf(this.#paths.filter((path) => path.mode !== 'uuu' && !isScaling(path)))) {
      const all = coupled(group, x.blocks[group.first] as Tensor, {
        second: (j) => y.blocks[j] as Tensor,
        leading,
        join: (parts) => (parts.length === 1 ? (parts[0] as Tensor) : concat(parts, -2)),
      })
      const sizes = group.paths.map(({ w }) => w.irrep.dimension)
      const parts = sizes.length === 1 ? [all] : split(all, sizes, -2)
      for (const [i, path] of group.paths.entries()) {
        const part = parts[i] as Tensor
        yield [
          path,
          path.mode === 'uvw' ? paired(path, part, leading, weightOf(path)) : { value: summed(part, weightOf(path)), weight: undefined },
        ]
      }
    }
    for (const path of this.#paths.filter(isScaling)) {
      const weight = weightOf(path)
      // [..., u, 1] as [..., 1, u].
      const given = weight === undefined ? undefined : swapAxes(weight, -1, -2)
      const value = scaledCopies(path, x.blocks[path.first] as Tensor, y.blocks[path.second] as Tensor, given)
      yield [path, { value, weight: undefined }]
    }
    for (const path of this.#paths.filter(({ mode }) => mode === 'uuu')) {
      const value = coupledCopies(path, x.blocks[path.first] as Tensor, y.blocks[path.second] as Tensor, leading)
      const weight = weightOf(path)
      yield [path, { value: weight === undefined ? value : mul(value, rowsOf(weight)), weight: undefined }]
    }
  }
}

/** An axis of size 1 before the last. */
const rowsOf = (t: Tensor): Tensor => reshape(t, [...t.shape.slice(0, -1), 1, t.shape.at(-1) as Dimension])

/** Every pair of copies: [..., v, 2l + 1, u] as [..., 2l + 1, v u], and weights [..., u, v, w] as [..., v u, w]. */
function paired({ u, v, w }: PlannedPath, part: Tensor, leading: readonly Dimension[], weight: Tensor | undefined) {
  const pairs = u.multiplicity * v.multiplicity
  const value = reshape(v.multiplicity === 1 ? part : swapAxes(part, -2, -3), [...leading, w.irrep.dimension, pairs])
  const given = weight as Tensor
  const swapped = v.multiplicity === 1 ? given : swapAxes(given, -2, -3)
  return { value, weight: reshape(swapped, [...given.shape.slice(0, -3), pairs, w.multiplicity]) }
}

/** The sum over the copies of the second input: [..., v, 2l + 1, u] with weights [..., u, v] as [..., 2l + 1, u]. */
function summed(part: Tensor, weight: Tensor | undefined): Tensor {
  const weighted = weight === undefined ? part : mul(part, rowsOf(swapAxes(weight, -1, -2)))
  return part.shape.at(-3) === 1
    ? reshape(weighted, [...part.shape.slice(0, -3), ...part.shape.slice(-2)])
    : reduceSum(weighted, { axis: -3 })
}

/** The sum of the shares of an output; those that are mixed by matrices in one product. */
function joined(shares: readonly { value: Tensor; weight: Tensor | undefined }[] | undefined): Tensor | undefined {
  if (shares === undefined) return undefined
  const mixed = shares.filter((share): share is { value: Tensor; weight: Tensor } => share.weight !== undefined)
  const plain = shares.filter(({ weight }) => weight === undefined).map(({ value }) => value)
  const join = (parts: readonly Tensor[], axis: number): Tensor => (parts.length === 1 ? (parts[0] as Tensor) : concat(parts, axis))
  if (mixed.length > 0)
    plain.push(
      matMul(
        join(
          mixed.map(({ value }) => value),
          -1,
        ),
        join(
          mixed.map(({ weight }) => weight),
          -2,
        ),
      ),
    )
  return plain.reduce((sum, share) => add(sum, share))
}
