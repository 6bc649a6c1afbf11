import type { ActionLike } from '../action/action.ts'
import { sameGroup } from '../action/constructors.ts'
import { DomainError } from '../errors.ts'

/** The largest number of pairs in a table of labels. Such a table takes 1 GiB. */
export const MAXIMUM_PAIRS: number = 2 ** 28

/**
 * Says which entries of a matrix must be equal for it to commute with a group: entries whose output x input pairs lie in one orbit of the group.
 *
 * Law: the matrix W[o, i] = w[labels[o columns + i]] commutes with the group for every w, and every matrix that commutes with the group has this form.
 */
export interface SharingScheme {
  /** The number of output points. */
  readonly rows: number
  /** The number of input points. */
  readonly columns: number
  /** The number of orbits, which is the number of free parameters. */
  readonly count: number
  /** The orbit of every pair, row-major, numbered by first occurrence. */
  readonly labels: Int32Array
  /** The number of pairs of each orbit. */
  readonly sizes: Int32Array
}

/** A union-find structure on the columns of one row. Its classes are the orbits of the row's stabilizer, each named by its least column. */
class ColumnClasses {
  readonly #parent: Int32Array

  constructor(columns: number) {
    this.#parent = new Int32Array(columns).map((_, column) => column)
  }

  find(column: number): number {
    const parent = this.#parent
    let at = column
    while (parent[at]! !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }

  unite(a: number, b: number): void {
    const rootA = this.find(a)
    const rootB = this.find(b)
    if (rootA < rootB) this.#parent[rootB] = rootA
    else this.#parent[rootA] = rootB
  }
}

/** One orbit of rows, in the order of discovery. `origin` maps every pair to the pair of the first row that a group element takes to it. */
interface RowOrbit {
  readonly rows: number[]
  readonly origin: Int32Array
}

/**
 * Finds the orbit of a row and fills its part of `origin`: when a generator g first reaches row g o, pair (g o, g i) gets the origin of (o, i).
 */
function exploreRows(
  first: number,
  seen: Uint8Array,
  origin: Int32Array,
  output: readonly Uint32Array[],
  input: readonly Uint32Array[],
  columns: number,
): RowOrbit {
  const rows = [first]
  seen[first] = 1
  for (let i = 0; i < columns; i++) origin[first * columns + i] = i
  for (const known of rows) {
    const from = known * columns
    for (let g = 0; g < output.length; g++) {
      const row = output[g]![known]!
      if (seen[row] === 1) continue
      seen[row] = 1
      rows.push(row)
      const images = input[g]!
      const to = row * columns
      // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
      for (let i = 0; i < columns; i++) origin[to + images[i]!] = origin[from + i]!
    }
  }
  return { rows, origin }
}

/**
 * Merges the columns of the first row that generators identify: (o, i) and (g o, g i) are in one orbit, so their origins are.
 *
 * By Schreier's lemma the resulting classes are the orbits of the first row's stabilizer. No permutations are multiplied.
 */
function mergeColumns(
  { rows, origin }: RowOrbit,
  classes: ColumnClasses,
  output: readonly Uint32Array[],
  input: readonly Uint32Array[],
  columns: number,
): void {
  for (const row of rows) {
    const from = row * columns
    for (let g = 0; g < output.length; g++) {
      const images = input[g]!
      const to = output[g]![row]! * columns
      for (let i = 0; i < columns; i++) {
        const a = origin[from + i]!
        const b = origin[to + images[i]!]!
        if (a !== b) classes.unite(a, b)
      }
    }
  }
}

function requirePairs(output: ActionLike, input: ActionLike): number {
  if (!sameGroup(output.group, input.group)) {
    throw new DomainError(
      'sharingScheme',
      'two actions of one group',
      `actions of groups of ${output.group.degree} and ${input.group.degree} points with different generators`,
      'Make both from one PermutationGroup.',
    )
  }
  const pairs = output.degree * input.degree
  if (pairs > MAXIMUM_PAIRS) {
    throw new DomainError(
      'sharingScheme',
      `at most ${MAXIMUM_PAIRS} pairs`,
      `${output.degree} x ${input.degree} = ${pairs}, a table of ${Math.ceil(pairs / 2 ** 28)} GiB`,
      'Use sharingRule, which computes labels without a table.',
    )
  }
  return pairs
}

/**
 * The parameter sharing of the linear maps from functions on `input` to functions on `output` that commute with the group.
 *
 * Two pairs share a parameter if and only if a group element takes one to the other. The group is never enumerated: each generator needs one pass over the
 * pairs.
 *
 * @throws DomainError if the actions belong to different groups, or there are more than 2^28 pairs. Nothing is allocated before these checks.
 * @remarks Time O(rows x columns x generators); memory 4 x rows x columns bytes.
 * @see Ravanbakhsh, Schneider, Poczos 2017, "Equivariance through parameter-sharing".
 * @example
 * const points = naturalAction(dihedral(5))
 * sharingScheme(points, points).count      // 3
 */
export function sharingScheme(output: ActionLike, input: ActionLike): SharingScheme {
  const { degree: rows } = output
  const { degree: columns } = input
  const labels = new Int32Array(requirePairs(output, input))
  const outputImages = output.generators.map(({ images }) => images)
  const inputImages = input.generators.map(({ images }) => images)
  const seen = new Uint8Array(rows)
  const sizes: number[] = []
  for (let first = 0; first < rows; first++) {
    if (seen[first] === 1) continue
    const orbit = exploreRows(first, seen, labels, outputImages, inputImages, columns)
    const classes = new ColumnClasses(columns)
    mergeColumns(orbit, classes, outputImages, inputImages, columns)
    const names = new Int32Array(columns)
    for (let i = 0; i < columns; i++) {
      const root = classes.find(i)
      if (root === i) names[i] = sizes.push(0) - 1
      else names[i] = names[root]!
      sizes[names[i]!]! += orbit.rows.length
    }
    for (const row of orbit.rows) for (let p = row * columns; p < (row + 1) * columns; p++) labels[p] = names[labels[p]!]!
  }
  return { rows, columns, count: sizes.length, labels, sizes: Int32Array.from(sizes) }
}

/** The orbits of the points of an action: a label for every point, numbered by first occurrence. A bias has one parameter per label. */
export function orbitLabels(action: ActionLike): { readonly count: number; readonly labels: Int32Array; readonly sizes: Int32Array } {
  const labels = new Int32Array(action.degree).fill(-1)
  const sizes: number[] = []
  for (let start = 0; start < action.degree; start++) {
    if (labels[start] !== -1) continue
    const orbit = [start]
    labels[start] = sizes.length
    for (const point of orbit) {
      for (const { images } of action.generators) {
        const image = images[point]!
        if (labels[image] !== -1) continue
        labels[image] = sizes.length
        orbit.push(image)
      }
    }
    sizes.push(orbit.length)
  }
  return { count: sizes.length, labels, sizes: Int32Array.from(sizes) }
}
