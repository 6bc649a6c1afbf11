import { isNode, type Program, type Tensor } from '@equivar/tensor'
import type { RuntimeTensor } from '../runtime.ts'

/** Positions that the caller feeds: all of an int64 input in its order, or one row of axis 0. */
export interface FedPositions {
  readonly input: string
  readonly row: number | undefined
}

/** The one row of axis 0 that a tensor is, of what. */
function oneRow({ node, index }: Tensor): { readonly of: Tensor; readonly row: number } | undefined {
  if (isNode(node, 'Split')) {
    const { axis, sizes } = node.attributes
    return axis === 0 && sizes.every((size) => size === 1) ? { of: node.inputs[0], row: index } : undefined
  }
  if (!isNode(node, 'Slice')) return undefined
  const { axes, starts, ends, steps } = node.attributes
  const row = starts[0]
  const isOne = axes.join() === '0' && steps[0] === 1 && typeof row === 'number' && row >= 0 && ends[0] === row + 1
  return isOne ? { of: node.inputs[0], row } : undefined
}

/** What keeps the order of elements. */
const keepsOrder = ({ node }: Tensor): boolean => isNode(node, 'Reshape') || isNode(node, 'Squeeze') || isNode(node, 'Unsqueeze')

const stripped = (x: Tensor): Tensor => (keepsOrder(x) ? stripped(x.node.inputs[0] as Tensor) : x)

/** Where positions are fed, if they are fed and nothing but rearranged; undefined if they are computed, or known before. @param fixed - inputs that are not fed. */
export function fedPositions(x: Tensor, { inputs }: Program, fixed: readonly string[]): FedPositions | undefined {
  const nameOf = (y: Tensor): string | undefined => inputs.find(({ name, tensor }) => tensor === y && !fixed.includes(name))?.name
  const list = stripped(x)
  if (list.dtype !== 'int64') return undefined
  const row = oneRow(list)
  const input = nameOf(row?.of ?? list)
  return input === undefined ? undefined : { input, row: row?.row }
}

/** The positions of a run; undefined if one of them is none of `rows`. */
export function positionsOf({ row }: FedPositions, { data, dims, location }: RuntimeTensor, rows: number): Int32Array | undefined {
  if (location !== 'cpu' || !(data instanceof BigInt64Array)) return undefined
  const count = row === undefined ? data.length : data.length / (dims[0] as number)
  const first = row === undefined ? 0 : row * count
  // Halves of 64 bits, the low one first as on every processor that runs this: numbers are read faster than as bigint.
  const halves = new Int32Array(data.buffer, data.byteOffset + first * 8, count * 2)
  const positions = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const position = halves[2 * i] as number
    if (position < 0 || position >= rows || halves[2 * i + 1] !== 0) return undefined
    positions[i] = position
  }
  return positions
}
