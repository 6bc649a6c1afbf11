/**
 * What ONNX Runtime needs or likes, which is what most ONNX files are run by. Each entry names the version, what goes wrong, and how one finds out that
 * it can go.
 */
import {
  and,
  cast,
  constant,
  type Dimension,
  expand,
  eyeLike,
  gatherND,
  graphPass,
  greater,
  hardSigmoid,
  isExactly,
  isInf,
  isNode,
  matMul,
  type Node,
  type NodeOf,
  nodeOf,
  not,
  oneHot,
  or,
  type Pass,
  readersOf,
  reciprocal,
  reshape,
  rewriteTensors,
  rewriting,
  rule,
  sameDimension,
  scatterElements,
  scatterND,
  sizeOf,
  squeeze,
  type Tensor,
  times,
  unsqueeze,
  where,
} from '@equivar/tensor'

/**
 * A slope of relu, max(sign(x), 0), is written as a hard sigmoid of huge slope, which ONNX Runtime vectorizes: of its ways to tell positive from other
 * numbers, Sign takes five times as long, and a comparison with a cast 1.4 times.
 *
 * Law: equal for every input but the numbers between 0 and 3.3e-39, which float32 does not hold as normal ones. NaN stays NaN.
 * Versions: all up to 1.30. Upstream: none. Until: `equivar bench deepsets-mean` is as fast without.
 */
export const slopesAsHardSigmoids: Pass = /* @__PURE__ */ rewriting('slopes-as-hard-sigmoids', [
  rule('Relu', ({ inputs: [x] }) => {
    const sign = nodeOf(x, 'Sign')
    return sign === undefined || sign.output.dtype !== 'float32' ? undefined : hardSigmoid(sign.inputs[0], 3e38, 0)
  }),
])

/**
 * One over x with more axes than x is written as a reciprocal of x with those axes: ONNX Runtime turns (1 / x) y into y / x and forgets the axes that only
 * the 1 had, so the result has too few.
 *
 * Law: equal for every input, bit for bit.
 * Versions: all up to 1.30, on the cpu (DivMulFusion). Upstream: not reported. Until: `quirk-operators.test.ts` gets all axes.
 */
export const onesOverAsReciprocals: Pass = /* @__PURE__ */ rewriting('ones-over-as-reciprocals', [
  rule('Div', ({ inputs: [one, x], output }) => {
    const more = one.rank - x.rank
    const isOne = isExactly(one, 1) && one.shape.every((d) => d === 1) && (x.dtype === 'float32' || x.dtype === 'float16')
    return more > 0 && isOne ? reciprocal(reshape(x, output.shape)) : undefined
  }),
])

/**
 * A sum over nothing is 0, and written so where the size is known: ONNX Runtime ends the process there on WebGPU.
 *
 * Law: equal for every input.
 * Versions: 1.30. Upstream: not reported. Until: `tooling/test/browser.test.ts` passes without.
 */
export const emptyProductsAsZeros: Pass = /* @__PURE__ */ rewriting('empty-products-as-zeros', [
  rule('MatMul', ({ inputs: [a], output }) => (a.size(-1) === 0 ? expand(constant(0, [], output.dtype), output.shape) : undefined)),
])

/**
 * A sum of products of nothing is 0, and so is what has no elements: ONNX Runtime ends the process in some Einsums of empty operands. Where a symbol is 0,
 * it still does.
 *
 * Law: equal for every input.
 * Versions: 1.30, on the cpu. Upstream: not reported. Until: `quirk-operators.test.ts` runs the bare operator.
 */
export const emptyEinsumsAsZeros: Pass = /* @__PURE__ */ rewriting('empty-einsums-as-zeros', [
  rule('Einsum', ({ inputs, output }) =>
    inputs.some(({ shape }) => shape.includes(0)) ? expand(constant(0, [], output.dtype), output.shape) : undefined,
  ),
])

/** Whether ONNX Runtime takes a transpose into a product that reads this operand, perhaps scaled. */
function isTurned(operand: Tensor): boolean {
  const scaled = nodeOf(operand, 'Mul')?.inputs.find((x) => x.rank > 0)
  return nodeOf(scaled ?? operand, 'Transpose') !== undefined
}

/**
 * The product of a batch, whose size a run tells, and one matrix, of which either is transposed, becomes the product of all rows at once: ONNX Runtime fuses
 * product and transpose, then multiplies example by example, and refuses a batch of 0 ("left operand cannot broadcast").
 *
 * Law: equal for every input, as each row is computed alone.
 * Versions: 1.30, on the cpu. Upstream: not reported. Until: `empty-products.test.ts` runs a batch of 0 without.
 */
export const turnedMatricesByRows: Pass = /* @__PURE__ */ rewriting('turned-matrices-by-rows', [
  rule('MatMul', ({ inputs: [a, b], output }) => {
    const isBatch = a.rank > 2 && b.rank === 2 && a.shape.slice(0, -2).some((d) => typeof d !== 'number')
    if (!isBatch || !(isTurned(a) || isTurned(b))) return undefined
    const rows = a.shape.slice(0, -1).reduce((product, d) => times(product, d))
    return reshape(matMul(reshape(a, [rows, a.size(-1)]), b), output.shape)
  }),
])

/**
 * One matrix times a batch, whose size a run tells, is written with the matrix once for each example: ONNX Runtime refuses a batch of 0 ("right operand cannot
 * broadcast").
 *
 * Law: equal for every input.
 * Versions: 1.30, on the cpu. Upstream: not reported. Until: `empty-products.test.ts` runs a batch of 0 without.
 */
export const matricesOfBatches: Pass = /* @__PURE__ */ rewriting('matrices-of-batches', [
  rule('MatMul', ({ inputs: [a, b], output }) => {
    const batch = output.shape.slice(0, -2)
    const own = (i: number): Dimension => a.shape[a.rank - output.rank + i] ?? 1
    const lacks = batch.some((d, i) => typeof d !== 'number' && !sameDimension(own(i), d))
    return lacks ? matMul(expand(a, [...batch, ...a.shape.slice(-2)]), b) : undefined
  }),
])

/** The axis that a product sums over, if it may turn out empty where the result is not, and the product is one of a batch that is fused with a transpose. */
function doubtfulAxis({ inputs: [a, b], output }: NodeOf<'MatMul'>): Tensor | undefined {
  const inner = a.size(-1)
  if (output.rank === 2 || typeof inner === 'number' || output.shape.some((d) => sameDimension(d, inner))) return undefined
  return nodeOf(a, 'Transpose') === undefined && nodeOf(b, 'Transpose') === undefined ? undefined : sizeOf(inner)
}

/**
 * A batch of products with a transpose, over an axis that may be empty where the result is not, is chosen against 0: ONNX Runtime fuses the two and then
 * leaves the memory as it was.
 *
 * Law: equal for every input.
 * Versions: all up to 1.30. Upstream: not reported. Until: no small file shows it alone (memory must have been written before);
 * `backend-onnx/test/empty-products.test.ts` holds the values.
 */
export const guardedEmptyProducts: Pass = /* @__PURE__ */ graphPass('guarded-empty-products', (program) => {
  const readers = readersOf(program.nodes)
  const isGuard = (node: Node, product: Tensor): boolean => isNode(node, 'Where') && node.inputs[1] === product
  const isGuarded = (product: Tensor): boolean => {
    const found = readers.get(product) ?? []
    return found.length > 0 && found.every((node) => isGuard(node, product)) && program.outputs.every(({ tensor }) => tensor !== product)
  }
  return rewriteTensors(program, (node, original) => {
    const size = isNode(node, 'MatMul') && !isGuarded(original.output) ? doubtfulAxis(node) : undefined
    return size && [where(greater(size, 0), node.output, 0)]
  })
})

/** Computes f of float16 operands in float32. */
const inFloat32 = (f: (...operands: Tensor[]) => Tensor, ...operands: Tensor[]): Tensor => {
  const y = f(...operands.map((x) => (x.dtype === 'float16' ? cast(x, 'float32') : x)))
  return y.dtype === 'float32' ? cast(y, 'float16') : y
}

/**
 * What has no kernel for float16 is computed in float32: EyeLike, IsInf (which ONNX itself has for float16 from opset 20 on only), and sums at
 * indices.
 *
 * Law: equal for every input; sums of float16 are rounded once and not at every step.
 * Versions: 1.30, on the cpu. Upstream: none. Until: `quirks.test.ts` opens the bare operators.
 */
export const float32InPlaceOfFloat16: Pass = /* @__PURE__ */ rewriting('float32-in-place-of-float16', [
  rule('EyeLike', ({ attributes: { rows, columns, k, dtype } }) =>
    dtype === 'float16' ? inFloat32(() => eyeLike(rows, columns, { k })) : undefined,
  ),
  rule('IsInf', ({ inputs: [x] }) => (x.dtype === 'float16' ? inFloat32((wide) => isInf(wide as Tensor), x) : undefined)),
  rule('ScatterND', ({ inputs: [data, indices, updates], attributes: { reduction } }) => {
    if (data.dtype !== 'float16' || reduction === 'none') return undefined
    return inFloat32((wide, rows) => scatterND(wide as Tensor, indices, rows as Tensor, { reduction }), data, updates)
  }),
  rule('ScatterElements', ({ inputs: [data, indices, updates], attributes: { axis, reduction } }) => {
    if (data.dtype !== 'float16' || reduction === 'none') return undefined
    return inFloat32((wide, rows) => scatterElements(wide as Tensor, indices, rows as Tensor, { axis, reduction }), data, updates)
  }),
])

/**
 * OneHot takes int64 indices of rank 1 or more, and gives floats and int64 alone.
 *
 * Law: equal for every input.
 * Versions: 1.30. Upstream: none. Until: `quirks.test.ts` opens the bare operator.
 */
export const oneHotOfInt64: Pass = /* @__PURE__ */ rewriting('one-hot-of-int64', [
  rule('OneHot', ({ inputs: [indices], attributes: { depth, axis, dtype } }) => {
    if (indices.rank === 0) return squeeze(oneHot(unsqueeze(indices, 0), depth, { axis: 1, dtype }), 0)
    const wide = dtype === 'int32' || dtype === 'bool' ? 'float32' : dtype
    if (indices.dtype === 'int64' && wide === dtype) return undefined
    return cast(oneHot(cast(indices, 'int64'), depth, { axis, dtype: wide }), dtype)
  }),
])

const isNarrow = (indices: Tensor): boolean => indices.dtype === 'int32'

/**
 * GatherND and ScatterND take int64 indices alone; Gather takes int32 too, and its gradient is a ScatterND.
 *
 * Law: equal for every input.
 * Versions: ONNX itself, as of opset 18. Until: `quirk-operators.test.ts` opens the bare operators.
 */
export const rowsByInt64: Pass = /* @__PURE__ */ rewriting('rows-by-int64', [
  rule('GatherND', ({ inputs: [x, indices] }) => (isNarrow(indices) ? gatherND(x, cast(indices, 'int64')) : undefined)),
  rule('ScatterND', ({ inputs: [data, indices, updates], attributes }) =>
    isNarrow(indices) ? scatterND(data, cast(indices, 'int64'), updates, attributes) : undefined,
  ),
])

/**
 * A choice between booleans is written with And and Or: Where has no kernel for them.
 *
 * Law: equal for every input.
 * Versions: 1.30, on the cpu. Upstream: none. Until: `quirk-operators.test.ts` opens the bare operator.
 */
export const whereOfBooleans: Pass = /* @__PURE__ */ rewriting('where-of-booleans', [
  rule('Where', ({ inputs: [condition, a, b] }) => (a.dtype === 'bool' ? or(and(condition, a), and(not(condition), b)) : undefined)),
])
