import { add, expand, mul, Node, type NodeOf, nodeOf, product, reshape, sameShape, type Tensor } from '@equivar/tensor'
import type { Affine, Known } from './known-rows.ts'

/** The result of a convolution, with its channels in one axis or in several. */
interface Convolved {
  readonly conv: NodeOf<'Conv'>
  /** The sizes of the axes of channels. */
  readonly channels: readonly number[]
}

/** The convolution that made x, if nothing else reads it, and the axes of x into which a change of shape has split its channels. */
function convolved(x: Tensor, { isAlone, isFixed }: Known): Convolved | undefined {
  const y = nodeOf(x, 'Reshape')?.inputs[0] ?? x
  const conv = nodeOf(y, 'Conv')
  if (conv === undefined || !isAlone(x) || !isAlone(y) || conv.inputs.slice(1).some((each) => each !== undefined && !isFixed(each)))
    return undefined
  const space = y.shape.slice(2)
  const channels = x.shape.slice(1, x.rank - space.length)
  const isKnown = channels.every((d): d is number => typeof d === 'number')
  const sameRest = sameShape([x.size(0), ...x.shape.slice(x.rank - space.length)], [y.size(0), ...space])
  return isKnown && sameRest && product(channels) === y.size(1) ? { conv, channels } : undefined
}

/** A tensor that broadcasts along the channels of x alone, as one number a channel. */
function perChannel(row: Tensor, rank: number, { channels, conv }: Convolved): Tensor | undefined {
  const padded = [...Array.from({ length: rank - row.rank }, () => 1), ...row.shape]
  const own = padded.slice(1, 1 + channels.length)
  const fits = row.rank <= rank && padded.every((d, axis) => d === 1 || d === channels[axis - 1])
  return fits ? reshape(expand(reshape(row, own), channels), [conv.inputs[1].size(0)]) : undefined
}

/**
 * A convolution with fixed weights, whose weights and bias take in what its result is multiplied with and what is added to it.
 *
 * @param x - its result, or that with the channels in several axes, as group convolutions have it.
 */
export function affineConvolution(x: Tensor, known: Known): Affine | undefined {
  const found = convolved(x, known)
  if (found === undefined) return undefined
  const { conv } = found
  const [input, weight, bias] = conv.inputs
  const made = (inputs: readonly (Tensor | undefined)[]): Tensor =>
    reshape(known.lone(new Node(conv.operator, inputs as Tensor[], conv.attributes).output), x.shape)
  return {
    scaled: (factor) => {
      const one = perChannel(factor, x.rank, found)
      if (one === undefined) return undefined
      const columns = reshape(one, [weight.size(0), ...weight.shape.slice(1).map(() => 1)])
      return made([input, known.keep(mul(weight, columns)), ...(bias ? [known.keep(mul(bias, one))] : [])])
    },
    shifted: (term) => {
      const one = perChannel(term, x.rank, found)
      return one && made([input, weight, known.keep(bias ? add(bias, one) : one)])
    },
  }
}
