import type { WindowLaw } from './sliding-window.ts'

/**
 * A point group of the square grid, named by the plane group that it generates together with the shifts.
 *
 * p1: the identity; p2: rotations by 180 degrees; p4: rotations by 90 degrees; pm: reflection of the columns; pmm: reflections of rows and columns; p4m: all
 * eight symmetries of the square.
 */
export type PointGroupName = 'p1' | 'p2' | 'p4' | 'pm' | 'pmm' | 'p4m'

/** A matrix [a, b; c, d] on (row, column). */
type Matrix = readonly [number, number, number, number]

const IDENTITY: Matrix = [1, 0, 0, 1]
/** The rotation by 90 degrees counterclockwise: (i, j) of n x n goes to (n - 1 - j, i). */
const TURN: Matrix = [0, -1, 1, 0]
/** The reflection that reverses the columns. */
const MIRROR: Matrix = [1, 0, 0, -1]

const times = ([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix => [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h]
const same = (p: Matrix, q: Matrix): boolean => p.every((v, i) => v === q[i])

const structures: Readonly<Record<PointGroupName, { readonly turns: 1 | 2 | 4; readonly mirror: boolean }>> = {
  p1: { turns: 1, mirror: false },
  p2: { turns: 2, mirror: false },
  p4: { turns: 4, mirror: false },
  pm: { turns: 1, mirror: true },
  pmm: { turns: 2, mirror: true },
  p4m: { turns: 4, mirror: true },
}

/**
 * A finite group of symmetries of the square grid that fix its centre.
 *
 * Let `turns` be the number of rotations. Element turns x m + k mirrors the columns m times (0 or 1), then rotates counterclockwise by k x 360 / turns degrees.
 * Element 0 is the identity.
 */
export class PointGroup {
  readonly name: PointGroupName
  /** The numbers of generating elements: the rotation and the reflection, if the group has them. */
  readonly generators: readonly number[]
  readonly #elements: readonly Matrix[]

  constructor(name: PointGroupName) {
    if (!Object.hasOwn(structures, name)) {
      throw new RangeError(`pointGroup: expected one of ${Object.keys(structures).join(', ')}, received "${name}".`)
    }
    const { turns, mirror } = structures[name]
    const step = Array.from({ length: 4 / turns }).reduce<Matrix>((m) => times(TURN, m), IDENTITY)
    const rotations = Array.from({ length: turns - 1 }).reduce<Matrix[]>((all) => [...all, times(step, all.at(-1) as Matrix)], [IDENTITY])
    this.name = name
    this.#elements = mirror ? [...rotations, ...rotations.map((r) => times(r, MIRROR))] : rotations
    this.generators = [...(turns > 1 ? [1] : []), ...(mirror ? [turns] : [])]
  }

  /** The number of elements. */
  get order(): number {
    return this.#elements.length
  }

  /** Whether it contains quarter turns, which exchange rows and columns. */
  get exchangesAxes(): boolean {
    return this.#elements.some(([, b]) => b !== 0)
  }

  /** The product g h, which applies h first. */
  multiply(g: number, h: number): number {
    return this.#find(times(this.#matrix(g), this.#matrix(h)))
  }

  inverse(g: number): number {
    return Array.from({ length: this.order }, (_, h) => h).find((h) => this.multiply(g, h) === 0) as number
  }

  /**
   * The permutation of the points of a rows x columns grid, row-major: element g takes point i to images[i].
   *
   * @param columns - as many as rows, by default.
   * @throws RangeError if the grid is not square and g exchanges rows and columns.
   */
  images(g: number, rows: number, columns: number = rows): Uint32Array {
    const [a, b, c, d] = this.#matrix(g)
    if (b !== 0 && rows !== columns)
      throw new RangeError(
        `PointGroup.images: expected a square grid for element ${g} of ${this.name}, which exchanges rows and columns, received ${rows} x ${columns}.`,
      )
    // Coordinates are doubled and relative to the centre, so they are integers for even sizes too.
    return Uint32Array.from({ length: rows * columns }, (_, point) => {
      const row = 2 * Math.floor(point / columns) - (rows - 1)
      const column = 2 * (point % columns) - (columns - 1)
      return ((a * row + b * column + rows - 1) / 2) * columns + (c * row + d * column + columns - 1) / 2
    })
  }

  /**
   * The left cosets g H of a subgroup, each as the list of its elements. The first is H itself.
   *
   * @throws RangeError if `subgroup` is not a subgroup of this group.
   */
  cosets(subgroup: PointGroupName): number[][] {
    const members = new PointGroup(subgroup).#elements.map((m) => this.#find(m))
    if (members.includes(-1)) throw new RangeError(`PointGroup.cosets: expected a subgroup of ${this.name}, received ${subgroup}.`)
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

  #find(matrix: Matrix): number {
    return this.#elements.findIndex((other) => same(other, matrix))
  }
}

/** The point group of a name. @throws RangeError that lists the names, if there is none. */
export function pointGroup(name: PointGroupName): PointGroup {
  return new PointGroup(name)
}

/** What the windows of a layer must do so that it commutes with a group. */
export const windowLaw = (group: PointGroup): WindowLaw => ({
  symmetric: group.order > 1,
  turning: group.exchangesAxes ? group.name : undefined,
})
