import {
  agreementOf,
  blockNumbers,
  contractor,
  moebius,
  place,
  type SetPartition,
  setPartitions,
  type TupleMap,
  tupleMaps,
  widen,
} from '@equivar/nn/tuples'
import { add, concat, type Dimension, matMul, reshape, slice, squeeze, type Tensor } from '@equivar/tensor'
import { combine, type Evaluation, grouped, MOVE, type Operation, operationsCost } from './evaluation.ts'

/** The label of a pair (number of the output tuple, number of the input tuple); -1 where the weight is 0. The last entry of a tuple varies fastest. */
type PairLabel = (row: number, column: number) => number

/** One sum over tuples with given entries equal, and where the sum is written. */
interface TupleOperation extends Operation, TupleMap {}

/** Tensors with more rows than this are not concatenated for one product, because copying would cost more than adding the results of separate products. */
const MOST_CONCATENATED = 128

/**
 * The sum of x_k weight_k.
 *
 * @param size - the number of rows of one example in each x_k.
 */
function sumOfProducts(side: readonly Tensor[], weight: Tensor, size: number): Tensor {
  const [count, inputs, outputs] = weight.shape as [number, number, number]
  if (count === 1) return matMul(side[0] as Tensor, reshape(weight, [inputs, outputs]))
  if (size <= MOST_CONCATENATED) return matMul(concat(side, -1), reshape(weight, [count * inputs, outputs]))
  return side.map((x, k) => matMul(x, squeeze(slice(weight, { axis: 0, start: k, end: k + 1 }), 0))).reduce((a, b) => add(a, b))
}

/** For every set partition of the entries with at most n blocks, the label of the tuples in which exactly the entries of a block are equal. */
function exactLabels(
  n: number,
  outputLength: number,
  inputLength: number,
  label: PairLabel,
): { readonly fine: SetPartition; readonly found: number }[] {
  const number = (points: readonly number[]): number => points.reduce((so, point) => so * n + point, 0)
  return setPartitions(outputLength + inputLength)
    .filter((fine) => fine.length <= n)
    .map((fine) => {
      const points = blockNumbers(fine)
      return { fine, found: label(number(points.slice(0, outputLength)), number(points.slice(outputLength))) }
    })
    .filter(({ found }) => found >= 0)
}

/** The coefficient of each label in the sum over tuples in which at least the given entries are equal. Labels with coefficient 0 are omitted. */
function coefficientsOf(agreement: SetPartition, exact: ReturnType<typeof exactLabels>): ReadonlyMap<number, number> {
  const coefficients = new Map<number, number>()
  for (const { fine, found } of exact) coefficients.set(found, (coefficients.get(found) ?? 0) + moebius(fine, agreement))
  return new Map([...coefficients].filter(([, factor]) => factor !== 0))
}

/** Reshapes [batch, n^count, channels] to [batch, n, ..., n, channels]. */
const withAxes = (x: Tensor, n: number, count: number): Tensor =>
  reshape(x, [x.shape[0] as Dimension, ...Array.from({ length: count }, () => n), x.shape.at(-1) as Dimension])

/** Reshapes [batch, n, ..., n, channels] to [batch, n^count, channels]. */
const withRows = (y: Tensor, n: number, count: number): Tensor =>
  reshape(y, [y.shape[0] as Dimension, n ** count, y.shape.at(-1) as Dimension])

function operationOf(
  { contraction, placement }: TupleMap,
  n: number,
  [outputLength, inputLength]: readonly [number, number],
  coefficients: ReadonlyMap<number, number>,
): TupleOperation {
  const axes = contraction.kept.length
  const readsAll = axes === inputLength && outputLength + inputLength > 0
  const readCost = readsAll ? 0 : n ** inputLength
  const writeCost = placement.partition.length === outputLength ? n ** outputLength : n ** axes
  return {
    contraction,
    placement,
    coefficients,
    reduceKey: JSON.stringify(contraction),
    expandKey: JSON.stringify(placement),
    size: n ** axes,
    moved: readCost + writeCost,
    reduce: (x) => withRows(contractor(withAxes(x, n, inputLength), inputLength)(contraction), n, axes),
    expand: (z) => withRows(widen(place([{ placement, value: withAxes(z, n, axes) }], outputLength, n), n), n, outputLength),
  }
}

/** Computes every contraction once, one product per placement, and the sum of the placements. */
function applyOperations(
  operations: readonly TupleOperation[],
  n: number,
  [outputLength, inputLength]: readonly [number, number],
  x: Tensor,
  weight: Tensor,
): Tensor {
  const read = contractor(withAxes(x, n, inputLength), inputLength)
  const placed = [...grouped(operations, ({ expandKey }) => expandKey).values()].map((group) => {
    const { placement, size } = group[0] as TupleOperation
    const rows = combine(
      weight,
      group.map(({ coefficients }) => coefficients),
    )
    const side = group.map(({ contraction }) => read(contraction))
    return { placement, value: sumOfProducts(side, rows, size) }
  })
  return withRows(widen(place(placed, outputLength, n), n), n, outputLength)
}

/**
 * Equivariant maps from k-tuples to l-tuples of the points of a symmetric group. Each set partition of the l + k entries gives one map: a contraction (a sum
 * over tuples with given entries equal) followed by a placement, at cost O(n^k + n^l). From pairs to pairs these are the 15 maps of invariant graph networks.
 *
 * A label says exactly which entries are equal, a sum says which entries are at least equal. Moebius inversion converts one into the other.
 *
 * @param label - the orbit of a pair (number of the output tuple, number of the input tuple).
 */
export function tuples(n: number, outputLength: number, inputLength: number, label: PairLabel): Evaluation {
  const exact = exactLabels(n, outputLength, inputLength, label)
  const lengths = [outputLength, inputLength] as const
  const operations = tupleMaps(inputLength, outputLength)
    .map((map) => operationOf(map, n, lengths, coefficientsOf(agreementOf(map, outputLength), exact)))
    .filter(({ coefficients }) => coefficients.size > 0)
  return {
    name: 'tuples',
    reason: `all permutations of ${n} points act on ${inputLength}-tuples and ${outputLength}-tuples: ${operations.length} sums over tuples with given entries equal`,
    readsAllLabels: false,
    operations,
    cost: (workload) => operationsCost(operations, workload) + n ** outputLength * workload.outChannels * MOVE,
    apply: (x, weight) => applyOperations(operations, n, lengths, x, weight),
  }
}
