import type { Action } from '../action/action.ts'
import { naturalAction, sameGroup, trivialAction } from '../action/constructors.ts'
import { DomainError } from '../errors.ts'
import type { PermutationGroup } from '../group/permutation-group.ts'
import { blockMatrix, type PairOrbit, type PairOrbits, product, withTrivial } from './pair-orbits.ts'
import { sharingScheme } from './scheme.ts'
import { equalityPatterns, ofSymmetric } from './symmetric-orbits.ts'

/** Pairs of a point of `left` and a point of `right`, on which the two groups act independently. */
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

/** Wreath products: pairs inside a block follow the orbits of the inner group on pairs. Pairs across blocks follow the inner orbits of their two points. */
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

/** Cyclic and dihedral groups: the orbit is the difference of the two points, up to sign if reflections are included. */
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

/** Actions without known structure: a full table. */
function tabulated(output: Action, input: Action, most: number): PairOrbits {
  const pairs = output.degree * input.degree
  if (pairs > most) {
    throw new DomainError(
      'sharingRule',
      `at most ${most} pairs`,
      `${output.degree} x ${input.degree} = ${pairs}`,
      'The structure of these actions is unknown, so they need a table. Build the group with a named constructor (symmetric, wreathProduct, ...).',
    )
  }
  const { rows, columns, labels, sizes } = sharingScheme(output, input)
  const orbits: PairOrbit[] = []
  for (let p = 0; orbits.length < sizes.length; p++) {
    if (labels[p] === orbits.length) orbits.push({ row: Math.floor(p / columns), column: p % columns, size: sizes[labels[p]!]! })
  }
  return { rows, columns, orbits, orbitOf: (row, column) => labels[row * columns + column]! }
}

/** Natural actions of groups with a known construction. */
function ofConstruction(group: PermutationGroup, most: number): PairOrbits | undefined {
  const { construction } = group
  switch (construction?.kind) {
    case 'cyclic':
      return circle(group.degree, false)
    case 'dihedral':
      return circle(group.degree, true)
    case 'translations':
      return construction.sizes.map((size) => circle(size, false)).reduce(product, circle(1, false))
    case 'alternating':
      return group.degree < 4 ? undefined : equalityPatterns(group.degree, 1, 1)
    case 'direct':
      return direct(construction.left, construction.right, most)
    case 'wreath':
      return group.degree === 0 ? undefined : wreath(construction.inner, construction.outer, most)
    default:
      return undefined
  }
}

/** Disjoint unions: the orbits of every pair of parts. */
function ofUnions(output: Action, input: Action, most: number): PairOrbits | undefined {
  const rows = output.structure.kind === 'union' ? [output.structure.left, output.structure.right] : [output]
  const columns = input.structure.kind === 'union' ? [input.structure.left, input.structure.right] : [input]
  if (rows.length + columns.length === 2) return undefined
  return blockMatrix(rows.map((row) => columns.map((column) => pairOrbits(row, column, most))))
}

/** The orbits on pairs, in closed form if the structure of the actions has one, otherwise from a table of at most `most` pairs. */
export function pairOrbits(output: Action, input: Action, most: number): PairOrbits {
  const unions = ofUnions(output, input, most)
  if (unions !== undefined) return unions
  const a = output.structure
  const b = input.structure
  if (a.kind === 'trivial' || b.kind === 'trivial') return withTrivial(output, input)
  if (a.kind === 'product' && b.kind === 'product' && sameGroup(a.left.group, b.left.group) && sameGroup(a.right.group, b.right.group)) {
    return product(pairOrbits(a.left, b.left, most), pairOrbits(a.right, b.right, most))
  }
  const symmetric = ofSymmetric(output, input)
  if (symmetric !== undefined) return symmetric
  const constructed = a.kind === 'natural' && b.kind === 'natural' ? ofConstruction(output.group, most) : undefined
  return constructed ?? tabulated(output, input, most)
}
