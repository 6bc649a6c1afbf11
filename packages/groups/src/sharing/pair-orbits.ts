import type { Action } from '../action/action.ts'
import { orbitLabels } from './scheme.ts'

/** An orbit on pairs: its first pair in row-major order, and the number of its pairs. */
export interface PairOrbit {
  readonly row: number
  readonly column: number
  readonly size: number
}

/** The orbits of pairs of points of two actions, numbered in any order. `orbitOf` gives the orbit number of a pair. */
export interface PairOrbits {
  readonly rows: number
  readonly columns: number
  readonly orbits: readonly PairOrbit[]
  readonly orbitOf: (row: number, column: number) => number
}

/** Orbits on pairs if one of the actions is trivial: each is a point of the trivial action together with an orbit of the other action. */
export function withTrivial(output: Action, input: Action): PairOrbits {
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

/** Orbits of a product of groups: pairs of an orbit of the one and an orbit of the other. */
export function product(a: PairOrbits, b: PairOrbits): PairOrbits {
  const orbits = a.orbits.flatMap((x) =>
    b.orbits.map((y) => ({ row: x.row * b.rows + y.row, column: x.column * b.columns + y.column, size: x.size * y.size })),
  )
  const orbitOf = (row: number, column: number): number =>
    a.orbitOf(Math.floor(row / b.rows), Math.floor(column / b.columns)) * b.orbits.length + b.orbitOf(row % b.rows, column % b.columns)
  return { rows: a.rows * b.rows, columns: a.columns * b.columns, orbits, orbitOf }
}

/** Orbits on the entries of a block matrix: the orbits of its blocks, concatenated. */
export function blockMatrix(blocks: readonly (readonly PairOrbits[])[]): PairOrbits {
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
