import type { Matrix } from '@equivar/groups'
import { type PlanarElement, type PlanarGroup, type PlanarGroupName, type PlanarIrrep, planarGroup } from './planar-group.ts'

/** What a PlaneRepresentation is made of. */
interface Parts {
  readonly group: PlanarGroup
  readonly name: string
  readonly irreps: readonly PlanarIrrep[]
  /** Orthogonal, row-major: rows are components of the representation, columns those of the irreps. */
  readonly basis: Matrix
  readonly permutes: boolean
}

/**
 * An orthogonal representation rho of a planar group, decomposed: rho(g) = basis (sum of irreps)(g) basis^T.
 *
 * Make one by `trivialRepresentation`, `irrepRepresentation` or `regularRepresentation`.
 */
export class PlaneRepresentation {
  readonly group: PlanarGroup
  readonly name: string
  readonly irreps: readonly PlanarIrrep[]
  /** Row-major: rows are components of the representation, columns those of the irreps. */
  readonly basis: Matrix
  /** True if every element permutes the components. Then any pointwise function commutes with the group. */
  readonly permutes: boolean

  constructor({ group, name, irreps, basis, permutes }: Parts) {
    this.group = group
    this.name = name
    this.irreps = irreps
    this.basis = basis
    this.permutes = permutes
  }

  /** The number of components. */
  get size(): number {
    return this.irreps.reduce((sum, irrep) => sum + this.group.components(irrep), 0)
  }

  /** Whether this is a single irrep of frequency 0 that every element leaves as it is. */
  get isTrivial(): boolean {
    return this.irreps.length === 1 && this.irreps[0]?.frequency === 0 && !this.irreps[0].odd
  }

  /** The irreps, each with the number of its first component. */
  get summands(): { readonly irrep: PlanarIrrep; readonly at: number }[] {
    let at = 0
    return this.irreps.map((irrep) => {
      at += this.group.components(irrep)
      return { irrep, at: at - this.group.components(irrep) }
    })
  }

  /** The matrix of an element, row-major. */
  matrix(element: PlanarElement): Matrix {
    const { size, basis } = this
    const result = new Float64Array(size * size)
    for (const { irrep, at } of this.summands) {
      const n = this.group.components(irrep)
      const block = this.group.matrix(irrep, element)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          for (let a = 0; a < size; a++)
            for (let b = 0; b < size; b++)
              result[a * size + b]! += basis[a * size + at + i]! * block[i * n + j]! * basis[b * size + at + j]!
    }
    return result
  }

  /**
   * The same components as a representation of a subgroup.
   *
   * @throws RangeError if `name` is not a subgroup.
   */
  restrict(name: PlanarGroupName): PlaneRepresentation {
    const group = planarGroup(name)
    if (!this.group.contains(group))
      throw new RangeError(`PlaneRepresentation.restrict: expected a subgroup of ${this.group.name}, received ${name}.`)
    const basis = this.basis.slice()
    const irreps = this.summands.flatMap(({ irrep, at }) => {
      const { parts, flipped } = restrictedIrrep(group, irrep, this.group.components(irrep))
      // The sine of a frequency f beyond half of the rotations is minus that of the lower frequency with the same values.
      if (flipped) for (let a = 0; a < this.size; a++) basis[a * this.size + at + 1]! *= -1
      return parts
    })
    const fixed = irreps.every(({ frequency, odd }) => frequency === 0 && !odd)
    return new PlaneRepresentation({ group, name: `${this.name} of ${this.group.name}`, irreps, basis, permutes: this.permutes || fixed })
  }
}

/** The irreps of a subgroup in an irrep of the group, and whether its sine changes its sign. */
function restrictedIrrep(
  group: PlanarGroup,
  { frequency, odd }: PlanarIrrep,
  components: number,
): { parts: PlanarIrrep[]; flipped: boolean } {
  const { rotations, mirrors } = group
  const residue = Number.isFinite(rotations) ? frequency % rotations : frequency
  const flipped = components === 2 && 2 * residue > rotations
  const lower = 2 * residue > rotations ? rotations - residue : residue
  const whole = { frequency: lower, odd: odd && mirrors }
  if (components === 1) return { parts: [whole], flipped: false }
  return { parts: group.components(whole) === 2 ? [whole] : [whole, { frequency: lower, odd: mirrors }], flipped }
}

const unit = (n: number): Matrix => Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0))

/** One component, which the group leaves as it is. */
export function trivialRepresentation(name: PlanarGroupName): PlaneRepresentation {
  return new PlaneRepresentation({
    group: planarGroup(name),
    name: 'trivial',
    irreps: [{ frequency: 0, odd: false }],
    basis: unit(1),
    permutes: true,
  })
}

/**
 * The irrep of a frequency: rotations by theta rotate its two components by frequency x theta.
 *
 * @throws RangeError if the group has no such irrep.
 */
export function irrepRepresentation(
  name: PlanarGroupName,
  frequency: number,
  { odd = false }: { readonly odd?: boolean } = {},
): PlaneRepresentation {
  const group = planarGroup(name)
  group.requireIrrep('irrepRepresentation', { frequency, odd })
  const irrep = { frequency, odd }
  const isTrivial = frequency === 0 && !odd
  return new PlaneRepresentation({
    group,
    name: `irrep ${frequency}${odd ? ' odd' : ''}`,
    irreps: [irrep],
    basis: unit(group.components(irrep)),
    permutes: isTrivial,
  })
}

/** The regular representations in use, so that all layers of a group share one, and with it the kernels. */
const regulars = /* @__PURE__ */ new Map<PlanarGroupName, WeakRef<PlaneRepresentation>>()

/**
 * The regular representation of a finite group: one component per element, in order, and element g takes component h to g h.
 *
 * Its basis is the Fourier transform of the group: column a of copy b of irrep psi is sqrt(size / order) psi(h)_ab.
 *
 * @throws RangeError for SO(2) and O(2), which have infinitely many elements.
 */
export function regularRepresentation(name: PlanarGroupName): PlaneRepresentation {
  const known = regulars.get(name)?.deref()
  if (known !== undefined) return known
  const made = fourierRepresentation(planarGroup(name))
  regulars.set(name, new WeakRef(made))
  return made
}

/** The regular representation, made anew. */
function fourierRepresentation(group: PlanarGroup): PlaneRepresentation {
  const { order } = group
  if (!Number.isFinite(order))
    throw new RangeError(`regularRepresentation: expected a finite group, received ${group.name}. Use irrepRepresentation.`)
  const elements = group.elements()
  const copies = group.irreps().flatMap((irrep) => {
    const n = group.components(irrep)
    // Without mirrors, the two columns of an irrep span the same functions.
    return Array.from({ length: group.mirrors ? n : 1 }, (_, copy) => ({ irrep, copy, n }))
  })
  const basis = new Float64Array(order * order)
  let at = 0
  for (const { irrep, copy, n } of copies) {
    elements.forEach((element, h) => {
      const matrix = group.matrix(irrep, element)
      for (let a = 0; a < n; a++) basis[h * order + at + a] = Math.sqrt(n / order) * matrix[a * n + copy]!
    })
    at += n
  }
  return new PlaneRepresentation({ group, name: 'regular', irreps: copies.map(({ irrep }) => irrep), basis, permutes: true })
}
