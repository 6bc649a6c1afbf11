import { arrangements, type SetPartition, setPartitions } from './set-partitions.ts'

/**
 * The tensors of a tuple layer: any (`none`); invariant under permutations of the point axes (`symmetric`); or symmetric and zero if two points of a tuple are
 * equal (`hyperedges`).
 */
export type TupleSymmetry = 'none' | 'symmetric' | 'hyperedges'

/**
 * A contraction of a tensor of order k: take the entries whose indices are equal within each block (a diagonal), and sum over all blocks that are not kept. The
 * result has one axis per kept block, in the given order.
 */
export interface Contraction {
  readonly partition: SetPartition
  readonly kept: readonly number[]
}

/**
 * A placement of a tensor in a tensor of order l: on the entries whose indices are equal within each block (a diagonal). The axes of the tensor are the placed
 * blocks, in the given order; the result is constant along all other blocks.
 */
export interface Placement {
  readonly partition: SetPartition
  readonly placed: readonly number[]
}

const key = (sizes: readonly number[]): string => sizes.join('.')
const sizesOf = (partition: SetPartition, blocks: readonly number[]): number[] => blocks.map((k) => (partition[k] as number[]).length)
const others = (partition: SetPartition, blocks: readonly number[]): number[] =>
  partition.map((_, k) => k).filter((k) => !blocks.includes(k))

/** A key that is equal for choices of blocks with the same effect on symmetric tensors: the sizes of the chosen blocks and of the others. */
const kind = (partition: SetPartition, blocks: readonly number[]): string =>
  `${key(sizesOf(partition, blocks))}|${key(sizesOf(partition, others(partition, blocks)).sort())}`

function choices(order: number, count: number, symmetry: TupleSymmetry): { partition: SetPartition; blocks: number[] }[] {
  const partitions = setPartitions(order).filter((p) => symmetry !== 'hyperedges' || p.length === order)
  const all = partitions.flatMap((partition) => arrangements(partition.length, count).map((blocks) => ({ partition, blocks })))
  if (symmetry === 'none') return all
  const seen = new Set<string>()
  return all.filter(({ partition, blocks }) => {
    const name = kind(partition, blocks)
    return !seen.has(name) && seen.add(name)
  })
}

/** All contractions of a tensor of a given order to a tensor with `axes` axes. */
export function contractions(order: number, axes: number, symmetry: TupleSymmetry = 'none'): Contraction[] {
  return choices(order, axes, symmetry).map(({ partition, blocks }) => ({ partition, kept: blocks }))
}

/** All placements of a tensor with `axes` axes in a tensor of a given order. Placed blocks are ascending, because contractions already cover all orders. */
export function placements(order: number, axes: number, symmetry: TupleSymmetry = 'none'): Placement[] {
  return choices(order, axes, symmetry)
    .filter(({ blocks }) => blocks.every((b, i) => i === 0 || (blocks[i - 1] as number) < b))
    .map(({ partition, blocks }) => ({ partition, placed: blocks }))
}

/** A linear map from tensors of order k to tensors of order l: a contraction followed by a placement. */
export interface TupleMap {
  readonly contraction: Contraction
  readonly placement: Placement
}

/**
 * All Bell(k + l) maps from tensors of order k to tensors of order l.
 *
 * Law: they span the linear maps that commute with every permutation of the points. For n >= k + l points they are linearly independent.
 */
export function tupleMaps(inputOrder: number, outputOrder: number): TupleMap[] {
  return Array.from({ length: outputOrder + 1 }, (_, axes) =>
    placements(outputOrder, axes).flatMap((placement) => contractions(inputOrder, axes).map((contraction) => ({ contraction, placement }))),
  ).flat()
}

/**
 * The set partition of output and input positions that corresponds to a map: y at an output tuple is the sum of x over all input tuples for which positions in
 * the same block have equal points.
 *
 * @param outputOrder - the order l. Output positions are 0 to l - 1; input positions follow.
 */
export function agreementOf({ contraction, placement }: TupleMap, outputOrder: number): SetPartition {
  const read = contraction.partition.map((block) => block.map((position) => position + outputOrder))
  const written = placement.partition.map((block, k) => [...block, ...(read[contraction.kept[placement.placed.indexOf(k)] ?? -1] ?? [])])
  return [...written, ...read.filter((_, k) => !contraction.kept.includes(k))]
}
