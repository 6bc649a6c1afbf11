import { runNode } from '../evaluate/run.ts'
import type { Node, Tensor } from '../expression/tensor.ts'
import { elementCount } from '../expression/value.ts'
import { constant } from '../operators/constant.ts'
import { isNode } from '../operators/signatures.ts'
import { type RewritingPass, rewriting } from './rewrite.ts'

/** Constants of more elements than this are not made. */
const FOLD_LIMIT = 4096

const isStatic = (shape: readonly unknown[]): shape is readonly number[] => shape.every((d) => typeof d === 'number')

/** Whether a node reads constants alone, and its result may be stored in their place. */
function isFoldable(node: Node): boolean {
  const { shape } = node.output
  if (node.outputs.length !== 1 || !isStatic(shape)) return false
  if (!node.inputs.every((x) => isNode(x.node, 'Constant'))) return false
  const size = elementCount(shape)
  const repeats = isNode(node, 'Expand') || isNode(node, 'Tile')
  return size <= FOLD_LIMIT && !(repeats && size > 1)
}

/** The value of a node whose inputs are constants; undefined where it has none, as 1 / 0 in whole numbers. */
function folded(node: Node): Tensor | undefined {
  if (!isFoldable(node)) return undefined
  const none = new Map<string, number>()
  try {
    const inputs = node.inputs.flatMap((x) => runNode(x.node, [], none))
    const [value] = runNode(node, inputs, none)
    return value && constant(value.data, value.shape, value.dtype)
  } catch {
    return undefined
  }
}

/**
 * What can be computed before a Program runs, and is no larger than 4,096 numbers, is.
 *
 * Law: equal for every input, as the reference computes it.
 * Before: Mul(x, Add(1, 2)). After: Mul(x, 3).
 */
export const foldConstants: RewritingPass = /* @__PURE__ */ rewriting('fold-constants', [
  { appliesTo: ({ traits }) => !traits.includes('generating') && !traits.includes('control'), rewrite: folded },
])
