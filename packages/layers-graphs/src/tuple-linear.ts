import { constantOf, Module, maskedCount, normal, type Parameter, parameter } from '@equivar/nn'
import {
  type Contraction,
  contractions,
  contractor,
  type Placed,
  type Placement,
  place,
  placements,
  type TupleSymmetry,
  widen,
} from '@equivar/nn/tuples'
import {
  add,
  cast,
  concat,
  type Dimension,
  type DimensionLike,
  matMul,
  max,
  printShape,
  reduceSum,
  reshape,
  ShapeError,
  sameDimension,
  slice,
  type Tensor,
} from '@equivar/tensor'
import { keepTuples, symmetrize } from './tuple-masks.ts'

/** The shape of a tensor over tuples of nodes: `order` node axes of equal size, and channels. */
export interface TupleFeatures {
  readonly order: number
  readonly channels: number
}

/** Options of an EquivariantTupleLinear. */
export interface EquivariantTupleLinearOptions {
  readonly inputs: readonly TupleFeatures[]
  readonly outputs: readonly TupleFeatures[]
  readonly bias?: boolean
  /** Whether sums over nodes are divided by their number (`mean`, as published) or not (`sum`). */
  readonly normalization?: 'mean' | 'sum'
  /** Whether tensors are symmetric in their node axes, and zero if two nodes of a tuple are equal; both need fewer weights. */
  readonly symmetry?: TupleSymmetry
}

/** A block of rows of weights: which contraction it reads, and of which input. */
interface Row {
  readonly input: number
  readonly contraction: Contraction
}

/** A block of columns of weights: which placement it writes, and to which output. */
interface Column {
  readonly output: number
  readonly placement: Placement
}

/** All maps through tensors with a given number of axes: every contraction followed by every placement. */
interface Level {
  readonly rows: readonly Row[]
  readonly columns: readonly Column[]
}

/**
 * All linear maps between tensors over tuples of nodes that commute with every permutation of the nodes, and all biases, for several orders at once.
 *
 * Law: f(P X) = P f(X), where P permutes the nodes along every node axis.
 * From order k to order l there are Bell(k + l) maps and Bell(l) biases, one for each partition of the axes. Each map is a contraction (diagonals, sums)
 * to j axes followed by a placement (broadcast, diagonals). With V_j the concatenation of all contractions to j axes, Y = sum over j of place_j(V_j W_j):
 * one product for each j, with weights [contractions x in, placements x out].
 *
 * @remarks Cost O(n^k + n^l) per pair of channels, not O(n^(k+l)): for k = l = 2, two products of the whole tensor and five of vectors. The maps are
 * linearly independent if n >= k + l.
 * @see Maron, Ben-Hamu, Shamir, Lipman 2019, Invariant and equivariant graph networks, theorem 1.
 */
export class EquivariantTupleLinear extends Module {
  /** For each number of axes j between contraction and placement: [contractions x in, placements x out]. */
  readonly weights: Parameter[]
  /** For each placement of a scalar (everywhere, or on a diagonal) and each output channel: [Bell(l) x out]. */
  readonly bias: Parameter | undefined
  readonly inputs: readonly TupleFeatures[]
  readonly outputs: readonly TupleFeatures[]
  readonly #levels: readonly Level[]
  readonly #normalization: 'mean' | 'sum'
  readonly #symmetry: TupleSymmetry

  constructor({ inputs, outputs, bias = true, normalization = 'mean', symmetry = 'none' }: EquivariantTupleLinearOptions) {
    super()
    demandOrders(inputs, outputs)
    this.inputs = inputs
    this.outputs = outputs
    this.#normalization = normalization
    this.#symmetry = symmetry
    this.#levels = levelsOf(inputs, outputs, symmetry)
    const count = Math.max(1, ...inputs.map((_, i) => this.#levels.flatMap(({ rows }) => rows.filter((row) => row.input === i)).length))
    const widest = (features: readonly TupleFeatures[]): number => Math.max(0, ...features.map(({ channels }) => channels))
    const deviation = Math.sqrt(2 / Math.max(1, widest(inputs) + widest(outputs)) / count)
    this.weights = this.#levels.map((level) => parameter(this.#sizes(level), { initializer: normal(deviation) }))
    const biases = this.#sizes(this.#levels[0] as Level)[1] as number
    this.bias = bias ? parameter([biases], { initializer: constantOf(0) }) : undefined
  }

  #sizes({ rows, columns }: Level): [number, number] {
    return [
      rows.reduce((n, { input }) => n + (this.inputs[input] as TupleFeatures).channels, 0),
      columns.reduce((n, { output }) => n + (this.outputs[output] as TupleFeatures).channels, 0),
    ]
  }

  /**
   * @param xs - for each input, float32 [batch, n, ..., n, channels] with `order` axes n.
   * @param mask - bool [batch, n], true where a node exists; default: all exist. Sums are divided by the number of existing nodes.
   * @param nodes - n; needed only if no input has a node axis and there is no mask.
   * @returns for each output, float32 [batch, n, ..., n, channels], zero where a node does not exist.
   */
  forward(xs: readonly Tensor[], mask?: Tensor, nodes?: DimensionLike): Tensor[] {
    const n = demandInputs(this.inputs, xs, mask, nodes)
    const count = this.#normalization === 'sum' ? undefined : nodeCount(xs, this.inputs, mask)
    const read = xs.map((x, i) => {
      const { order } = this.inputs[i] as TupleFeatures
      return contractor(keepTuples(x, order, mask, this.#symmetry), order, count)
    })
    const placed = this.outputs.map((): Placed[] => [])
    this.#levels.forEach(({ rows, columns }, j) => {
      if (rows.length === 0 || columns.length === 0) return
      const stacked = rows.map(({ input, contraction }) => (read[input] as (c: Contraction) => Tensor)(contraction))
      const product = matMul(stacked.length === 1 ? (stacked[0] as Tensor) : concat(stacked, -1), this.weights[j] as Tensor)
      const values = j === 0 && this.bias !== undefined ? add(product, this.bias) : product
      let start = 0
      for (const { output, placement } of columns) {
        const end = start + (this.outputs[output] as TupleFeatures).channels
        const value = columns.length === 1 ? values : slice(values, { axis: values.rank - 1, start, end })
        placed[output]?.push({ placement, value })
        start = end
      }
    })
    return this.outputs.map(({ order }, i) => {
      const y = symmetrize(place(placed[i] as Placed[], order, n), order, this.#symmetry)
      return keepTuples(widen(y, n), order, mask, this.#symmetry)
    })
  }

  /** The meaning of the weights: for each level, what each block of `in` rows reads and where each block of `out` columns writes. */
  get basis(): readonly Level[] {
    return this.#levels
  }
}

function levelsOf(inputs: readonly TupleFeatures[], outputs: readonly TupleFeatures[], symmetry: TupleSymmetry): Level[] {
  const most = Math.min(Math.max(...inputs.map(({ order }) => order)), Math.max(...outputs.map(({ order }) => order)))
  return Array.from({ length: most + 1 }, (_, j) => ({
    rows: inputs.flatMap(({ order }, input) => contractions(order, j, symmetry).map((contraction) => ({ input, contraction }))),
    columns: outputs.flatMap(({ order }, output) => placements(order, j, symmetry).map((placement) => ({ output, placement }))),
  }))
}

/** Number of existing nodes, at least 1: [batch, 1], or a scalar if all exist; undefined if no input has a node axis. */
function nodeCount(xs: readonly Tensor[], inputs: readonly TupleFeatures[], mask: Tensor | undefined): Tensor | undefined {
  const at = inputs.findIndex(({ order }) => order > 0)
  if (at < 0) return undefined
  if (mask !== undefined) return max(reduceSum(cast(mask, 'float32'), { axis: 1, keepDims: true }), 1)
  return reshape(max(maskedCount(xs[at] as Tensor, undefined, { axis: 1 }), 1), [1, 1])
}

function demandOrders(inputs: readonly TupleFeatures[], outputs: readonly TupleFeatures[]): void {
  const bad = [...inputs, ...outputs].find(
    ({ order, channels }) => !(Number.isInteger(order) && order >= 0 && order <= 6 && Number.isInteger(channels) && channels >= 0),
  )
  if (bad !== undefined || inputs.length === 0 || outputs.length === 0) {
    throw new RangeError(
      `EquivariantTupleLinear: expected inputs and outputs of orders 0 to 6 with whole numbers of channels, received ${JSON.stringify(bad ?? { inputs, outputs })}.`,
    )
  }
}

/** Checks the inputs. @returns the common size of the node axes. */
function demandInputs(
  inputs: readonly TupleFeatures[],
  xs: readonly Tensor[],
  mask: Tensor | undefined,
  nodes: DimensionLike | undefined,
): Dimension {
  const name = 'layers-graphs: EquivariantTupleLinear.forward'
  if (xs.length !== inputs.length) throw new ShapeError(name, `${inputs.length} inputs`, `${xs.length}`, 'Pass one tensor for each input.')
  let n = mask?.shape[1] ?? (nodes as Dimension | undefined)
  xs.forEach((x, i) => {
    const { order, channels } = inputs[i] as TupleFeatures
    const axes = x.shape.slice(1, -1)
    n ??= axes[0]
    const known = n
    if (x.rank === order + 2 && x.shape[x.rank - 1] === channels && axes.every((d) => known !== undefined && sameDimension(d, known)))
      return
    throw new ShapeError(
      name,
      `x of shape [${['batch', ...axes.map(() => 'n').slice(0, order), ...Array.from({ length: order - axes.length }, () => 'n'), channels].join(', ')}] (input ${i} of order ${order}, ${channels} channels)`,
      printShape(x.shape),
      order > 1
        ? 'All node axes must be equal. Did you pass a rectangular adjacency?'
        : 'Node axes of all inputs and of the mask must be equal.',
    )
  })
  if (n === undefined)
    throw new ShapeError(
      name,
      'an input with a node axis, a mask or nodes',
      'none of them',
      'Pass the number of nodes as the third argument.',
    )
  return n
}
