import { arrangements, type SetPartition, setPartitions } from './set-partitions.ts'

/** Which tensors a layer of tuples is for: any; those equal under permutations of their point axes; these, zero wherever two points of a tuple are equal. */
export type TupleSymmetry = 'none' | 'symmetric' | 'hyperedges'

/**
 * What is read from a tensor of order k: entries whose indices are equal within each block (a diagonal), the blocks that are not kept summed over,
 * the kept ones as axes in the order given. It has one axis for each kept block.
 */
export interface Contraction {
  readonly partition: SetPartition
  readonly kept: readonly number[]
}

/** Where a tensor is written in one of order l: on the diagonal where indices are equal within each block, its axes the blocks given, equal along the others. */
export interface Placement {
  readonly partition: SetPartition
  readonly placed: readonly number[]
}

const key = (sizes: readonly number[]): string => sizes.join('.')
const sizesOf = (partition: SetPartition, blocks: readonly number[]): number[] => blocks.map((k) => (partition[k] as number[]).length)
const others = (partition: SetPartition, blocks: readonly number[]): number[] =>
  partition.map((_, k) => k).filter((k) => !blocks.includes(k))

/** What tells apart, for a symmetric tensor, what the choice of blocks reads or writes: the sizes of the blocks chosen and of the others. */
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

/** All contractions of a tensor of order k to one with `axes` axes. */
export function contractions(order: number, axes: number, symmetry: TupleSymmetry = 'none'): Contraction[] {
  return choices(order, axes, symmetry).map(({ partition, blocks }) => ({ partition, kept: blocks }))
}

/** All placements of a tensor with `axes` axes in one of order l; its axes ascend, as contractions come in every order. */
export function placements(order: number, axes: number, symmetry: TupleSymmetry = 'none'): Placement[] {
  return choices(order, axes, symmetry)
    .filter(({ blocks }) => blocks.every((b, i) => i === 0 || (blocks[i - 1] as number) < b))
    .map(({ partition, blocks }) => ({ partition, placed: blocks }))
}

/** A map from tensors of order k to tensors of order l: what is read, and where it is written. */
export interface TupleMap {
  readonly contraction: Contraction
  readonly placement: Placement
}

/**
 * All maps from tensors of order k to tensors of order l, Bell(k + l) of them.
 *
 * Law: together they span the linear maps that commute with every permutation of the points (independent for n >= k + l points).
 */
export function tupleMaps(inputOrder: number, outputOrder: number): TupleMap[] {
  return Array.from({ length: Math.min(inputOrder, outputOrder) + 1 }, (_, axes) =>
    placements(outputOrder, axes).flatMap((placement) => contractions(inputOrder, axes).map((contraction) => ({ contraction, placement }))),
  ).flat()
}

/**
 * The partition of output and input positions that stands for a map: y at an output tuple is the sum of x over the input tuples that agree with it at
 * least where positions share a block.
 *
 * @param outputOrder - input positions are counted on from it.
 */
export function agreementOf({ contraction, placement }: TupleMap, outputOrder: number): SetPartition {
  const read = contraction.partition.map((block) => block.map((position) => position + outputOrder))
  const written = placement.partition.map((block, k) => [...block, ...(read[contraction.kept[placement.placed.indexOf(k)] ?? -1] ?? [])])
  return [...written, ...read.filter((_, k) => !contraction.kept.includes(k))]
}
