import { piecesOf } from '../evaluate/loop.ts'
import { type Binding, type Dimension, dimensionValue } from '../expression/dimension.ts'
import type { Node, Tensor } from '../expression/tensor.ts'
import { numberBytes } from '../expression/value.ts'
import { pieceSymbol } from '../operators/control.ts'
import { isNode } from '../operators/signatures.ts'
import type { Program } from '../program/program.ts'
import { plainTarget } from './optimize.ts'
import { contextOf, type Pass, type PassContext, type Target } from './pass.ts'
import { type PassGroup, untilStable } from './rewrite.ts'

/** What a Program costs, for one size of each symbol. */
export interface ProgramCost {
  /** Nodes, constants and those of loop bodies included. */
  readonly nodes: number
  /** Bytes that all nodes write. */
  readonly bytes: number
  /** Multiplications and additions in sums of products, and one operation an element elsewhere; what only moves elements counts as none. */
  readonly operations: number
}

/** What one pass did. */
export interface PassReport {
  readonly pass: string
  /** Before it first changed something. */
  readonly before: ProgramCost
  /** That, and what all its runs changed. */
  readonly after: ProgramCost
  /** How many of its runs changed something. */
  readonly changes: number
}

/** What the passes of a target did to a Program. */
export interface Explanation {
  readonly target: string
  readonly before: ProgramCost
  readonly after: ProgramCost
  /** The passes that changed something, in the order in which they first did. */
  readonly passes: readonly PassReport[]
}

function elements(x: Tensor | undefined, binding: Binding): number {
  return (x?.shape ?? []).reduce<number>((n, d) => n * dimensionValue(d, binding), 1)
}

/** Multiplications and additions of a sum of products: 2 m k n for a matrix product, 2 x outputs x window x channels for a convolution. 0 for other nodes. */
export function productOperations(node: Node, binding: Binding): number {
  const { inputs, output } = node
  const size = (d: Dimension | undefined): number => dimensionValue(d ?? 1, binding)
  if (isNode(node, 'MatMul')) return 2 * elements(output, binding) * size(inputs[0]?.shape.at(-1))
  if (isNode(node, 'Conv')) return (2 * elements(output, binding) * elements(inputs[1], binding)) / size(inputs[1]?.shape[0])
  if (isNode(node, 'ConvTranspose')) return (2 * elements(inputs[0], binding) * elements(inputs[1], binding)) / size(inputs[1]?.shape[0])
  if (isNode(node, 'ConvInputGradient'))
    return (2 * elements(inputs[1], binding) * elements(inputs[0], binding)) / size(inputs[0]?.shape[0])
  if (isNode(node, 'ConvWeightGradient')) return (2 * elements(inputs[1], binding) * elements(output, binding)) / size(output.shape[0])
  return 0
}

const sumsProducts = (node: Node): boolean => isNode(node, 'MatMul') || (node.has('windowed') && node.has('contracting'))

/** Two for each product that is added up; for others one an element of the result. */
function operationsOf(node: Node, binding: Binding): number {
  if (sumsProducts(node)) return productOperations(node, binding)
  if (node.has('rearranging') || node.has('generating')) return 0
  return Math.max(elements(node.output, binding), elements(node.inputs[0], binding))
}

/** What a Program costs for those sizes. */
export function costOf({ nodes: all }: Pick<Program, 'nodes'>, binding: Binding): ProgramCost {
  let [nodes, bytes, operations] = [0, 0, 0]
  for (const node of all) {
    if (isNode(node, 'Loop')) {
      const symbol = pieceSymbol(node.attributes)
      const pieces = piecesOf(node.attributes, binding)
      const sizes = symbol === undefined ? binding : new Map(binding).set(symbol, pieces[0]?.length ?? 0)
      const body = costOf(node.attributes.body, sizes)
      nodes += body.nodes
      bytes += pieces.length * body.bytes
      operations += pieces.length * body.operations
    } else operations += operationsOf(node, binding)
    nodes++
    if (!node.has('generating')) for (const y of node.outputs) bytes += elements(y, binding) * numberBytes[y.dtype]
  }
  return { nodes, bytes, operations }
}

const isGroup = (pass: Pass): pass is PassGroup => 'passes' in pass

/** The pass with every pass in it watched. */
function watched(pass: Pass, watch: (name: string, before: Program, after: Program) => void): Pass {
  if (isGroup(pass))
    return untilStable(
      pass.name,
      pass.passes.map((inner) => watched(inner, watch)),
    )
  const run = (program: Program, context: PassContext): Program => {
    const after = pass.run(program, context)
    watch(pass.name, program, after)
    return after
  }
  return { name: pass.name, run }
}

const sum = (a: ProgramCost, b: ProgramCost, sign: number): ProgramCost => ({
  nodes: a.nodes + sign * b.nodes,
  bytes: a.bytes + sign * b.bytes,
  operations: a.operations + sign * b.operations,
})

/**
 * What each pass of a target does to a Program.
 *
 * @param options - `sizes` of symbols (16 where not given), by name; `fixed`: names of inputs whose values are known.
 */
export function explain(
  program: Program,
  target: Target = plainTarget,
  { sizes = {}, fixed = [] }: { readonly sizes?: Readonly<Record<string, number>>; readonly fixed?: readonly string[] } = {},
): Explanation {
  // A pass may bring symbols of its own.
  const cost = (given: Program): ProgramCost => costOf(given, new Map([...given.symbols].map((name) => [name, sizes[name] ?? 16])))
  const reports = new Map<string, PassReport>()
  const watch = (pass: string, before: Program, after: Program): void => {
    if (before === after) return
    const [was, is] = [cost(before), cost(after)]
    const known = reports.get(pass)
    reports.set(pass, {
      pass,
      before: known?.before ?? was,
      after: known === undefined ? is : sum(known.after, sum(is, was, -1), 1),
      changes: (known?.changes ?? 0) + 1,
    })
  }
  const after = untilStable(
    target.name,
    target.passes.map((pass) => watched(pass, watch)),
  ).run(program, contextOf(program, fixed))
  return { target: target.name, before: cost(program), after: cost(after), passes: [...reports.values()] }
}
