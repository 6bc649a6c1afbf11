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

/** How many of the first axes a sum is over, sizes of 1 aside; undefined if it is not over the first, or gives too few numbers. */
function outerAxes({ inputs: [x], attributes: { axes } }: Sum): number | undefined {
  const end = Math.max(...axes) + 1
  const before = x.shape.slice(0, end)
  const sums = product(x.shape.slice(end))
  const onlyOuter = before.every((d, i) => d === 1 || axes.includes(i)) && before.some((d) => d !== 1)
  return onlyOuter && (typeof sums !== 'number' || sums >= LEAST_SUMS) ? end : undefined
}

/**
 * The run of axes that a sum is over, if there is nothing but a batch of unknown size before it, and enough behind: ONNX Runtime leaves out axes of size 1,
 * and adds up rows slowly where none is left before them.
 */
function behindBatch({ inputs: [x], attributes: { axes } }: Sum): { readonly start: number; readonly end: number } | undefined {
  const [start, end] = [Math.min(...axes), Math.max(...axes) + 1]
  const isRun = end - start === axes.length
  const [batch, ...more] = x.shape.slice(0, start).filter((d) => d !== 1)
  if (!isRun || batch === undefined || more.length > 0 || !isSymbol(batch)) return undefined
  const sums = product(x.shape.slice(end))
  return typeof sums !== 'number' || sums >= LEAST_SUMS ? { start, end } : undefined
}

const isSymbol = (d: Dimension): boolean => typeof d !== 'number' && symbolsOf(d).has(String(d))

/** The sum of each example as a product with ones. */
function eachAsProduct(node: Sum, { start, end }: { readonly start: number; readonly end: number }): Tensor {
  const [x] = node.inputs
  const rows = product(x.shape.slice(start, end))
  const sums = product(x.shape.slice(end))
  return reshape(matMul(ones([1, rows], x.dtype), reshape(x, [product(x.shape.slice(0, start)), rows, sums])), node.output.shape)
}

/** The sum over the first axes as a product with ones. */
function asProduct(node: Sum, end: number): Tensor {
  const [x] = node.inputs
  const rows = product(x.shape.slice(0, end))
  return reshape(matMul(ones([1, rows], x.dtype), reshape(x, [rows, product(x.shape.slice(end))])), node.output.shape)
}

/** A sum as a product with ones, where that is faster. */
function withOnes(node: Sum): Tensor | undefined {
  if (!inFloat32(node)) return undefined
  const end = outerAxes(node)
  if (end !== undefined) return asProduct(node, end)
  const behind = behindBatch(node)
  return behind && eachAsProduct(node, behind)
}

/**
 * Sums and means over the first axes are products with ones, from 64 sums on; and those over the axes behind a batch of unknown size, which may be 1.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: ReduceSum([0])(x). After: MatMul(ones [1, n], x).
 * Cost, one thread, milliseconds: [2, 200, 20, 640] 25 to 10, [2, 64, 576] 0.28 to 0.06, [16, 64, 576] 1.5 to 0.12, [80, 64, 288] 0.73 to 0.35, [32768, 64] 0.46
 * to 0.25, [80, 64] 0.019 to 0.016. With a symbol for the first size: [4, 64, 576] 0.43 to 0.17, [128, 64] 0.024 to 0.021; of 3 to 40 sums 5 to 20 microseconds
 * slower, which is what making the ones takes. Behind a batch: [1, 1000, 256] 0.44 to 0.08, [2, 1000, 256] 0.10 and 0.10, [4, 1000, 256] the same,
 * [1, 32, 2048] 0.24 to 0.03, [4, 32, 2048] 0.041 to 0.046, [1, 1000, 32] 0.048 to 0.020.
 * Versions: 1.30. Upstream: none. Until: `equivar bench s2cnn` trains as fast without, and `equivar bench deepsets-mean` answers as fast.
 */
export const sumsAsProducts: Pass = /* @__PURE__ */ rewriting('sums-as-products', [
  rule('ReduceSum', withOnes),
  rule('ReduceMean', (node) => {
    const sum = withOnes(node)
    return sum && div(sum, cast(sizeOf(product(node.attributes.axes.map((axis) => node.inputs[0].size(axis)))), 'float32'))
  }),
])
