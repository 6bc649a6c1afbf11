import { isNode, type Node, type Program, readCounts, readersOf, type Tensor } from '@equivar/tensor'
import { convolutionRule, isConvolution } from './blocked-convolution.ts'
import { pointwiseRule } from './blocked-pointwise.ts'
import { poolingGain, poolingRule } from './blocked-pooling.ts'
import { concatRule, padRule, reshapeRule, sliceRule } from './blocked-rearranging.ts'
import { isSummary, reductionRule } from './blocked-reduction.ts'
import type { BlockedPlan, BlockedRule } from './blocked-rule.ts'
import { MinimumCut } from './minimum-cut.ts'
import { usualCount } from './usual-size.ts'

const rules: readonly BlockedRule[] = [
  convolutionRule,
  pointwiseRule,
  poolingRule,
  reshapeRule,
  concatRule,
  sliceRule,
  padRule,
  reductionRule,
]

/** What of a Program is computed in blocks. */
export interface BlockedPlans {
  /** Nodes that are computed in blocks. */
  readonly computed: ReadonlyMap<Node, BlockedPlan>
  /** Reductions that read blocks and leave few numbers, in the plain order. */
  readonly summaries: ReadonlySet<Node>
}

/** How much faster a convolution is in blocks, as numbers that could be reordered in that time. */
export type BlockedGain = (node: Node, block: number) => number

type Plans = Map<Node, BlockedPlan>

/** Every node that could be computed in blocks: convolutions, and what follows them. */
function possiblePlans({ nodes }: Program, block: number): Plans {
  const possible: Plans = new Map()
  const known = (x: Tensor): BlockedPlan['axes'] | undefined => (x.index === 0 ? possible.get(x.node)?.axes : undefined)
  for (const node of nodes) {
    for (const rule of rules) {
      const plan = rule(node, known, block)
      if (plan === undefined) continue
      possible.set(node, plan)
      break
    }
  }
  return possible
}

/** What numbers of another type than float32 cost to reorder, for which there is no kernel, as a multiple. */
const WITHOUT_KERNEL = 10

const reorderCost = (x: Tensor): number => usualCount(x) * (x.dtype === 'float32' ? 1 : WITHOUT_KERNEL)

/** Which of the possible nodes are computed in blocks: those for which what convolutions gain less what is reordered is most. */
function chosen(program: Program, possible: Plans, convolutionGain: (node: Node) => number): Plans {
  const cut = new MinimumCut()
  const vertices = new Map([...possible.keys()].map((node) => [node, cut.vertex()]))
  const vertexOf = (node: Node | undefined): number => (node && vertices.get(node)) ?? cut.second
  const readers = readersOf(program.nodes)
  const counts = readCounts(program)
  // Done while the convolution writes its result.
  const isRectified = (node: Node): boolean =>
    isNode(node, 'Relu') && isConvolution(node.inputs[0].node) && counts.get(node.inputs[0]) === 1
  const outputs = new Set(program.outputs.map(({ tensor }) => tensor))
  const gain = (node: Node): number =>
    isConvolution(node) ? convolutionGain(node) : isRectified(node) ? usualCount(node.output) : poolingGain(node)
  for (const [node, vertex] of vertices) cut.edge(cut.first, vertex, gain(node))
  const tensors = new Set([...possible].flatMap(([node, { reads }]) => [node.output, ...reads.map(({ x }) => x)]))
  for (const x of tensors) {
    const [own, cost] = [vertexOf(x.node), reorderCost(x)]
    const [inBlocks, inOrder] = [cut.vertex(), cut.vertex()]
    // Reordered once, if anything reads it in the form in which it is not computed.
    cut.edge(inBlocks, own, cost)
    cut.edge(own, inOrder, cost)
    if (outputs.has(x)) cut.edge(inOrder, cut.second, Infinity)
    for (const reader of readers.get(x) ?? []) {
      const plan = possible.get(reader)
      const reads = plan?.reads.some((read) => read.x === x) === true
      if (reads) cut.edge(vertexOf(reader), inBlocks, Infinity)
      if (reads) cut.edge(inOrder, vertexOf(reader), Infinity)
      else if (!readsBoth(reader, x, possible)) cut.edge(inOrder, cut.second, Infinity)
    }
  }
  const side = cut.firstSide()
  return new Map([...possible].filter(([node]) => side.has(vertexOf(node))))
}

/** Whether a node that is computed in the plain order takes x in either form. */
function readsBoth(reader: Node, x: Tensor, plans: ReadonlyMap<Node, BlockedPlan>): boolean {
  const axes = plans.get(x.node)?.axes
  return axes !== undefined && isSummary(reader, axes)
}

/**
 * Which nodes are computed in blocks: the choice for which the time that convolutions gain, less the time to reorder what is computed in one form and read
 * in the other, is most. It is found as a minimum cut between nodes in blocks and others.
 */
export function planBlocks(program: Program, block: number, gain: BlockedGain): BlockedPlans {
  const possible = possiblePlans(program, block)
  if (possible.size === 0) return { computed: possible, summaries: new Set() }
  const computed = chosen(program, possible, (node) => gain(node, block))
  const summaries = program.nodes.filter((node) => {
    const [x] = node.inputs
    return x !== undefined && !computed.has(node) && readsBoth(node, x, computed)
  })
  return { computed, summaries: new Set(summaries) }
}
