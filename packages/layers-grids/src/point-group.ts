import type { WindowLaw } from './sliding-window.ts'

/**
 * A point group of the square or cubic grid.
 *
 * In the plane, it is named by the plane group that it generates together with the shifts. p1: the identity; p2: rotations by 180 degrees; p4: rotations by 90
 * degrees; pm: reflection of the columns; pmm: reflections of rows and columns; p4m: all eight symmetries of the square.
 *
 * In space, it has the name of Schoenflies. C1: the identity; O: the 24 rotations of the cube; Oh: all its 48 symmetries; T: the 12 rotations of a tetrahedron
 * whose corners are every second corner of the cube; Td: all its 24 symmetries; Th: T and its reflections of the axes, 24 elements.
 */
export type PointGroupName = 'p1' | 'p2' | 'p4' | 'pm' | 'pmm' | 'p4m' | 'C1' | 'T' | 'Td' | 'Th' | 'O' | 'Oh'

/** A signed permutation matrix on (row, column), or (plane, row, column): its rows. */
type Matrix = readonly (readonly number[])[]

/** The rotation by 90 degrees counterclockwise: (i, j) of n x n goes to (n - 1 - j, i). */
const TURN: Matrix = [
  [0, -1],
  [1, 0],
]
const HALF_TURN: Matrix = [
  [-1, 0],
  [0, -1],
]
/** The reflection that reverses the columns. */
const MIRROR: Matrix = [
  [1, 0],
  [0, -1],
]
/** The rotation by 120 degrees about a diagonal of the cube, which takes each axis to the next. */
const DIAGONAL_TURN: Matrix = [
  [0, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
]
/** The reflection that exchanges rows and columns, and with them two corners of the tetrahedron. */
const EXCHANGE: Matrix = [
  [1, 0, 0],
  [0, 0, 1],
  [0, 1, 0],
]

/** A matrix of the plane, on the last two of three axes. */
const inSpace = (matrix: Matrix): Matrix => [[1, 0, 0], ...matrix.map((row) => [0, ...row])]

/** Generators of the rotations, and one reflection. */
interface Structure {
  readonly dimensions: 2 | 3
  readonly rotations: readonly Matrix[]
  readonly mirror?: Matrix
}

const octahedral: Structure = { dimensions: 3, rotations: [inSpace(TURN), DIAGONAL_TURN] }
const tetrahedral: Structure = { dimensions: 3, rotations: [inSpace(HALF_TURN), DIAGONAL_TURN] }

const structures: Readonly<Record<PointGroupName, Structure>> = {
  p1: { dimensions: 2, rotations: [] },
  p2: { dimensions: 2, rotations: [HALF_TURN] },
  p4: { dimensions: 2, rotations: [TURN] },
  pm: { dimensions: 2, rotations: [], mirror: MIRROR },
  pmm: { dimensions: 2, rotations: [HALF_TURN], mirror: MIRROR },
  p4m: { dimensions: 2, rotations: [TURN], mirror: MIRROR },
  C1: { dimensions: 3, rotations: [] },
  T: tetrahedral,
  Td: { ...tetrahedral, mirror: EXCHANGE },
  Th: { ...tetrahedral, mirror: inSpace(MIRROR) },
  O: octahedral,
  Oh: { ...octahedral, mirror: inSpace(MIRROR) },
}

const times = (p: Matrix, q: Matrix): Matrix => p.map((row) => q.map((_, j) => row.reduce((sum, v, k) => sum + v * q[k]![j]!, 0)))

/** All products of matrices; the identity is first, and powers of a single one are in order. */
function closure(generators: readonly Matrix[], dimensions: number): Matrix[] {
  const identity: Matrix = Array.from({ length: dimensions }, (_, i) => Array.from({ length: dimensions }, (__, j) => (i === j ? 1 : 0)))
  const found: Matrix[] = [identity]
  const seen = new Set([`${identity}`])
  for (const element of found)
    for (const generator of generators) {
      const next = times(generator, element)
      if (!seen.has(`${next}`)) found.push(next)
      seen.add(`${next}`)
    }
  return found
}

/**
 * A finite group of symmetries of the square or cubic grid that fix its centre.
 *
 * Let `rotations` be the number of rotations. Element rotations x m + k mirrors m times (0 or 1), then applies rotation k. In the plane, rotation k is that by
 * k x 360 / rotations degrees counterclockwise. Element 0 is the identity. The mirror reverses the columns; that of Td exchanges rows and columns.
 */
export class PointGroup {
  readonly name: PointGroupName
  /** The number of spatial axes: 2 or 3. */
  readonly dimensions: 2 | 3
  /** The numbers of generating elements: rotations and the reflection, if the group has them. */
  readonly generators: readonly number[]
  readonly #elements: readonly Matrix[]
  /** The number of each product, row-major. */
  readonly #table: Uint8Array

  constructor(name: PointGroupName) {
    if (!Object.hasOwn(structures, name)) {
      throw new RangeError(`pointGroup: expected one of ${Object.keys(structures).join(', ')}, received "${name}".`)
    }
    const { dimensions, rotations, mirror } = structures[name]
    const turns = closure(rotations, dimensions)
    const elements = mirror === undefined ? turns : [...turns, ...turns.map((turn) => times(turn, mirror))]
    const number = new Map(elements.map((matrix, g) => [`${matrix}`, g]))
    this.name = name
    this.dimensions = dimensions
    this.#elements = elements
    this.#table = Uint8Array.from(elements.flatMap((g) => elements.map((h) => number.get(`${times(g, h)}`)!)))
    this.generators = [...rotations.map((matrix) => number.get(`${matrix}`)!), ...(mirror === undefined ? [] : [turns.length])]
  }

  /** The number of elements. */
  get order(): number {
    return this.#elements.length
  }

  /** Whether elements exchange axes, as quarter turns do. */
  get exchangesAxes(): boolean {
    return this.#elements.some((matrix) => matrix.some((row, i) => row[i] === 0))
  }

  /** The product g h, which applies h first. */
  multiply(g: number, h: number): number {
    this.#matrix(g)
    this.#matrix(h)
    return this.#table[g * this.order + h]!
  }

  inverse(g: number): number {
    return Array.from({ length: this.order }, (_, h) => h).find((h) => this.multiply(g, h) === 0) as number
  }

  /**
   * The permutation of the points of a grid, row-major: element g takes point i to images[i].
   *
   * @param sizes - rows and columns, or planes, rows and columns; a single number is the size of all axes.
   * @throws RangeError if g exchanges axes of different sizes, or there are sizes for another number of axes.
   */
  images(g: number, ...sizes: readonly number[]): Uint32Array {
    const matrix = this.#matrix(g)
    const each = sizes.length === 1 ? matrix.map(() => sizes[0]!) : sizes
    if (each.length !== this.dimensions)
      throw new RangeError(`PointGroup.images: expected ${this.dimensions} sizes for ${this.name}, received ${sizes.length}.`)
    if (matrix.some((row, i) => row.some((v, j) => v !== 0 && each[i] !== each[j])))
      throw new RangeError(
        `PointGroup.images: expected the same size along the axes that element ${g} of ${this.name} exchanges, received ${each.join(' x ')}.`,
      )
    const strides = each.map((_, axis) => each.slice(axis + 1).reduce((a, b) => a * b, 1))
    return Uint32Array.from({ length: each.reduce((a, b) => a * b, 1) }, (_, point) => {
      // Coordinates are doubled and relative to the centre, so they are integers for even sizes too.
      const at = each.map((size, axis) => 2 * (Math.floor(point / strides[axis]!) % size) - (size - 1))
      return matrix.reduce((sum, row, i) => {
        const doubled = row.reduce((coordinate, v, j) => coordinate + v * at[j]!, 0)
        return sum + ((doubled + each[i]! - 1) / 2) * strides[i]!
      }, 0)
    })
  }

  /**
   * The left cosets g H of a subgroup, each as the list of its elements. The first is H itself.
   *
   * @throws RangeError if `subgroup` is not a subgroup of this group.
   */
  cosets(subgroup: PointGroupName): number[][] {
    const number = new Map(this.#elements.map((matrix, g) => [`${matrix}`, g]))
    const members = new PointGroup(subgroup).#elements.map((matrix) => number.get(`${matrix}`))
    if (!members.every((h) => h !== undefined))
      throw new RangeError(`PointGroup.cosets: expected a subgroup of ${this.name}, received ${subgroup}.`)
    const seen = new Set<number>()
    return Array.from({ length: this.order }, (_, g) => members.map((h) => this.multiply(g, h))).filter((coset) => {
      const fresh = !seen.has(coset[0] as number)
      for (const g of coset) seen.add(g)
      return fresh
    })
  }

  #matrix(g: number): Matrix {
    const matrix = this.#elements[g]
    if (matrix === undefined)
      throw new RangeError(`PointGroup: expected an element from 0 to ${this.order - 1} of ${this.name}, received ${g}.`)
    return matrix
  }
}

/** The point group of a name. @throws RangeError that lists the names, if there is none. */
export function pointGroup(name: PointGroupName): PointGroup {
  return new PointGroup(name)
}

/** The names of the spatial axes in messages. */
export const spatialAxes = (dimensions: 2 | 3): string[] => [...(dimensions === 3 ? ['depth'] : []), 'height', 'width']

/** What the windows of a layer must do so that it commutes with a group. */
export const windowLaw = (group: PointGroup): WindowLaw => ({
  symmetric: group.order > 1,
  turning: group.exchangesAxes ? group.name : undefined,
})
