import { maskedSoftmax } from '@equivar/nn'
import { div, matMul, mul, reduceSum, reshape, segmentSoftmax, softmax, swapAxes, type Tensor, unsqueeze } from '@equivar/tensor'
import type { Membership } from './members.ts'
import { Segments } from './segments.ts'

/** Queries, keys and values with the same number of channels, which is split into heads. */
interface Attention {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
  readonly heads: number
  /** The sets of the queries. */
  readonly queries: Membership
  /** The sets of the keys and values. */
  readonly keys: Membership
}

const channelsOf = (x: Tensor): number => x.shape.at(-1) as number
const splitHeads = (x: Tensor, heads: number): Tensor => reshape(x, [...x.shape.slice(0, -1), heads, channelsOf(x) / heads])
const joinHeads = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, -2), (x.shape.at(-2) as number) * channelsOf(x)])

/**
 * Multi-head attention softmax(q k^T / sqrt(channels)) v. Each query attends to the keys of its own set; the result is 0 if that set is empty.
 *
 * @returns rows in the shape of the queries.
 * @remarks Ragged rows are padded, with memory [sets, largest, rows]. If only one side is ragged and `largest` is unknown, the rows of the other side
 * are copied to each element instead, with memory [elements, rows, channels] and about four times the time.
 */
export function attend(attention: Attention): Tensor {
  const { q, k, v, heads, queries, keys } = attention
  const ragged = [queries, keys].filter((side) => side instanceof Segments)
  if (ragged.length === 1 && ragged.some(({ largest }) => largest === undefined)) return attendByElement(attention)
  return queries.unpadded(attendPadded(queries.padded(q), keys.padded(k), keys.padded(v), heads, keys.paddedMask))
}

/** Attention for padded queries and keys: [batch, rows, channels]. */
function attendPadded(q: Tensor, k: Tensor, v: Tensor, heads: number, mask: Tensor | undefined): Tensor {
  const byHead = (x: Tensor): Tensor => swapAxes(splitHeads(x, heads), 1, 2)
  const scores = div(matMul(byHead(q), swapAxes(byHead(k), 2, 3)), Math.sqrt(channelsOf(q)))
  const exists = mask === undefined ? undefined : unsqueeze(mask, [1, 2])
  return joinHeads(swapAxes(matMul(maskedSoftmax(scores, exists), byHead(v)), 1, 2))
}

/** Attention if one side is ragged, [elements, channels]: the rows of the other, [sets, rows, channels], are copied to each element. */
function attendByElement({ q, k, v, heads, queries, keys }: Attention): Tensor {
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
