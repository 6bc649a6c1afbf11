import {
  add,
  cast,
  div,
  graphPass,
  isNode,
  matMul,
  type Node,
  type NodeOf,
  nodeOf,
  type Pass,
  type Program,
  readersOf,
  reduceSum,
  reshape,
  rewriteTensors,
  sizeOf,
  sub,
  type Tensor,
} from '@equivar/tensor'
import { asRow, hasManyRows, isRowOf, matrixAndRow } from './rows-of-products.ts'

/** x W + bias, with many rows. */
interface Linear {
  readonly product: NodeOf<'MatMul'>
  readonly bias: Tensor
}

function linearOf(y: Tensor): Linear | undefined {
  const sum = nodeOf(y, 'Add')
  const found = sum && matrixAndRow(sum.inputs)
  const product = found && nodeOf(found.matrix, 'MatMul')
  return product === undefined || product.inputs[0].rank !== 2 || !hasManyRows(product.inputs[0])
    ? undefined
    : { product, bias: found?.row as Tensor }
}

/** A difference of y and a row. */
const isCentring = (y: Tensor, node: Node): node is NodeOf<'Sub'> =>
  isNode(node, 'Sub') && node.inputs[0] === y && isRowOf(node.inputs[1], y)

/** The mean of the rows of y. */
const isMean = (node: Node): node is NodeOf<'ReduceMean'> => isNode(node, 'ReduceMean') && node.attributes.axes.join() === '0'

/** The linear maps that only their own mean over the rows, and a difference, read. */
function centredMaps(program: Program): Set<Tensor> {
  const outputs = new Set(program.outputs.map(({ tensor }) => tensor))
  const isFound = (y: Tensor, readers: readonly Node[]): boolean =>
    !outputs.has(y) &&
    readers.every((node) => isCentring(y, node) || isMean(node)) &&
    readers.some((node) => isCentring(y, node)) &&
    linearOf(y) !== undefined
  return new Set([...readersOf(program.nodes)].filter(([y, readers]) => isFound(y, readers)).map(([y]) => y))
}

/** The mean of the rows of x W + bias is the mean of the rows of x, times W, plus the bias. */
function meanOf({ product, bias }: Linear, { output }: Node): Tensor {
  const [x, weight] = product.inputs
  const mean = div(reduceSum(x, { axis: 0, keepDims: true }), cast(sizeOf(x.size(0)), x.dtype))
  return reshape(add(matMul(mean, weight), asRow(bias)), output.shape)
}

/**
 * A linear map that batch norm centres has the mean taken off its bias: the mean of its result is that of its operand, mapped. One walk over all rows less.
 *
 * Law: equal for every input, but for the order of additions; where x is not finite, a mean may be NaN that was infinite.
 * Before: y = Add(MatMul(x, W), b); Sub(y, ReduceMean(y)). After: m = Add(MatMul(ReduceMean(x), W), b); Add(MatMul(x, W), Sub(b, m)).
 */
export const centredProducts: Pass = /* @__PURE__ */ graphPass('centred-products', (program) => {
  const found = centredMaps(program)
  if (found.size === 0) return program.outputs.map(({ tensor }) => tensor)
  return rewriteTensors(program, (node, original) => {
    const [y] = original.inputs
    const [now] = node.inputs
    const linear = y !== undefined && now !== undefined && found.has(y) ? linearOf(now) : undefined
    if (linear === undefined) return undefined
    if (isMean(node)) return [meanOf(linear, node)]
    return isNode(node, 'Sub') ? [add(linear.product.output, sub(asRow(linear.bias), asRow(node.inputs[1])))] : undefined
  })
})
