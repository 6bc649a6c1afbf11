import {
  type Node,
  type ReduceAttributes,
  type Reduction,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reshape,
  type Tensor,
} from '@equivar/tensor'
import type { BlockedForms } from './blocked-forms.ts'
import { blockedAxis, type ChannelAxes, fromBlocks, isBeside } from './blocked-layout.ts'
import type { BlockedPlan, BlockedRule } from './blocked-rule.ts'

/** Reductions that may be taken in steps, some axes first, and that zeros alone make 0. */
const reductions: Readonly<Record<string, Reduction>> = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceMax,
  ReduceMin: reduceMin,
}

const attributesOf = (node: Node): ReduceAttributes => node.attributes as ReduceAttributes

/** A reduction over axes before the channels. */
export const reductionRule: BlockedRule = (node, known): BlockedPlan | undefined => {
  const reduce = reductions[node.operator.name]
  const [x] = node.inputs
  const own = x && known(x)
  if (reduce === undefined || x === undefined || own === undefined) return undefined
  const { axes: over, keepDims } = attributesOf(node)
  if (over.length === 0 || !over.every((axis) => axis < own.from)) return undefined
  const gone = keepDims ? 0 : over.length
  return {
    axes: { from: own.from - gone, to: own.to - gone },
    reads: [{ x, axes: own }],
    compute: (forms) => reduce(forms.blocked(x, own), { axis: over, keepDims }),
  }
}

/** Whether a node reduces a tensor with channels in those axes and leaves nothing behind them: its few results may as well be in the plain order. */
export function isSummary(node: Node, axes: ChannelAxes): boolean {
  const [x] = node.inputs
  if (reductions[node.operator.name] === undefined || x === undefined || axes.to === x.rank) return false
  return x.shape.every((_, axis) => axis < axes.to || attributesOf(node).axes.includes(axis))
}

/** Reductions over first axes that become products with ones, which read memory once, in order. */
const areProducts = new Set(['ReduceSum', 'ReduceMean'])

/**
 * Such a reduction, of what is in blocks; the few numbers that are left are put in the plain order, and reduced over axes that are channels themselves.
 *
 * Sums are taken first over what is before the channels, then over what is behind them. One thread, ms, in the other order and in this one: [64, 5, 676, 8]
 * 0.38 and 0.19, [64, 10, 676, 8] 0.77 and 0.43, [25, 8, 100, 8] 0.08 and 0.04, [10, 8, 1024, 8] 0.15 and 0.09, [80, 8, 196, 8] 0.29 and 0.11.
 */
export function summary(node: Node, axes: ChannelAxes, forms: BlockedForms): Tensor {
  const reduce = reductions[node.operator.name] as Reduction
  const [x] = node.inputs as readonly [Tensor]
  const { axes: over } = attributesOf(node)
  const behind = over.filter((axis) => axis >= axes.to).map((axis) => blockedAxis(axis, axes))
  const before = over.filter((axis) => axis < axes.from)
  const within = over.filter((axis) => !isBeside(axis, axes))
  const order = areProducts.has(node.operator.name) ? [before, behind] : [behind, before]
  const few = order.reduce((y, axis) => (axis.length === 0 ? y : reduce(y, { axis, keepDims: true })), forms.blocked(x, axes))
  const shape = x.shape.map((d, axis) => (over.includes(axis) && isBeside(axis, axes) ? 1 : d))
  const plain = fromBlocks(few, shape, axes, forms.block)
  const reduced = within.length === 0 ? plain : reduce(plain, { axis: within, keepDims: true })
  return reshape(reduced, node.output.shape)
}
