import type { Tensor } from '../expression/tensor.ts'
import { toNumbers } from '../expression/value.ts'
import { constant, constantData } from '../operators/constant.ts'
import { gather, scatterND } from '../operators/indexing.ts'
import { reduceSum } from '../operators/reduce.ts'
import { reshape, transpose } from '../operators/shape.ts'
import { type NodeOf, nodeOf } from '../operators/signatures.ts'
import { isZero } from './known-numbers.ts'
import { type RewritingPass, rewriting, rule } from './rewrite.ts'

/** The positions that are known, as numbers, one after the other; undefined if they are fed in, or counted from the end. */
function knownPlaces(indices: Tensor): Float64Array | undefined {
  const inner = nodeOf(indices, 'Unsqueeze')?.inputs[0] ?? indices
  const data = constantData(inner)
  const places = data && toNumbers(data)
  return places?.every((place) => place >= 0) ? places : undefined
}

/** Whether no two of the rows that `depth` numbers each name are one. */
function areDistinct(places: Float64Array, depth: number): boolean {
  const rows = Array.from({ length: places.length / depth }, (_, at) => places.subarray(at * depth, (at + 1) * depth).join())
  return new Set(rows).size === rows.length
}

/** Where each of `count` rows was read, if all were equally often: [count, times]. */
function readersOfRows(places: Float64Array, count: number): number[][] | undefined {
  if (places.length === 0) return undefined
  const readers = Array.from({ length: count }, (): number[] => [])
  for (const [at, place] of places.entries()) readers[place]?.push(at)
  return readers.every(({ length }) => length > 0 && length === readers[0]?.length) ? readers : undefined
}

/** Rows that lie along `length` axes from `axis` on, and the order in which the axes are wanted once those are one. */
interface Rows {
  readonly values: Tensor
  readonly axis: number
  readonly order: readonly number[]
}

/** The rows before they were moved to the front, if that was done to axes side by side. */
function rowsOf(updates: Tensor, length: number): Rows {
  const natural = Array.from({ length: updates.rank }, (_, i) => i)
  const moved = nodeOf(updates, 'Transpose')
  const permutation = moved?.attributes.permutation ?? natural
  const axis = permutation[0] ?? 0
  const together = permutation.slice(0, length).every((from, i) => from === axis + i)
  if (moved === undefined || !together) return { values: updates, axis: 0, order: natural.slice(0, updates.rank - length + 1) }
  const order = permutation.slice(length).map((from) => (from < axis ? from : from - length + 1))
  return { values: moved.inputs[0], axis, order: [axis, ...order] }
}

/** Sums that read what was written where, in place of writing. */
function readInstead({ inputs: [data, indices, updates], attributes }: NodeOf<'ScatterND'>): Tensor | undefined {
  const [places, count, length] = [knownPlaces(indices), data.size(0), indices.rank - 1]
  if (places === undefined || indices.shape.at(-1) !== 1 || typeof count !== 'number' || !isZero(data)) return undefined
  const readers = attributes.reduction === 'add' && length > 0 ? readersOfRows(places, count) : undefined
  if (readers === undefined) return undefined
  const { values, axis, order } = rowsOf(updates, length)
  const times = readers[0]?.length ?? 0
  const rows = reshape(values, [...values.shape.slice(0, axis), places.length, ...values.shape.slice(axis + length)])
  const read = constant(BigInt64Array.from(readers.flat(), BigInt), times === 1 ? [count] : [count, times])
  const gathered = gather(rows, read, axis)
  return transpose(times === 1 ? gathered : reduceSum(gathered, { axis: axis + 1 }), order)
}

/**
 * Sums by index at places that are known: `none` if the indices are distinct, else `add`; and where every row is written equally often, as permutations
 * write, the rows are read and not written at all.
 *
 * Law: equal for every input, but for the order of additions.
 * Before: ScatterND(zeros [3], [[2], [0], [1]], x, add). After: Gather(x, [1, 2, 0]).
 */
export const knownPlacesWithoutSums: RewritingPass = /* @__PURE__ */ rewriting('known-places-without-sums', [
  rule('ScatterND', (node) => {
    const { inputs, attributes } = node
    const [data, indices, updates] = inputs
    const read = readInstead(node)
    if (read !== undefined || attributes.reduction !== 'add' || !isZero(data)) return read
    const places = knownPlaces(indices)
    const depth = Number(indices.size(-1))
    return places !== undefined && areDistinct(places, depth) ? scatterND(data, indices, updates, { reduction: 'none' }) : undefined
  }),
])
