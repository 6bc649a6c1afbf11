/**
 * Sums over axes as ONNX Runtime adds them up fast: over neighbouring axes only, and over the first axes by a product. Its own kernels for them take
 * special cases, and go element by element where those do not apply.
 */
import {
  cast,
  type Dimension,
  div,
  matMul,
  type Node,
  type NodeOf,
  ones,
  type Pass,
  product,
  reduceMean,
  reduceSum,
  reshape,
  rewriting,
  rule,
  sizeOf,
  squeeze,
  symbolsOf,
  type Tensor,
} from '@equivar/tensor'

type Sum = NodeOf<'ReduceSum'> | NodeOf<'ReduceMean'>

const inFloat32 = ({ output }: Node): boolean => output.dtype === 'float32'

/** The last reduced axes with nothing but axes of size 1 between them. */
function lastRun({ inputs: [x], attributes: { axes } }: Sum): readonly number[] {
  const descending = [...axes].sort((a, b) => b - a)
  const end = descending.findIndex((axis, i) => {
    const next = descending[i + 1]
    return next !== undefined && x.shape.slice(next + 1, axis).some((d) => d !== 1)
  })
  return end < 0 ? descending : descending.slice(0, end + 1)
}

/** The sum over the last run of axes, then over the others, if these are more than one element. */
function inStages(node: Sum, reduce: typeof reduceSum | typeof reduceMean): Tensor | undefined {
  const { inputs, attributes } = node
  const [x] = inputs
  const { axes, keepDims } = attributes
  const last = lastRun(node)
  const others = axes.filter((axis) => !last.includes(axis))
  if (others.every((axis) => x.shape[axis] === 1)) return undefined
  const y = reduce(reduce(x, { axis: last, keepDims: true }), { axis: others, keepDims: true })
  return keepDims ? y : squeeze(y, axes)
}

/**
 * Sums and means over axes that others lie between are taken over the last ones first. The gradient of a bias [batch, channels, ...space] is such a sum.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: ReduceSum([0, 2])(x). After: ReduceSum([0])(ReduceSum([2])(x)).
 * Cost, one thread, milliseconds: [1600, 64, 100] over 0 and 2: 8.6 to 2.0, [80, 32, 4096]: 3.8 to 2.1, [80, 64, 49]: 0.12 to 0.09; [64, 25, 64, 100] over
 * 1 and 3: 11.8 to 3.4, [4, 25, 64, 100]: 1.2 to 0.2. Of sizes measured none became slower.
 * Versions: 1.30. Upstream: none. Until: `equivar bench dss p4cnn` trains as fast without.
 */
export const sumsInStages: Pass = /* @__PURE__ */ rewriting('sums-in-stages', [
  rule('ReduceSum', (node) => (inFloat32(node) ? inStages(node, reduceSum) : undefined)),
  rule('ReduceMean', (node) => (inFloat32(node) ? inStages(node, reduceMean) : undefined)),
])

/** From how many sums side by side on a product is no slower, where the number of rows is a symbol. */
const LEAST_SUMS = 64

/** From how many sums side by side on a product is no slower where another axis lies before, that may be 1. */
const LEAST_SUMS_INSIDE = 4096

/** A sum as a product: sizes of the axes before those that are summed over, of these, and of what is behind them. */
interface Sums {
  readonly before: Dimension
  readonly rows: Dimension
  readonly sums: Dimension
}

const isSymbol = (d: Dimension): boolean => typeof d !== 'number' && symbolsOf(d).has(String(d))

/**
 * Whether a product with ones takes less time than the sum. Behind a batch of unknown size: ONNX Runtime leaves out axes of size 1, and adds up rows slowly
 * where none is left before them.
 */
function isWorthProduct({ before, rows, sums }: Sums): boolean {
  if (before === 1) return typeof sums !== 'number' || sums >= LEAST_SUMS
  if (typeof before === 'number') return false
  if (typeof sums === 'number' && sums >= LEAST_SUMS_INSIDE) return true
  return isSymbol(before) && typeof rows !== 'number' && (typeof sums !== 'number' || sums >= LEAST_SUMS)
}

/** The sizes of a sum over neighbouring axes that is worth a product. */
function sumsOf({ inputs: [x], attributes: { axes } }: Sum): Sums | undefined {
  const counted = axes.filter((axis) => x.shape[axis] !== 1)
  if (counted.length === 0) return undefined
  const [first, end] = [Math.min(...counted), Math.max(...axes) + 1]
  if (x.shape.slice(first, end).some((d, i) => d !== 1 && !axes.includes(first + i))) return undefined
  const sums = { before: product(x.shape.slice(0, first)), rows: product(x.shape.slice(first, end)), sums: product(x.shape.slice(end)) }
  return isWorthProduct(sums) ? sums : undefined
}

/** The sums as a product with ones, one for each matrix: ONNX Runtime cannot stretch a factor over a batch of none. */
function asProduct({ inputs: [x], output }: Sum, { before, rows, sums }: Sums): Tensor {
  const outer = before === 1 ? [] : [before]
  return reshape(matMul(ones([...outer, 1, rows], x.dtype), reshape(x, [...outer, rows, sums])), output.shape)
}

/**
 * Sums and means over the first axes are products with ones, from 64 sums on; and those over axes behind others that may be of size 1: from 4096 on, or from
 * 64 on behind a batch whose elements are counted by a symbol.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: ReduceSum([0])(x). After: MatMul(ones [1, n], x).
 * Cost, one thread, milliseconds: [2, 200, 20, 640] 25 to 10, [2, 64, 576] 0.28 to 0.06, [16, 64, 576] 1.5 to 0.12, [80, 64, 288] 0.73 to 0.35, [32768, 64] 0.46
 * to 0.25, [80, 64] 0.019 to 0.016. With a symbol for the first size: [4, 64, 576] 0.43 to 0.17, [128, 64] 0.024 to 0.021; of 3 to 40 sums 5 to 20 microseconds
 * slower, which is what making the ones takes. Behind a symbol that is 1: [1, 10, 131072] over axis 1 1.55 to 0.61, [1, 25, 6400] 0.24 to 0.09, [1, 1000, 256]
 * 0.44 to 0.08, [1, 1000, 32] 0.048 to 0.020; where it is more, the same within 10 %: [8, 25, 6400] 0.42 and 0.39, [4, 10, 12544] 0.25 and 0.25,
 * [4, 32, 2048] 0.041 and 0.046; short known rows lose: [64, 25, 100] 0.04 and 0.08.
 * Versions: 1.30. Upstream: none. Until: `equivar bench s2cnn dss` trains as fast without, and `equivar bench deepsets-mean` answers as fast.
 */
export const sumsAsProducts: Pass = /* @__PURE__ */ rewriting('sums-as-products', [
  rule('ReduceSum', (node) => {
    const sums = inFloat32(node) ? sumsOf(node) : undefined
    return sums && asProduct(node, sums)
  }),
  rule('ReduceMean', (node) => {
    const sums = inFloat32(node) ? sumsOf(node) : undefined
    return sums && div(asProduct(node, sums), cast(sizeOf(sums.rows), 'float32'))
  }),
])
