import type { Tensor } from '../expression/tensor.ts'
import { convInputGradientOperator } from '../operators/convolution.ts'
import { apply } from '../operators/operator.ts'
import { pad } from '../operators/padding.ts'
import { type NodeOf, nodeOf } from '../operators/signatures.ts'
import { axisWindows } from '../operators/windows.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** A piece of a gradient along one axis, and zeros around it. */
interface Piece {
  readonly gradient: NodeOf<'ConvInputGradient'>
  readonly axis: number
  readonly start: number
  readonly end: number
  readonly zerosBefore: number
  readonly zerosBehind: number
}

/** What a sum adds, for sums of up to three. */
function termsOf(x: Tensor): readonly Tensor[] {
  const sum = nodeOf(x, 'Add')
  if (sum === undefined) return [x]
  const [a, b] = sum.inputs
  const [left, right] = [nodeOf(a, 'Add'), nodeOf(b, 'Add')]
  if (left !== undefined) return [...left.inputs, b]
  return right === undefined ? [a, b] : [a, ...right.inputs]
}

function pieceOf(x: Tensor): Piece | undefined {
  const padded = nodeOf(x, 'Pad')
  const cut = nodeOf(padded?.inputs[0] ?? x, 'Slice')
  const gradient = cut && nodeOf(cut.inputs[0], 'ConvInputGradient')
  if (cut === undefined || gradient === undefined || (padded !== undefined && padded.attributes.value !== 0)) return undefined
  const { axes, starts, ends, steps } = cut.attributes
  const [[axis], [start], [end]] = [axes, starts, ends]
  if (axes.length !== 1 || steps[0] !== 1 || axis === undefined || typeof start !== 'number' || typeof end !== 'number') return undefined
  const pads = padded?.attributes.pads ?? []
  const [zerosBefore, zerosBehind] = [pads[axis] ?? 0, pads[axis + x.rank] ?? 0]
  const elsewhere = pads.some((p, i) => p !== 0 && i % x.rank !== axis)
  if (elsewhere || typeof zerosBefore !== 'number' || typeof zerosBehind !== 'number') return undefined
  return { gradient, axis, start, end, zerosBefore, zerosBehind }
}

/** How far a signal was continued around the circle before and behind, if these pieces are its gradient laid around the same circle. */
function circleOf(pieces: readonly Piece[], size: number): { readonly before: number; readonly behind: number } | undefined {
  const middle = pieces.find(({ zerosBefore, zerosBehind }) => zerosBefore === 0 && zerosBehind === 0)
  const [first] = pieces
  if (middle === undefined || first === undefined || middle.end - middle.start !== size) return undefined
  if (!pieces.every(({ gradient, axis }) => gradient === first.gradient && axis === first.axis)) return undefined
  const before = middle.start
  const behind = (middle.gradient.output.shape[middle.axis] as number) - middle.end
  const isHead = (p: Piece): boolean => p.start === 0 && p.end === before && p.zerosBefore === size - before && p.zerosBehind === 0
  const isTail = (p: Piece): boolean =>
    p.start === middle.end && p.end - p.start === behind && p.zerosBefore === 0 && p.zerosBehind === size - behind
  const others = pieces.filter((piece) => piece !== middle)
  const wanted = [...(before > 0 ? [isHead] : []), ...(behind > 0 ? [isTail] : [])]
  return others.length === wanted.length && wanted.every((is) => others.some(is)) ? { before, behind } : undefined
}

/** The gradient that reaches the signal, of the gradient that was continued around the circle instead. */
function around({ gradient: node, axis }: Piece, { before, behind }: { before: number; behind: number }, size: number): Tensor | undefined {
  const { attributes, inputs } = node
  const [weight, gradient] = inputs
  const window = axisWindows(attributes)[axis - 2]
  if (window === undefined || window.stride !== 1 || window.padding !== 0 || window.extent !== before + behind + 1) return undefined
  const rank = attributes.kernel.length
  const sides = (amount: number): number[] => gradient.shape.map((_, i) => (i === axis ? amount : 0))
  const wrapped = pad(gradient, [...sides(behind), ...sides(before)], { mode: 'wrap' })
  const pads = attributes.pads.map((p, i) => (i % rank === axis - 2 ? before + behind : p))
  return apply(convInputGradientOperator, [weight, wrapped], { ...attributes, pads, spatial: attributes.spatial.with(axis - 2, size) })
}

/**
 * The gradient of a convolution on a circle is itself one on the circle: what reaches the signal beyond its ends need not be cut off and added at the
 * other end.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: d = ConvInputGradient(w, g); d without ends + zeros around the one end + zeros around the other. After: ConvInputGradient(w, g around the circle).
 */
export const circularGradients: RewritingPass = /* @__PURE__ */ rewriting('circular-gradients', [
  rule('Add', ({ output }) => {
    const terms = termsOf(output)
    const pieces = terms.flatMap((term) => pieceOf(term) ?? [])
    const [first] = pieces
    const size = first && output.shape[first.axis]
    if (first === undefined || typeof size !== 'number' || pieces.length !== terms.length) return undefined
    const circle = circleOf(pieces, size)
    return circle && around(first, circle, size)
  }),
])
