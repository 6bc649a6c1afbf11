import type { Action } from '../action/action.ts'
import { naturalAction, sameGroup, trivialAction } from '../action/constructors.ts'
import { rankSubset, subsetCount, unrankSubset } from '../action/subsets.ts'
import { DomainError } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { orbitLabels, sharingScheme } from './scheme.ts'

/** An orbit on pairs: the first of its pairs in row-major order, and how many there are. */
export interface PairOrbit {
  readonly row: number
  readonly column: number
  readonly size: number
}

/** The orbits on pairs of two actions, under numbers of its own; `orbitOf` finds the number of a pair. */
export interface PairOrbits {
  readonly rows: number
  readonly columns: number
  readonly orbits: readonly PairOrbit[]
  readonly orbitOf: (row: number, column: number) => number
}

/** The two actions, any of which may be a group's natural one. */
type Pair = readonly [output: Action, input: Action]

/** One action is trivial: a pair is as good as its point in the other. */
function withTrivial(output: Action, input: Action): PairOrbits {
  const rowsMove = input.structure.kind === 'trivial'
  const moving = orbitLabels(rowsMove ? output : input)
  const firsts = firstPlaces(moving)
  const still = rowsMove ? input.degree : output.degree
  const orbits: PairOrbit[] = []
  for (let fixed = 0; fixed < still; fixed++) {
    firsts.forEach((first, label) => {
      orbits.push({ row: rowsMove ? first : fixed, column: rowsMove ? fixed : first, size: moving.sizes[label]! })
    })
  }
  const orbitOf = (row: number, column: number): number =>
    rowsMove ? column * moving.count + moving.labels[row]! : row * moving.count + moving.labels[column]!
  return { rows: output.degree, columns: input.degree, orbits, orbitOf }
}

function firstPlaces({ labels, count }: { readonly labels: Int32Array; readonly count: number }): number[] {
  const firsts: number[] = []
  for (let point = 0; firsts.length < count; point++) if (labels[point] === firsts.length) firsts.push(point)
  return firsts
}

/** Independent groups on the two halves of a pair: the orbits multiply. */
function product(a: PairOrbits, b: PairOrbits): PairOrbits {
  const orbits = a.orbits.flatMap((x) =>
    b.orbits.map((y) => ({ row: x.row * b.rows + y.row, column: x.column * b.columns + y.column, size: x.size * y.size })),
  )
  const orbitOf = (row: number, column: number): number =>
    a.orbitOf(Math.floor(row / b.rows), Math.floor(column / b.columns)) * b.orbits.length + b.orbitOf(row % b.rows, column % b.columns)
  return { rows: a.rows * b.rows, columns: a.columns * b.columns, orbits, orbitOf }
}

/** Orbits of a block matrix: those of its blocks, one after the other. */
function blockMatrix(blocks: readonly (readonly PairOrbits[])[]): PairOrbits {
  const rowStarts = [0]
  const columnStarts = [0]
  for (const [first] of blocks) rowStarts.push(rowStarts.at(-1)! + first!.rows)
  for (const block of blocks[0]!) columnStarts.push(columnStarts.at(-1)! + block.columns)
  const orbits: PairOrbit[] = []
  const starts = blocks.map((row, i) =>
    row.map((block, j) => {
      const start = orbits.length
      for (const { row: r, column, size } of block.orbits) orbits.push({ row: rowStarts[i]! + r, column: columnStarts[j]! + column, size })
      return start
    }),
  )
  const find = (boundaries: readonly number[], point: number): number =>
    point < boundaries[1]! ? 0 : boundaries.findIndex((start) => point < start) - 1
  const orbitOf = (row: number, column: number): number => {
    const i = find(rowStarts, row)
    const j = find(columnStarts, column)
    return starts[i]![j]! + blocks[i]![j]!.orbitOf(row - rowStarts[i]!, column - columnStarts[j]!)
  }
  return { rows: rowStarts.at(-1)!, columns: columnStarts.at(-1)!, orbits, orbitOf }
}

/** Two groups that act independently, each on one side of the pair. */
function independent(left: PermutationGroup, right: PermutationGroup): PairOrbits {
  const a = naturalAction(left)
  const b = naturalAction(right)
  return product(withTrivial(a, trivialAction(left, 1)), withTrivial(trivialAction(right, 1), b))
}

function direct(left: PermutationGroup, right: PermutationGroup, most: number): PairOrbits {
  return blockMatrix([
    [pairOrbits(naturalAction(left), naturalAction(left), most), independent(left, right)],
    [independent(right, left), pairOrbits(naturalAction(right), naturalAction(right), most)],
  ])
}

/** Pairs inside one block follow the inner group's orbits on pairs; pairs of two blocks only the inner orbits of either point. */
function wreath(inner: PermutationGroup, outer: PermutationGroup, most: number): PairOrbits {
  const d = inner.degree
  const within = pairOrbits(naturalAction(inner), naturalAction(inner), most)
  const apart = independent(inner, inner)
  const between = pairOrbits(naturalAction(outer), naturalAction(outer), most)
  const orbits: PairOrbit[] = []
  const starts = between.orbits.map((blocks) => {
    const start = orbits.length
    for (const { row, column, size } of (blocks.row === blocks.column ? within : apart).orbits) {
      orbits.push({ row: blocks.row * d + row, column: blocks.column * d + column, size: blocks.size * size })
    }
    return start
  })
  const orbitOf = (row: number, column: number): number => {
    const rowBlock = Math.floor(row / d)
    const columnBlock = Math.floor(column / d)
    const inside = rowBlock === columnBlock ? within : apart
    return starts[between.orbitOf(rowBlock, columnBlock)]! + inside.orbitOf(row - rowBlock * d, column - columnBlock * d)
  }
  return { rows: d * outer.degree, columns: d * outer.degree, orbits, orbitOf }
}

/** The circle: the difference of the points; up to its sign where reflections are allowed. */
function circle(n: number, reflections: boolean): PairOrbits {
  const count = reflections ? Math.floor(n / 2) + 1 : n
  const isDouble = (difference: number): boolean => reflections && difference !== 0 && 2 * difference !== n
  const orbits = Array.from({ length: n === 0 ? 0 : count }, (_, column) => ({ row: 0, column, size: isDouble(column) ? 2 * n : n }))
  const orbitOf = (row: number, column: number): number => {
    const difference = column >= row ? column - row : column - row + n
    return reflections ? Math.min(difference, n - difference) : difference
  }
  return { rows: n, columns: n, orbits, orbitOf }
}

/** All restricted growth strings of a length with at most `blocks` different entries: the set partitions, in lexicographic order. */
function growthStrings(length: number, blocks: number): number[][] {
  let strings: number[][] = [[]]
  for (let i = 0; i < length; i++) {
    strings = strings.flatMap((string) => {
      const next = Math.min(blocks, Math.max(-1, ...string) + 2)
      return Array.from({ length: next }, (_, entry) => [...string, entry])
    })
  }
  return strings
}

/** Tuples of a symmetric group: which of the k + l entries are equal, a set partition with at most n blocks. */
function equalityPatterns(n: number, k: number, l: number): PairOrbits {
  const length = k + l
  if (length > 12)
    throw new DomainError(
      'sharingRule',
      'tuples of at most 12 entries together',
      `${k} and ${l}`,
      'There are Bell(13) = 27,644,437 orbits for 13.',
    )
  const digits = (string: readonly number[]): number => string.reduce((number, digit) => number * n + digit, 0)
  const key = (string: readonly number[]): number => string.reduce((number, digit) => number * length + digit, 0)
  const strings = growthStrings(length, n)
  const numbers = new Map(strings.map((string, number) => [key(string), number]))
  const orbits = strings.map((string) => {
    let size = 1
    for (let block = 0; block <= Math.max(-1, ...string); block++) size *= n - block
    return { row: digits(string.slice(0, k)), column: digits(string.slice(k)), size }
  })
  const entries = new Int32Array(length)
  const orbitOf = (row: number, column: number): number => {
    for (let i = k - 1, rest = row; i >= 0; i--, rest = Math.floor(rest / n)) entries[i] = rest % n
    for (let i = length - 1, rest = column; i >= k; i--, rest = Math.floor(rest / n)) entries[i] = rest % n
    return numbers.get(patternKey(entries))!
  }
  return { rows: n ** k, columns: n ** l, orbits, orbitOf }
}

/** The growth string of some entries as one number. */
function patternKey(entries: Int32Array): number {
  let number = 0
  let fresh = 0
  const names: number[] = []
  for (let i = 0; i < entries.length; i++) {
    const earlier = entries.indexOf(entries[i]!)
    names.push(earlier < i ? names[earlier]! : fresh++)
    number = number * entries.length + names[i]!
  }
  return number
}

/** Subsets of a symmetric group's points: how many points the two have in common. */
function intersections(n: number, k: number, l: number): PairOrbits {
  const least = Math.max(0, k + l - n)
  const count = Math.min(k, l) - least + 1
  const orbits = Array.from({ length: count }, (_, i) => {
    const common = least + i
    const column = [...Array.from({ length: common }, (_, x) => x), ...Array.from({ length: l - common }, (_, x) => k + x)]
    return { row: 0, column: rankSubset(n, column), size: subsetCount(n, k) * subsetCount(k, common) * subsetCount(n - k, l - common) }
  })
  const orbitOf = (row: number, column: number): number => {
    const points = new Set(unrankSubset(n, k, row))
    return unrankSubset(n, l, column).filter((point) => points.has(point)).length - least
  }
  return { rows: subsetCount(n, k), columns: subsetCount(n, l), orbits, orbitOf }
}

/** The whole table, where no structure is known. */
function tabulated(output: Action, input: Action, most: number): PairOrbits {
  const pairs = output.degree * input.degree
  if (pairs > most) {
    throw new DomainError(
      'sharingRule',
      `at most ${most} pairs`,
      `${output.degree} x ${input.degree} = ${pairs}`,
      'Nothing is known of the structure of these actions, so they need a table: make the group by its name (symmetric, wreathProduct, ...).',
    )
  }
  const { rows, columns, labels, sizes } = sharingScheme(output, input)
  const orbits: PairOrbit[] = []
  for (let p = 0; orbits.length < sizes.length; p++) {
    if (labels[p] === orbits.length) orbits.push({ row: Math.floor(p / columns), column: p % columns, size: sizes[labels[p]!]! })
  }
  return { rows, columns, orbits, orbitOf: (row, column) => labels[row * columns + column]! }
}

/** n where an action is of all permutations of n points on tuples or on subsets of them; points are both. */
function symmetricShape(action: Action, kind: 'tuples' | 'subsets'): number | undefined {
  const { structure, group } = action
  if (group.construction?.kind !== 'symmetric') return undefined
  if (structure.kind === 'natural') return 1
  if (structure.kind !== kind || structure.of.structure.kind !== 'natural') return undefined
  return structure.kind === 'tuples' ? structure.length : structure.size
}

function ofSymmetric([output, input]: Pair): PairOrbits | undefined {
  const n = output.group.degree
  for (const [kind, form] of [
    ['tuples', equalityPatterns],
    ['subsets', intersections],
  ] as const) {
    const k = symmetricShape(output, kind)
    const l = symmetricShape(input, kind)
    if (k !== undefined && l !== undefined) return form(n, k, l)
  }
  return undefined
}

/** A group on its own points, by how it was made. */
function ofConstruction(group: PermutationGroup, most: number): PairOrbits | undefined {
  const made = group.construction
  switch (made?.kind) {
    case 'cyclic':
      return circle(group.degree, false)
    case 'dihedral':
      return circle(group.degree, true)
    case 'translations':
      return made.sizes.map((size) => circle(size, false)).reduce(product, circle(1, false))
    case 'alternating':
      return group.degree < 4 ? undefined : equalityPatterns(group.degree, 1, 1)
    case 'direct':
      return direct(made.left, made.right, most)
    case 'wreath':
      return group.degree === 0 ? undefined : wreath(made.inner, made.outer, most)
    default:
      return undefined
  }
}

function ofUnions([output, input]: Pair, most: number): PairOrbits | undefined {
  const rows = output.structure.kind === 'union' ? [output.structure.left, output.structure.right] : [output]
  const columns = input.structure.kind === 'union' ? [input.structure.left, input.structure.right] : [input]
  if (rows.length + columns.length === 2) return undefined
  return blockMatrix(rows.map((row) => columns.map((column) => pairOrbits(row, column, most))))
}

/** The orbits on pairs, in closed form where the structure of the actions has one. */
export function pairOrbits(output: Action, input: Action, most: number): PairOrbits {
  const unions = ofUnions([output, input], most)
  if (unions !== undefined) return unions
  const a = output.structure
  const b = input.structure
  if (a.kind === 'trivial' || b.kind === 'trivial') return withTrivial(output, input)
  if (a.kind === 'product' && b.kind === 'product' && sameGroup(a.left.group, b.left.group) && sameGroup(a.right.group, b.right.group)) {
    return product(pairOrbits(a.left, b.left, most), pairOrbits(a.right, b.right, most))
  }
  const symmetric = ofSymmetric([output, input])
  if (symmetric !== undefined) return symmetric
  const constructed = a.kind === 'natural' && b.kind === 'natural' ? ofConstruction(output.group, most) : undefined
  return constructed ?? tabulated(output, input, most)
}
