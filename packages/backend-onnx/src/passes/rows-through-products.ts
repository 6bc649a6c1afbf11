import {
  add,
  cast,
  constant,
  div,
  graphPass,
  isNode,
  matMul,
  mul,
  type Node,
  neg,
  nodeOf,
  type Pass,
  type Program,
  readCounts,
  readersOf,
  reduceSum,
  reshape,
  rewriteTensors,
  sizeOf,
  type Tensor,
} from '@equivar/tensor'
import { asRow, hasManyRows, matrixAndRow, rowTerm, scaledRows } from './rows-of-products.ts'

/** A matrix as core * factor + term, where factor and term are rows. */
interface Affine {
  readonly core: Tensor
  readonly factor: Tensor | undefined
  readonly term: Tensor | undefined
}

/** x / factor for an x that was made by multiplying with it; undefined if it was not. Nothing is divided: the factor is left out. */
function withoutFactor(x: Tensor, factor: Tensor): Tensor | undefined {
  if (x === factor) return constant(1, [], x.dtype)
  const { node } = x
  if (isNode(node, 'Neg')) {
    const rest = withoutFactor(node.inputs[0], factor)
    return rest && neg(rest)
  }
  if (isNode(node, 'Div')) {
    const rest = withoutFactor(node.inputs[0], factor)
    return rest && div(rest, node.inputs[1])
  }
  if (!isNode(node, 'Mul')) return undefined
  const [a, b] = node.inputs
  const rest = withoutFactor(a, factor)
  if (rest !== undefined) return mul(rest, b)
  const other = withoutFactor(b, factor)
  return other && mul(a, other)
}

/** g * a + c * (a * k) as (g + c * k) * a. */
function commonFactor(x: Tensor, isAlone: (x: Tensor) => boolean): Pick<Affine, 'core' | 'factor'> | undefined {
  const sum = nodeOf(x, 'Add')
  if (sum === undefined || !hasManyRows(x) || !sum.inputs.every(isAlone)) return undefined
  const products = sum.inputs.map((y) => nodeOf(y, 'Mul')).map((y) => y && matrixAndRow(y.inputs))
  for (const [first, second] of [products, products.toReversed()]) {
    const rest = first && second && withoutFactor(second.row, first.row)
    if (first !== undefined && second !== undefined && rest !== undefined)
      return { core: add(first.matrix, mul(second.matrix, rest)), factor: first.row }
  }
  return undefined
}

/** Whether x was rounded when it was computed: adding a row to it in another order loses nothing that it still has. */
const isRounded = ({ node }: Tensor): boolean => isNode(node, 'Mul') || isNode(node, 'Add') || isNode(node, 'Sub')

/** How a matrix is made of a core, if fewer walks over the rows make the core. */
function affine(x: Tensor, isAlone: (x: Tensor) => boolean): Affine | undefined {
  const found = rowTerm(x)
  const inner = found !== undefined && isAlone(found.matrix) && isRounded(found.matrix) ? found : undefined
  const rest = inner?.matrix ?? x
  const scaled = nodeOf(rest, 'Mul')
  const single = scaled && matrixAndRow(scaled.inputs)
  const { core, factor } =
    commonFactor(rest, isAlone) ?? (single ? { core: single.matrix, factor: single.row } : { core: rest, factor: undefined })
  return inner === undefined && factor === undefined ? undefined : { core, factor, term: inner?.row }
}

/** The sums of the rows of a matrix, [rows, 1]; of a transposed one, in the order in which it lies. */
function rowSums(matrix: Tensor): Tensor {
  const turned = nodeOf(matrix, 'Transpose')
  return turned === undefined
    ? reduceSum(matrix, { axis: 1, keepDims: true })
    : reshape(reduceSum(turned.inputs[0], { axis: 0, keepDims: true }), [matrix.size(0), 1])
}

const scaled = (x: Tensor, factor: Tensor | undefined): Tensor => (factor === undefined ? x : mul(x, asRow(factor)))
const shifted = (x: Tensor, term: Tensor | undefined): Tensor => (term === undefined ? x : add(x, term))

/** x W */
const timesWeight = ({ core, factor, term }: Affine, weight: Tensor): Tensor =>
  shifted(matMul(core, factor === undefined ? weight : scaledRows(weight, factor)), term && matMul(asRow(term), weight))

/** L x */
const afterMatrix = ({ core, factor, term }: Affine, left: Tensor): Tensor =>
  shifted(scaled(matMul(left, core), factor), term && mul(rowSums(left), asRow(term)))

/** The sum of the rows of x, [1, columns]. */
const sumOfRows = ({ core, factor, term }: Affine): Tensor =>
  shifted(scaled(reduceSum(core, { axis: 0, keepDims: true }), factor), term && mul(asRow(term), cast(sizeOf(core.size(0)), core.dtype)))

/** What a reader gives of an affine x, if it is linear in the rows of x. */
function linearIn(x: Tensor, reader: Node): ((form: Affine) => Tensor) | undefined {
  if (isNode(reader, 'MatMul') && reader.output.rank === 2) {
    const [a, b] = reader.inputs
    if (a === x && b !== x) return (form) => timesWeight(form, b)
    return b === x && a !== x ? (form) => afterMatrix(form, a) : undefined
  }
  const isSum = isNode(reader, 'ReduceSum') && reader.attributes.axes.join() === '0'
  return isSum ? (form) => reshape(sumOfRows(form), reader.output.shape) : undefined
}

/** The matrices that only products and sums of rows read, and that have an affine form. */
function affineMatrices(program: Program, isAlone: (x: Tensor) => boolean): Set<Tensor> {
  const readers = readersOf(program.nodes)
  const outputs = new Set(program.outputs.map(({ tensor }) => tensor))
  const isFound = (x: Tensor, all: readonly Node[]): boolean =>
    hasManyRows(x) && !outputs.has(x) && all.every((node) => linearIn(x, node) !== undefined) && affine(x, isAlone) !== undefined
  return new Set([...readers].filter(([x, all]) => isFound(x, all)).map(([x]) => x))
}

/**
 * Rows that a matrix of many rows is multiplied with, or that are added to it, are left out where only products and sums of its rows read it: the small
 * operand of the product is scaled, and the row becomes its bias. The gradient of batch norm after a linear layer is such a matrix.
 *
 * Law: equal for every input, but for the order of additions and products; where a row is not finite, a sum may be infinite that was NaN.
 * Before: MatMul(Add(Mul(x, a), r), W). After: Add(MatMul(x, Mul(a, W)), MatMul(r, W)).
 */
export const rowsThroughProducts: Pass = /* @__PURE__ */ graphPass('rows-through-products', (program) => {
  const counts = readCounts(program)
  const found = affineMatrices(program, (x) => counts.get(x) === 1)
  if (found.size === 0) return program.outputs.map(({ tensor }) => tensor)
  const alone = new Set<Tensor>()
  const forms = new Map<Tensor, Affine | undefined>()
  const formOf = (x: Tensor): Affine | undefined => {
    if (!forms.has(x))
      forms.set(
        x,
        affine(x, (y) => alone.has(y)),
      )
    return forms.get(x)
  }
  return rewriteTensors(program, (node, original) => {
    const at = original.inputs.findIndex((x) => found.has(x))
    const x = at < 0 ? undefined : node.inputs[at]
    const form = x && formOf(x)
    const result = x && form && linearIn(x, node)?.(form)
    for (const [i, y] of original.outputs.entries()) if (counts.get(y) === 1) alone.add(result ?? (node.outputs[i] as Tensor))
    return result && [result]
  })
})
