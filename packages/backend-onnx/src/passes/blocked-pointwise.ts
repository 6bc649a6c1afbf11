import { type Dimension, expand, Node, reshape, sameShape, type Tensor, tile } from '@equivar/tensor'
import type { BlockedForms } from './blocked-forms.ts'
import { blockedShape, type ChannelAxes, channelCount } from './blocked-layout.ts'
import type { BlockedPlan, BlockedRead, BlockedRule, KnownChannels } from './blocked-rule.ts'

/** How an operand meets the channels of the result: it has all of them, some (broadcast along others), or none. */
type Operand = 'channels' | 'some channels' | 'no channels'

/** Shape of an operand with as many axes as the result. */
const aligned = (x: Tensor, rank: number): Dimension[] => [...Array.from({ length: rank - x.rank }, () => 1), ...x.shape]

function operandOf(x: Tensor, y: Tensor, { from, to }: ChannelAxes): Operand {
  const sizes = aligned(x, y.rank).slice(from, to)
  if (sameShape(sizes, y.shape.slice(from, to))) return 'channels'
  return sizes.every((d) => d === 1) ? 'no channels' : 'some channels'
}

/** Operators whose result is 0 where all operands that have channels are 0, whatever those without are. */
const factors = new Set([
  'Mul',
  'Neg',
  'Abs',
  'Relu',
  'LeakyRelu',
  'Sign',
  'Identity',
  'Cast',
  'Floor',
  'Ceil',
  'Round',
  'Tanh',
  'Erf',
  'Sqrt',
  'Elu',
])
/** Operators whose result is 0 where all operands are. */
const sums = new Set(['Add', 'Sub', 'Min', 'Max'])

/** Whether lanes without a channel stay 0. */
function keepsZeros(node: Node, operands: readonly Operand[]): boolean {
  const { name } = node.operator
  const all = operands.every((operand) => operand !== 'no channels')
  if (factors.has(name)) return true
  if (name === 'Div') return operands[1] === 'no channels'
  return sums.has(name) && all
}

const isSingle = (sizes: readonly Dimension[]): boolean => sizes.every((d) => d === 1)

/** Whether an operand that is not in blocks costs little to bring there: it has fewer elements than the result, along the channels or behind them. */
function isSmall(x: Tensor, y: Tensor, axes: ChannelAxes, operand: Operand): boolean {
  const shape = aligned(x, y.rank)
  return operand === 'channels' || operand === 'no channels' || isSingle(shape.slice(axes.to))
}

/**
 * An operand in blocks, such that it can be broadcast to the result in long runs: what is the same in all lanes or along a row is written out for a row,
 * as ONNX Runtime adds a block of 8 or 16 numbers at a time 5 times as slowly as a row.
 */
function operand(x: Tensor, y: Tensor, axes: ChannelAxes, kind: Operand, forms: BlockedForms): Tensor {
  const { block } = forms
  const { from, to } = axes
  if (x.rank === 0) return forms.plain(x)
  const shape = aligned(x, y.rank)
  const behind = shape.slice(to)
  const last = y.shape.at(-1) as Dimension
  if (kind === 'no channels') {
    const lanes = reshape(forms.plain(x), [...shape.slice(0, from), 1, ...behind, 1])
    return isSingle(behind) ? lanes : tile(lanes, [...lanes.shape.slice(0, -1).map(() => 1), block])
  }
  const whole = [...shape.slice(0, from), ...y.shape.slice(from, to), ...behind]
  const own = kind === 'channels' ? forms.blocked(x, { from: from - (y.rank - x.rank), to: to - (y.rank - x.rank) }) : undefined
  const inBlocks = own ?? forms.blocked(expand(reshape(forms.plain(x), shape), whole), axes)
  const row = behind.length > 0 && isSingle(behind) && last !== 1
  const wide = reshape(inBlocks, blockedShape(whole, axes, block))
  return row ? tile(wide, [...wide.shape.slice(0, -2).map(() => 1), last, 1]) : wide
}

/** The channels that one of the operands brings. */
function axesOf({ inputs, output: y }: Node, known: KnownChannels): ChannelAxes | undefined {
  for (const x of inputs) {
    const own = known(x)
    if (own === undefined) continue
    const axes = { from: own.from + y.rank - x.rank, to: own.to + y.rank - x.rank }
    if (operandOf(x, y, axes) === 'channels') return axes
  }
  return undefined
}

/** Whether a tensor has elements along the channels and beside them, so that its place in blocks matters. */
const isWide = ({ shape }: Tensor, { from, to }: ChannelAxes, shift: number): boolean =>
  !isSingle(shape.slice(Math.max(0, to - shift))) || !isSingle(shape.slice(0, Math.max(0, from - shift)))

/** A pointwise operation on what is in blocks; zeros behind the channels stay zeros. */
export const pointwiseRule: BlockedRule = (node, known, block): BlockedPlan | undefined => {
  const { inputs, output: y } = node
  const axes = node.has('pointwise') && node.outputs.length === 1 ? axesOf(node, known) : undefined
  if (axes === undefined) return undefined
  const kinds = inputs.map((x) => operandOf(x, y, axes))
  if (channelCount(y.shape, axes) % block !== 0 && !keepsZeros(node, kinds)) return undefined
  if (!inputs.every((x, i) => isSmall(x, y, axes, kinds[i] as Operand))) return undefined
  const reads = inputs.flatMap((x, i): BlockedRead[] => {
    const shift = y.rank - x.rank
    if (kinds[i] !== 'channels' || !isWide(x, axes, shift)) return []
    return [{ x, axes: { from: axes.from - shift, to: axes.to - shift } }]
  })
  const compute = (forms: BlockedForms): Tensor => {
    const operands = inputs.map((x, i) => operand(x, y, axes, kinds[i] as Operand, forms))
    return new Node(node.operator, operands, node.attributes).output
  }
  return { axes, reads, compute }
}
