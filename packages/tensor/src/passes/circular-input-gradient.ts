import { type Dimension, minus, sameDimension } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { convInputGradient } from '../operators/convolution.ts'
import { pad } from '../operators/padding.ts'
import { isNode, type NodeOf, nodeOf } from '../operators/signatures.ts'
import { axisWindows } from '../operators/windows.ts'
import type { Pass } from './pass.ts'
import { readCounts } from './readers.ts'
import { graphPass, rewriteTensors } from './rewrite.ts'

/** A circle along one axis of a signal, of which `before` elements were written a second time before its start, and `after` behind its end. */
interface Fold {
  /** The signal that is folded: [..., before + circle + after, ...]. */
  readonly signal: Tensor
  readonly axis: number
  readonly before: number
  readonly after: number
}

/** The terms of a sum, and of sums that are terms of it. */
const termsOf = ({ inputs }: NodeOf<'Add'>): readonly Tensor[] => inputs.flatMap((x) => nodeOf(x, 'Add')?.inputs ?? [x])

/** The cut along a single axis, without steps, that a tensor is. */
function cutOf(x: Tensor): { readonly signal: Tensor; readonly axis: number; readonly start: Dimension } | undefined {
  const node = nodeOf(x, 'Slice')
  if (node === undefined || node.attributes.axes.length !== 1 || node.attributes.steps[0] !== 1) return undefined
  return { signal: node.inputs[0], axis: node.attributes.axes[0] as number, start: node.attributes.starts[0] ?? 0 }
}

/** Whether a term is one end of the signal with zeros, so that it lies at the other end of the circle. */
function isFolded(term: Tensor, { signal, axis, before, after }: Fold, end: 'before' | 'after'): boolean {
  const padding = nodeOf(term, 'Pad')
  const part = padding && cutOf(padding.inputs[0])
  if (padding?.attributes.value !== 0 || part?.signal !== signal || part.axis !== axis) return false
  const [start, count] = end === 'before' ? [0, before] : [minus(signal.size(axis), after), after]
  const zeros = end === 'before' ? axis : axis + term.rank
  const onlyThere = padding.attributes.pads.every((p, i) => i === zeros || p === 0)
  return onlyThere && sameDimension(part.start, start) && padding.inputs[0].size(axis) === count
}

const endsOf = ({ before, after }: Fold): readonly ('before' | 'after')[] => [
  ...(before > 0 ? (['before'] as const) : []),
  ...(after > 0 ? (['after'] as const) : []),
]

/** The sum of the middle of a signal and its ends, each added at the other side. */
function foldOf(sum: NodeOf<'Add'>): Fold | undefined {
  const terms = termsOf(sum)
  const middle = terms.find((term) => cutOf(term) !== undefined)
  const cut = middle && cutOf(middle)
  if (middle === undefined || cut === undefined) return undefined
  const { signal, axis, start: before } = cut
  const after = minus(minus(signal.size(axis), middle.size(axis)), before)
  if (typeof before !== 'number' || typeof after !== 'number') return undefined
  const fold = { signal, axis, before, after }
  const [others, ends] = [terms.filter((term) => term !== middle), endsOf(fold)]
  return others.length === ends.length && ends.every((end) => others.some((term) => isFolded(term, fold, end))) ? fold : undefined
}

/** The gradient before it is folded, if it is that of a convolution which gives as many elements as there are around the circle. */
function circularGradient({ signal, axis, before, after }: Fold): NodeOf<'ConvInputGradient'> | undefined {
  const node = nodeOf(signal, 'ConvInputGradient')
  const window = node && axis >= 2 ? axisWindows(node.attributes)[axis - 2] : undefined
  return window?.stride === 1 && window.padding === 0 && window.extent - 1 === before + after ? node : undefined
}

/** The gradient around the circle, of what reaches it around the circle. */
function wrapped(node: NodeOf<'ConvInputGradient'>, { axis, before, after }: Fold): Tensor {
  const [weight, g] = node.inputs
  const { attributes } = node
  const [at, rank] = [axis - 2, attributes.kernel.length]
  const along = (amount: number): number[] => g.shape.map((_, i) => (i === axis ? amount : 0))
  const spatial = attributes.spatial.with(at, g.size(axis))
  const pads = attributes.pads.with(at, before + after).with(at + rank, before + after)
  return convInputGradient(weight, pad(g, [...along(after), ...along(before)], { mode: 'wrap' }), spatial, { ...attributes, pads })
}

/**
 * The gradient of a signal that is convolved around the circle is a convolution around the circle: what reaches it is continued, so that the gradient need not be
 * folded.
 *
 * Law: equal for every finite input, but for the order of additions.
 * Before: Add(Add(Slice(d, 1, 4), Pad(Slice(d, 4, 5))), Pad(Slice(d, 0, 1))) with d [5] = ConvInputGradient(w [3], g [3]).
 * After: ConvInputGradient(w, Concat(Slice(g, 2, 3), g, Slice(g, 0, 1))) with pads of 2.
 */
export const circularInputGradients: Pass = /* @__PURE__ */ graphPass('circular-input-gradients', (program) => {
  const counts = readCounts(program)
  return rewriteTensors(program, (node, original) => {
    const [given, now] = [original, node].map((sum) => (isNode(sum, 'Add') ? foldOf(sum) : undefined))
    const found = now && circularGradient(now)
    if (given === undefined || now === undefined || found === undefined) return undefined
    const readsAll = counts.get(given.signal) === 1 + endsOf(now).length
    return readsAll ? [wrapped(found, now)] : undefined
  })
})
