import { type Dimension, expand, gather, reduceSum, reshape, type Tensor } from '@equivar/tensor'
import type { Labels } from './dense.ts'
import { type Evaluation, grouped, indices, type Operation, ofOperations } from './evaluation.ts'

const identity = (x: Tensor): Tensor => x

/** Every row has the same numbers. */
function toAll(z: Tensor, rows: number): Tensor {
  return expand(z, [z.shape[0] as Dimension, rows, z.shape[2] as Dimension])
}

/** The sum over all columns, for every row. */
export function totalOperation(rows: number, columns: number, coefficients: ReadonlyMap<number, number>): Operation {
  return {
    reduceKey: 'total',
    expandKey: 'everywhere',
    size: 1,
    moved: columns,
    reduce: (x) => reduceSum(x, { axis: 1, keepDims: true }),
    expand: (z) => toAll(z, rows),
    coefficients,
  }
}

/** x itself. */
export function ownOperation(size: number, coefficients: ReadonlyMap<number, number>): Operation {
  return { reduceKey: 'own', expandKey: 'own', size, moved: size, reduce: identity, expand: identity, coefficients }
}

/** For each row the sum over the columns that it lists, as many for every row. */
function listedOperation(lists: readonly (readonly number[])[], key: string, coefficients: ReadonlyMap<number, number>): Operation {
  const [rows, length] = [lists.length, lists[0]?.length ?? 0]
  const own = length === 1 && lists.every(([column], row) => column === row)
  if (own) return ownOperation(rows, coefficients)
  const reduce = (x: Tensor): Tensor => {
    const picked = gather(x, indices(lists.flat()), 1)
    if (length === 1) return picked
    return reduceSum(reshape(picked, [x.shape[0] as Dimension, rows, length, x.shape[2] as Dimension]), { axis: 2 })
  }
  return { reduceKey: key, expandKey: 'own', size: rows, moved: rows * length, reduce, expand: identity, coefficients }
}

/** For each point the sum over its block. */
function blockOperation(blocks: readonly (readonly number[])[], key: string, coefficients: ReadonlyMap<number, number>): Operation {
  const [count, length] = [blocks.length, blocks[0]?.length ?? 0]
  const order = blocks.flat()
  const inOrder = order.every((point, at) => point === at)
  const blockOf = new Int32Array(order.length)
  blocks.forEach((block, b) => {
    for (const point of block) blockOf[point] = b
  })
  return {
    reduceKey: `blocks ${key}`,
    expandKey: `blocks ${key}`,
    size: count,
    moved: 2 * order.length,
    reduce: (x) => {
      const sorted = inOrder ? x : gather(x, indices(order), 1)
      return reduceSum(reshape(sorted, [x.shape[0] as Dimension, count, length, x.shape[2] as Dimension]), { axis: 2 })
    },
    expand: (z) => gather(z, indices(blockOf), 1),
    coefficients,
  }
}

/** A sum over columns as a combination of sums that are computed. */
type Expression = ReadonlyMap<string, number>

/** Rows that list their columns by label. All rows must have the same labels, each as often. */
function listsByLabel({ rows, columns, label }: Labels): Map<number, number[][]> | undefined {
  const lists = new Map<number, number[][]>()
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const found = label(row, column)
      const list = lists.get(found) ?? Array.from({ length: rows }, () => [])
      list[row]?.push(column)
      lists.set(found, list)
    }
  }
  for (const list of lists.values()) {
    const length = list[0]?.length ?? 0
    if (list.some((columnsOfRow) => columnsOfRow.length !== length)) return undefined
  }
  return lists
}

/** Classes of points that labels join, if they are an equivalence relation that is made of whole labels. */
interface Relation {
  readonly labels: readonly number[]
  readonly blocks: readonly (readonly number[])[]
}

/** The least equivalence relation with a label in it. */
function relationOf(start: number, lists: ReadonlyMap<number, number[][]>, { rows, label }: Labels): Relation {
  const parent = Int32Array.from({ length: rows }, (_, point) => point)
  const find = (point: number): number => {
    let at = point
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number
      at = parent[at] as number
    }
    return at
  }
  lists.get(start)?.forEach((columns, row) => {
    for (const column of columns) parent[Math.max(find(row), find(column))] = Math.min(find(row), find(column))
  })
  const blocks = [
    ...grouped(
      Array.from({ length: rows }, (_, point) => point),
      find,
    ).values(),
  ]
  const first = blocks[0] ?? []
  const labels = [...new Set(first.map((column) => label(first[0] as number, column)))]
  return { labels, blocks }
}

/**
 * Relations by block size; the whole comes last, where it is one.
 * A relation says what the sums of its labels add up to, so one of them, the longest, need not be computed.
 */
function relations(labels: Labels, lists: ReadonlyMap<number, number[][]>): Relation[] {
  if (labels.rows !== labels.columns || lists.has(-1)) return []
  const found = new Map<string, Relation>()
  for (const label of lists.keys()) {
    const relation = relationOf(label, lists, labels)
    const size = relation.blocks[0]?.length ?? 0
    const covered = relation.labels.reduce((sum, l) => sum + (lists.get(l)?.[0]?.length ?? 0), 0)
    const even = relation.blocks.every((block) => block.length === size)
    if (even && covered === size && size > 1) found.set([...relation.labels].sort((a, b) => a - b).join(), relation)
  }
  return [...found.values()].sort((a, b) => (a.blocks[0]?.length ?? 0) - (b.blocks[0]?.length ?? 0))
}

/**
 * For each label the sum of its columns, then one product. Of a set of labels that join whole blocks of points (or all points) the longest is
 * what the block's sum leaves over: for 2-transitive groups this is own and total, for wreath products own, block and total.
 *
 * @returns undefined if rows differ in how many columns of a label they have; see blocksByOrbit.
 */
export function orbitSums(labels: Labels): Evaluation | undefined {
  const lists = listsByLabel(labels)
  if (lists === undefined) return undefined
  const expressions = new Map<number, Expression>([...lists.keys()].map((label) => [label, new Map([[`label ${label}`, 1]])]))
  const made = new Map<string, (coefficients: ReadonlyMap<number, number>) => Operation>()
  for (const [label, list] of lists) made.set(`label ${label}`, (coefficients) => listedOperation(list, `label ${label}`, coefficients))
  const dropped = new Set<number>()
  const known: { labels: readonly number[]; key: string; make: (c: ReadonlyMap<number, number>) => Operation }[] = relations(
    labels,
    lists,
  ).flatMap(({ labels: joined, blocks }, i) =>
    blocks.length === 1 ? [] : [{ labels: joined, key: `block ${i}`, make: (c) => blockOperation(blocks, String(i), c) }],
  )
  known.push({ labels: [...lists.keys()], key: 'total', make: (c) => totalOperation(labels.rows, labels.columns, c) })
  for (const { labels: joined, key, make } of known) {
    const length = (label: number): number => lists.get(label)?.[0]?.length ?? 0
    const rest = joined.filter((label) => !dropped.has(label)).sort((a, b) => length(b) - length(a))
    const longest = rest[0]
    // A single column is as cheap as the sum that would replace it.
    if (longest === undefined || length(longest) < 2) continue
    const expression = new Map<string, number>([[key, 1]])
    for (const label of joined) {
      if (label === longest) continue
      for (const [name, factor] of expressions.get(label) ?? []) expression.set(name, (expression.get(name) ?? 0) - factor)
    }
    expressions.set(longest, expression)
    dropped.add(longest)
    made.set(key, make)
  }
  const coefficients = new Map<string, Map<number, number>>()
  for (const [label, expression] of expressions) {
    if (label < 0) continue
    for (const [name, factor] of expression) {
      if (factor === 0) continue
      const row = coefficients.get(name) ?? new Map<number, number>()
      row.set(label, factor)
      coefficients.set(name, row)
    }
  }
  const operations = [...coefficients].map(([name, row]) => (made.get(name) as (c: ReadonlyMap<number, number>) => Operation)(row))
  if (operations.length === 0) return undefined
  const saved =
    dropped.size === 0 ? '' : `, ${dropped.size} of them as what is left of a sum over ${known.length > 1 ? 'a block or ' : ''}all`
  return ofOperations('orbit sums', `the sum over the columns of each of ${lists.size} labels${saved}`, operations)
}

/** Points in the order of blocks that lie one behind the other; undefined if they are in that order already. */
export function sortedBy(blocks: readonly (readonly number[])[]): { readonly order: number[]; readonly back: number[] } | undefined {
  const order = blocks.flat()
  if (order.every((point, at) => point === at)) return undefined
  const back: number[] = []
  order.forEach((point, at) => {
    back[point] = at
  })
  return { order, back }
}
