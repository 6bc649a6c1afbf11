import { constant, constantData, constantNumber } from './constant.ts'
import { sameShape } from './dimension.ts'
import { add, isFloat, mul, neg, sub } from './elementwise.ts'
import { foldConstant } from './evaluate/evaluate.ts'
import type { OperatorAttributes } from './operators.ts'
import { expand, reshape, transpose } from './shape.ts'
import { Node, type Tensor } from './tensor.ts'
import { topological } from './traverse.ts'
import { elementCount } from './value.ts'

/** Constants of more elements than this are not made by folding, unless the node only rearranges. */
const FOLD_LIMIT = 4096
/** Constants up to this size are compared by value. */
const COMPARE_LIMIT = 64

const elementwiseBinary = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Min',
  'Max',
  'Equal',
  'Less',
  'LessOrEqual',
  'Greater',
  'GreaterOrEqual',
  'And',
  'Or',
])

/**
 * Equivalent expressions with less work: dead nodes gone, equal nodes merged, constants folded, identities applied.
 *
 * Values are unchanged in exact arithmetic; no rule removes a NaN or an infinity (x * 0 stays).
 */
export function simplify(tensors: readonly Tensor[]): Tensor[] {
  const replaced = new Map<Tensor, Tensor>()
  const known = new Map<string, Node>()
  const improved = new Map<string, Tensor>()
  const settledNodes = new Set<Node>()
  const numbers = new Map<object, number>()
  const numberOf = (object: object): number => {
    const number = numbers.get(object) ?? numbers.size
    numbers.set(object, number)
    return number
  }
  const settle = (node: Node): Node => {
    const key = keyOf(node, numberOf)
    const same = known.get(key)
    if (same !== undefined) return same
    known.set(key, node)
    settledNodes.add(node)
    return node
  }
  for (const node of topological(tensors)) {
    const inputs = node.inputs.map((x) => replaced.get(x) as Tensor)
    const current = inputs.every((x, i) => x === node.inputs[i]) ? node : new Node(node.operator, inputs, node.attributes)
    if (node.operator.name === 'Input') {
      for (const y of node.outputs) replaced.set(y, y)
      continue
    }
    // What an equal node became, this one becomes too: folded constants that are too large to compare stay one.
    const key = keyOf(current, numberOf)
    const better = improved.get(key) ?? fold(current) ?? rewrite(current)
    if (better !== undefined) {
      const result = settled(better, settledNodes, settle)
      improved.set(key, result)
      replaced.set(node.outputs[0] as Tensor, result)
      continue
    }
    const kept = settle(current)
    node.outputs.forEach((y, i) => {
      replaced.set(y, kept.outputs[i] as Tensor)
    })
  }
  return tensors.map((x) => replaced.get(x) as Tensor)
}

/** The same expressions with equal nodes merged, and nothing else changed; inputs stay what they are. */
export function mergeEqual(tensors: readonly Tensor[]): Tensor[] {
  const replaced = new Map<Tensor, Tensor>()
  const known = new Map<string, Node>()
  const numbers = new Map<object, number>()
  const numberOf = (object: object): number => {
    const number = numbers.get(object) ?? numbers.size
    numbers.set(object, number)
    return number
  }
  for (const node of topological(tensors)) {
    const inputs = node.inputs.map((x) => replaced.get(x) as Tensor)
    const current = inputs.every((x, i) => x === node.inputs[i]) ? node : new Node(node.operator, inputs, node.attributes)
    const key = node.operator.name === 'Input' ? `${numberOf(node)}` : `${numberOf(node.operator)} ${keyOf(current, numberOf)}`
    const kept = known.get(key) ?? current
    known.set(key, kept)
    node.outputs.forEach((y, i) => {
      replaced.set(y, kept.outputs[i] as Tensor)
    })
  }
  return tensors.map((x) => replaced.get(x) as Tensor)
}

/** Merges the nodes that a rewriting made with known ones; nodes that stood before it are known already. */
function settled(tensor: Tensor, before: ReadonlySet<Node>, settle: (node: Node) => Node): Tensor {
  if (before.has(tensor.node) || tensor.node.operator.name === 'Input') return tensor
  const inputs = tensor.node.inputs.map((x) => settled(x, before, settle))
  const same = inputs.every((x, i) => x === tensor.node.inputs[i])
  const node = settle(same ? tensor.node : new Node(tensor.node.operator, inputs, tensor.node.attributes))
  return node.outputs[tensor.index] as Tensor
}

function keyOf(node: Node, numberOf: (object: object) => number): string {
  const attribute = (value: unknown): string => {
    if (ArrayBuffer.isView(value)) {
      const numbers = value as unknown as ArrayLike<number | bigint>
      return numbers.length <= COMPARE_LIMIT
        ? `<${Array.from(numbers, (n) => (Object.is(n, -0) ? '-0' : String(n))).join()}>`
        : `#${numberOf(value)}`
    }
    if (Array.isArray(value)) return `[${value.map(attribute).join()}]`
    if (typeof value === 'object' && value !== null) return 'terms' in value ? String(value) : `#${numberOf(value)}`
    return Object.is(value, -0) ? '-0' : String(value)
  }
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${attribute(value)}`)
  return `${node.operator.name}(${node.inputs.map((x) => `${numberOf(x.node)}.${x.index}`).join()})${attributes.join(';')}`
}

function fold(node: Node): Tensor | undefined {
  if (node.outputs.length !== 1 || node.operator.name === 'Constant' || node.operator.name === 'Loop') return undefined
  const y = node.outputs[0] as Tensor
  if (y.dtype === 'float16' || y.shape.some((d) => typeof d !== 'number')) return undefined
  const inputs = node.inputs.map(constantData)
  if (inputs.some((data) => data === undefined)) return undefined
  const size = elementCount(y.shape as number[])
  if (size > FOLD_LIMIT || ((node.operator.name === 'Expand' || node.operator.name === 'Tile') && size > 1)) return undefined
  if (node.operator.name === 'Dimension') return undefined
  const { data, shape } = foldConstant(node)
  return constant(data, shape, y.dtype)
}

type Rule = (inputs: readonly Tensor[], node: Node) => Tensor | undefined

const isNumber = (x: Tensor | undefined, value: number): boolean => x !== undefined && constantNumber(x) === value
const input = (x: Tensor, operator: string): Tensor | undefined => (x.node.operator.name === operator ? x.node.inputs[0] : undefined)

const rules: Readonly<Record<string, Rule>> = {
  Identity: ([x]) => x,
  Add: ([a, b]) => {
    if (isNumber(b, 0)) return a
    if (isNumber(a, 0)) return b
    const negated = input(b as Tensor, 'Neg')
    return negated === undefined ? undefined : sub(a as Tensor, negated)
  },
  Sub: ([a, b]) => {
    if (isNumber(b, 0)) return a
    const negated = input(b as Tensor, 'Neg')
    return negated === undefined ? undefined : add(a as Tensor, negated)
  },
  Mul: ([a, b]) => {
    if (isNumber(b, 1)) return a
    if (isNumber(a, 1)) return b
    if (isNumber(b, -1)) return neg(a as Tensor)
    if (isNumber(a, -1)) return neg(b as Tensor)
    return mergedFactors(a as Tensor, b as Tensor) ?? mergedFactors(b as Tensor, a as Tensor) ?? scaledEarlier(a as Tensor, b as Tensor)
  },
  Div: ([a, b]) => (isNumber(b, 1) ? a : undefined),
  Pow: ([a, b]) => (isNumber(b, 1) ? a : isNumber(b, 2) ? mul(a as Tensor, a as Tensor) : undefined),
  Neg: ([x]) => input(x as Tensor, 'Neg'),
  // A sum over nothing is 0; ONNX Runtime (1.30) ends the process there, on WebGPU.
  MatMul: ([a], node) => {
    const y = node.outputs[0] as Tensor
    return (a as Tensor).shape.at(-1) === 0 ? expand(constant(0, [], y.dtype), y.shape) : undefined
  },
  Transpose: ([x], node) => {
    const below = input(x as Tensor, 'Transpose')
    if (below === undefined) return undefined
    const first = ((x as Tensor).node.attributes as OperatorAttributes['Transpose']).permutation
    return transpose(
      below,
      (node.attributes as OperatorAttributes['Transpose']).permutation.map((p) => first[p] as number),
    )
  },
  Reshape: ([x], node) => {
    const below = ['Reshape', 'Squeeze', 'Unsqueeze'].map((name) => input(x as Tensor, name)).find((t) => t !== undefined)
    return below === undefined ? undefined : reshape(below, (node.attributes as OperatorAttributes['Reshape']).shape)
  },
  Squeeze: ([x], node) => {
    const below = input(x as Tensor, 'Unsqueeze')
    return below !== undefined && sameShape(below.shape, (node.outputs[0] as Tensor).shape) ? below : undefined
  },
  Unsqueeze: ([x], node) => {
    const below = input(x as Tensor, 'Squeeze')
    return below !== undefined && sameShape(below.shape, (node.outputs[0] as Tensor).shape) ? below : undefined
  },
}

/** (x c) d = x (c d) for constant scalars c and d. */
function mergedFactors(scaled: Tensor, factor: Tensor): Tensor | undefined {
  const d = constantNumber(factor)
  if (d === undefined || factor.rank !== 0 || scaled.node.operator.name !== 'Mul' || !isFloat(scaled.dtype)) return undefined
  const [a, b] = scaled.node.inputs as [Tensor, Tensor]
  if (b.rank === 0 && constantNumber(b) !== undefined) return mul(a, (constantNumber(b) as number) * d)
  if (a.rank === 0 && constantNumber(a) !== undefined) return mul(b, (constantNumber(a) as number) * d)
  return undefined
}

/** c expand(x) = expand(c x) for a constant scalar c: less to multiply, and what comes after may do without the expansion. */
function scaledEarlier(a: Tensor, b: Tensor): Tensor | undefined {
  const [factor, expanded] = a.rank === 0 ? [a, b] : [b, a]
  const small = input(expanded, 'Expand')
  if (small === undefined || factor.rank !== 0 || constantNumber(factor) === undefined) return undefined
  return expand(mul(small, factor), expanded.shape)
}

function rewrite(node: Node): Tensor | undefined {
  const y = node.outputs[0] as Tensor
  const rule = Object.hasOwn(rules, node.operator.name) ? rules[node.operator.name] : undefined
  const better = rule?.(node.inputs, node)
  if (better !== undefined && sameShape(better.shape, y.shape)) return better
  return elementwiseBinary.has(node.operator.name) ? withoutExpand(node) : undefined
}

/** An operand need not be expanded where the other one has the result's shape already. */
function withoutExpand(node: Node): Tensor | undefined {
  const y = node.outputs[0] as Tensor
  for (const i of [0, 1]) {
    const [operand, other] = [node.inputs[i] as Tensor, node.inputs[1 - i] as Tensor]
    const small = input(operand, 'Expand')
    if (small === undefined || !sameShape(other.shape, y.shape)) continue
    const inputs = i === 0 ? [small, other] : [other, small]
    return new Node(node.operator, inputs, node.attributes).outputs[0]
  }
  return undefined
}
