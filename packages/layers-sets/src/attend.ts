import { maskedSoftmax } from '@equivar/nn'
import { div, matMul, mul, reduceSum, reshape, segmentSoftmax, softmax, swapAxes, type Tensor, unsqueeze } from '@equivar/tensor'
import type { Membership } from './members.ts'
import { Segments } from './segments.ts'

/** Rows of queries, keys and values, all of one count of channels, cut into heads. */
interface Attention {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly heads: number
  /** The sets of the queries, and of the keys and values. */
  readonly queries: Membership
  readonly keys: Membership
}

const channelsOf = (x: Tensor): number => x.shape.at(-1) as number
const splitHeads = (x: Tensor, heads: number): Tensor => reshape(x, [...x.shape.slice(0, -1), heads, channelsOf(x) / heads])
const joinHeads = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, -2), (x.shape.at(-2) as number) * channelsOf(x)])

/**
 * softmax(q k^T / sqrt(channels)) v, head by head, each query over the keys of its own set; 0 where there are none.
 *
 * @returns rows like the queries.
 * @remarks Ragged rows are put side by side, at memory [sets, largest, rows]. Where only one side is ragged and `largest` is not known, the other side's rows
 * come to each element, at memory [elements, rows, channels]: about four times the time.
 */
export function attend(attention: Attention): Tensor {
  const { q, k, v, heads, queries, keys } = attention
  const ragged = [queries, keys].filter((side) => side instanceof Segments)
  if (ragged.length === 1 && ragged[0]?.largest === undefined) return attendAlong(attention)
  return queries.unpadded(attendSideBySide(queries.padded(q), keys.padded(k), keys.padded(v), heads, keys.paddedMask))
}

/** All sets have their rows side by side: [batch, rows, channels]. */
function attendSideBySide(q: Tensor, k: Tensor, v: Tensor, heads: number, mask: Tensor | undefined): Tensor {
  const byHead = (x: Tensor): Tensor => swapAxes(splitHeads(x, heads), 1, 2)
  const scores = div(matMul(byHead(q), swapAxes(byHead(k), 2, 3)), Math.sqrt(channelsOf(q)))
  const exists = mask === undefined ? undefined : unsqueeze(mask, [1, 2])
  return joinHeads(swapAxes(matMul(maskedSoftmax(scores, exists), byHead(v)), 1, 2))
}

/** One side is ragged, [elements, channels]; the other, [sets, rows, channels], comes to each element. */
function attendAlong({ q, k, v, heads, queries, keys }: Attention): Tensor {
  const elements = queries instanceof Segments ? queries : (keys as Segments)
  /** [elements, rows or 1, heads, size]. */
  const meeting = (x: Tensor, side: Membership): Tensor => splitHeads(side === elements ? unsqueeze(x, 1) : elements.spread(x), heads)
  const [query, key, value] = [meeting(q, queries), meeting(k, keys), meeting(v, keys)]
  const scores = div(reduceSum(mul(query, key), { axis: -1 }), Math.sqrt(channelsOf(q)))
  const overRows = elements === queries
  const weights = overRows ? softmax(scores, 1) : segmentSoftmax(scores, elements.batch, elements.sets)
  const weighed = mul(unsqueeze(weights, -1), value)
  return joinHeads(overRows ? reduceSum(weighed, { axis: 1 }) : elements.sum(weighed))
}
