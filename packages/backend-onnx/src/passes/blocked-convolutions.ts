import { fixedTensors } from '@equivar/export-onnx'
import { graphPass, isNode, type Node, type Pass, type Program, readCounts, type Tensor, withInputs } from '@equivar/tensor'
import { convolutionGain } from './blocked-convolution.ts'
import { BlockedForms } from './blocked-forms.ts'
import { type BlockedGain, planBlocks } from './blocked-plan.ts'
import { summary } from './blocked-reduction.ts'
import { rectified } from './rectified.ts'

/** What the pass must know of the runtime. */
export interface BlockedOptions {
  /** Channels of a block; undefined where the runtime has no such kernels. */
  readonly block: number | undefined
  /** How much faster a convolution is in blocks, as numbers that could be reordered in that time; as measured if left out. */
  readonly gain?: BlockedGain
}

function inBlocks(program: Program, fixed: ReadonlySet<Tensor>, block: number, gain: BlockedGain): readonly Tensor[] {
  const { computed, summaries } = planBlocks(program, block, gain)
  const outputs = program.outputs.map(({ tensor }) => tensor)
  if (computed.size === 0) return outputs
  const forms = new BlockedForms(block, fixedTensors(program.nodes, fixed))
  const counts = readCounts(program)
  for (const node of program.nodes) {
    const plan = computed.get(node)
    if (plan !== undefined) {
      const alone = isNode(node, 'Relu') && counts.get(node.inputs[0]) === 1
      const y = (alone ? rectified(forms.blocked(node.inputs[0], plan.axes)) : undefined) ?? plan.compute(forms)
      forms.setBlocked(node.output, y, plan.axes)
    } else if (summaries.has(node)) {
      const axes = computed.get((node.inputs[0] as Tensor).node)?.axes
      if (axes !== undefined) forms.setPlain(node.output, summary(node, axes, forms))
    } else setPlainOutputs(node, forms)
  }
  return outputs.map((x) => forms.plain(x))
}

/** The node as it is, of what its inputs became. */
function setPlainOutputs(node: Node, forms: BlockedForms): void {
  const made = withInputs(
    node,
    node.inputs.map((x) => forms.plain(x)),
  )
  if (made === node) return
  for (const [i, y] of node.outputs.entries()) forms.setPlain(y, made.outputs[i] as Tensor)
}

/**
 * Convolutions, and the gradients that reach their signals, on blocks of channels: what ONNX Runtime does itself for weights that are constants, for any
 * weight. What lies between them (pointwise operations, poolings and their gradients, sums, changes of shape) is done in blocks too, where that saves
 * reordering.
 *
 * Law: equal for every input, but for the order of additions; where the last block is not full, an infinity or NaN spreads to all channels at the places
 * that read it, as 0 times infinity is NaN.
 * Before: Relu(Conv(x, w)). After: ReorderOutput(BlockedConv(relu)(ReorderInput(x), Transpose(ReorderInput(w)), 0)).
 */
export const blockedConvolutions = ({ block, gain = convolutionGain }: BlockedOptions): Pass =>
  graphPass('blocked-convolutions', (program, { fixed }) =>
    block === undefined ? program.outputs.map(({ tensor }) => tensor) : inBlocks(program, fixed, block, gain),
  )
