import type { Matrix } from '@equivar/groups'

/** A group of rotations about a point of the plane, and reflections: `C8` has 8 rotations, `D8` also 8 reflections, `SO(2)` and `O(2)` rotate by any angle. */
export type PlanarGroupName = `C${number}` | `D${number}` | 'SO(2)' | 'O(2)'

/** An element: mirrors the columns if `mirror`, then rotates counterclockwise by `angle` radians. */
export interface PlanarElement {
  readonly mirror: boolean
  readonly angle: number
}

/**
 * An irreducible real representation.
 *
 * Frequency 0, and half the number of rotations where that is even, have one component: the cosine, which mirrors keep, or the sine (`odd`), which they negate.
 * Every other frequency has two: the cosine and the sine.
 */
export interface PlanarIrrep {
  readonly frequency: number
  /** True for the sine of a frequency with one component. Always false in groups without mirrors, and for two components. */
  readonly odd: boolean
}

/** The most rotations of a finite group. Kernels of its regular fields have the square of it as many entries. */
const MOST_ROTATIONS = 64

function readName(name: string): { rotations: number; mirrors: boolean } {
  if (name === 'SO(2)' || name === 'O(2)') return { rotations: Number.POSITIVE_INFINITY, mirrors: name === 'O(2)' }
  const [, kind, digits] = /^([CD])([1-9]\d?)$/.exec(name) ?? []
  if (digits === undefined || Number(digits) > MOST_ROTATIONS)
    throw new RangeError(`planarGroup: expected C1 to C${MOST_ROTATIONS}, D1 to D${MOST_ROTATIONS}, SO(2) or O(2), received "${name}".`)
  return { rotations: Number(digits), mirrors: kind === 'D' }
}

/**
 * A closed group of rotations and reflections of the plane that fix its centre.
 *
 * Element number rotations x m + k mirrors the columns m times (0 or 1), then rotates counterclockwise by k x 360 / rotations degrees, as in `PointGroup`.
 */
export class PlanarGroup {
  readonly name: PlanarGroupName
  /** The number of rotations, infinite for SO(2) and O(2). */
  readonly rotations: number
  readonly mirrors: boolean

  constructor(name: PlanarGroupName) {
    const { rotations, mirrors } = readName(name)
    this.name = name
    this.rotations = rotations
    this.mirrors = mirrors
  }

  /** The number of elements, infinite for SO(2) and O(2). */
  get order(): number {
    return this.rotations * (this.mirrors ? 2 : 1)
  }

  /**
   * Elements whose mean of a function is its mean over the group, for products of matrix entries of irreps whose frequencies add up to at most `frequency`.
   *
   * A finite group gives all its elements, in order.
   */
  elements(frequency = 0): PlanarElement[] {
    const count = Number.isFinite(this.rotations) ? this.rotations : frequency + 1
    const angles = Array.from({ length: count }, (_, k) => (2 * Math.PI * k) / count)
    return (this.mirrors ? [false, true] : [false]).flatMap((mirror) => angles.map((angle) => ({ mirror, angle })))
  }

  /** The number of components of an irrep: 1 or 2. */
  components({ frequency }: PlanarIrrep): number {
    return frequency === 0 || 2 * frequency === this.rotations ? 1 : 2
  }

  /**
   * The irreps of frequencies 0 to `maximum`, up to isomorphism; a finite group has no more than those of half its number of rotations.
   *
   * @throws RangeError without a maximum, for SO(2) and O(2).
   */
  irreps(maximum: number = Math.floor(this.rotations / 2)): PlanarIrrep[] {
    if (!Number.isFinite(maximum))
      throw new RangeError(
        `PlanarGroup.irreps: expected a largest frequency, because ${this.name} has infinitely many irreps, received none.`,
      )
    const last = Math.min(maximum, Math.floor(this.rotations / 2))
    return Array.from({ length: last + 1 }, (_, frequency) => ({ frequency, odd: false })).flatMap((irrep) =>
      this.mirrors && this.components(irrep) === 1 ? [irrep, { ...irrep, odd: true }] : [irrep],
    )
  }

  /** @throws RangeError if this group has no such irrep. */
  requireIrrep(where: string, { frequency, odd }: PlanarIrrep): void {
    const known = Number.isInteger(frequency) && frequency >= 0 && 2 * frequency <= this.rotations
    if (known && (!odd || (this.mirrors && this.components({ frequency, odd }) === 1))) return
    const most = Number.isFinite(this.rotations) ? ` to ${Math.floor(this.rotations / 2)}` : ' or more'
    const parity = this.mirrors ? 'odd only for irreps of one component' : 'none of them odd'
    throw new RangeError(
      `${where}: expected a frequency of 0${most} (${parity}), as ${this.name} has, received ${frequency}${odd ? ', odd' : ''}.`,
    )
  }

  /** The orthogonal matrix of an element in an irrep, row-major. */
  matrix({ frequency, odd }: PlanarIrrep, { mirror, angle }: PlanarElement): Matrix {
    const [c, s] = [Math.cos(frequency * angle), Math.sin(frequency * angle)]
    const sign = mirror ? -1 : 1
    if (this.components({ frequency, odd }) === 1) return Float64Array.of(Math.round(c) * (odd ? sign : 1))
    return Float64Array.of(c, -s * sign, s, c * sign)
  }

  /** Whether another group of rotations and mirrors of the columns is in this one. */
  contains(other: PlanarGroup): boolean {
    const rotations = this.rotations === other.rotations || !Number.isFinite(this.rotations) || this.rotations % other.rotations === 0
    return rotations && (this.mirrors || !other.mirrors)
  }
}

/** The planar group of a name. @throws RangeError if there is none. */
export function planarGroup(name: PlanarGroupName): PlanarGroup {
  return new PlanarGroup(name)
}
