import { concat, isNode, Node, pad, reshape } from '@equivar/tensor'
import { blockedAxis, blockedShape, channelCount, isBeside, reshapedChannels } from './blocked-layout.ts'
import type { BlockedPlan, BlockedRule } from './blocked-rule.ts'

/** A change of shape that leaves the channels together. */
export const reshapeRule: BlockedRule = (node, known, block): BlockedPlan | undefined => {
  const changes = isNode(node, 'Reshape') || isNode(node, 'Squeeze') || isNode(node, 'Unsqueeze')
  const [x] = node.inputs
  const own = changes && x !== undefined ? known(x) : undefined
  if (x === undefined || own === undefined) return undefined
  const { shape } = node.output
  const axes = reshapedChannels(x.shape, own, shape)
  if (axes === undefined) return undefined
  return { axes, reads: [{ x, axes: own }], compute: (forms) => reshape(forms.blocked(x, own), blockedShape(shape, axes, block)) }
}

/** Pieces joined along an axis beside the channels. */
export const concatRule: BlockedRule = (node, known): BlockedPlan | undefined => {
  if (!isNode(node, 'Concat')) return undefined
  const { axis } = node.attributes
  const axes = node.inputs.map(known).find((own) => own !== undefined)
  if (axes === undefined || !isBeside(axis, axes)) return undefined
  return {
    axes,
    reads: node.inputs.map((x) => ({ x, axes })),
    compute: (forms) =>
      concat(
        node.inputs.map((x) => forms.blocked(x, axes)),
        blockedAxis(axis, axes),
      ),
  }
}

/** A piece cut out along axes beside the channels. */
export const sliceRule: BlockedRule = (node, known): BlockedPlan | undefined => {
  if (!isNode(node, 'Slice')) return undefined
  const [x] = node.inputs
  const axes = known(x)
  const { axes: cut } = node.attributes
  if (axes === undefined || !cut.every((axis) => isBeside(axis, axes))) return undefined
  const attributes = { ...node.attributes, axes: cut.map((axis) => blockedAxis(axis, axes)) }
  return { axes, reads: [{ x, axes }], compute: (forms) => new Node(node.operator, [forms.blocked(x, axes)], attributes).output }
}

/** Numbers around, along axes beside the channels: 0 where lanes have no channel. */
export const padRule: BlockedRule = (node, known, block): BlockedPlan | undefined => {
  if (!isNode(node, 'Pad')) return undefined
  const [x] = node.inputs
  const axes = known(x)
  const { pads, value } = node.attributes
  if (axes === undefined || x.shape.some((_, i) => !isBeside(i, axes) && (pads[i] !== 0 || pads[i + x.rank] !== 0))) return undefined
  if (value !== 0 && channelCount(x.shape, axes) % block !== 0) return undefined
  const side = (first: number): (typeof pads)[number][] => {
    const own = pads.slice(first, first + x.rank)
    return [...own.slice(0, axes.from), 0, ...own.slice(axes.to), 0]
  }
  return { axes, reads: [{ x, axes }], compute: (forms) => pad(forms.blocked(x, axes), [...side(0), ...side(x.rank)], { value }) }
}
