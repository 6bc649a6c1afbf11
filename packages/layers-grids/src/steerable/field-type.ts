import { concat, printShape, reshape, ShapeError, slice, type Tensor } from '@equivar/tensor'
import type { PlanarGroup, PlanarGroupName } from './planar-group.ts'
import { irrepRepresentation, type PlaneRepresentation, regularRepresentation, trivialRepresentation } from './plane-representation.ts'

/** Several fields of one representation. */
export interface FieldSummand {
  readonly representation: PlaneRepresentation
  readonly multiplicity: number
}

/**
 * What the channels of a feature map are: fields on the plane, each of a representation rho of one planar group.
 *
 * An element g takes the field f to (g f)(x) = rho(g) f(g^-1 x). The channels of a summand are those of its first field, then of its second, and so on.
 *
 * Make one by `scalarFields`, `regularFields` or `irrepFields`, and join them by `joinFields`.
 *
 * @throws RangeError if there are no fields, a multiplicity is not a positive integer, or the groups differ.
 */
export class FieldType {
  readonly group: PlanarGroup
  readonly summands: readonly FieldSummand[]

  constructor(summands: readonly FieldSummand[]) {
    const [first] = summands
    if (first === undefined) throw new RangeError('FieldType: expected at least one field, received none.')
    for (const { multiplicity, representation } of summands) {
      if (!Number.isInteger(multiplicity) || multiplicity < 1)
        throw new RangeError(`FieldType: expected the number of fields to be a positive integer, received ${multiplicity}.`)
      if (representation.group.name !== first.representation.group.name)
        throw new RangeError(
          `FieldType: expected fields of one group, received ${first.representation.group.name} and ${representation.group.name}.`,
        )
    }
    this.group = first.representation.group
    this.summands = summands
  }

  /** The number of channels. */
  get channels(): number {
    return this.summands.reduce((sum, { representation, multiplicity }) => sum + multiplicity * representation.size, 0)
  }

  /** The number of fields. */
  get fields(): number {
    return this.summands.reduce((sum, { multiplicity }) => sum + multiplicity, 0)
  }

  /** The same channels as fields of a subgroup. @throws RangeError if `name` is not a subgroup. */
  restrict(name: PlanarGroupName): FieldType {
    return new FieldType(
      this.summands.map(({ representation, multiplicity }) => ({ representation: representation.restrict(name), multiplicity })),
    )
  }

  /** @throws ShapeError unless x is [batch, channels, height, width]. */
  demand(where: string, x: Tensor): void {
    if (x.rank === 4 && x.shape[1] === this.channels) return
    throw new ShapeError(where, `x of shape [batch, ${this.channels}, height, width] (${this.describe()})`, printShape(x.shape))
  }

  /** The fields in words: `8 regular + 2 irrep 1 of C8`. */
  describe(): string {
    return `${this.summands.map(({ representation, multiplicity }) => `${multiplicity} ${representation.name}`).join(' + ')} of ${this.group.name}`
  }
}

/** The summands of x, one by one, each with its fields apart: [batch, fields, components, height, width]. */
function splitFields(type: FieldType, x: Tensor): Tensor[] {
  const [batch, , height, width] = x.shape
  let start = 0
  return type.summands.map((summand) => {
    const end = start + summand.multiplicity * summand.representation.size
    const part = type.summands.length === 1 ? x : slice(x, { axis: 1, start, end })
    start = end
    return reshape(part, [batch!, summand.multiplicity, summand.representation.size, height!, width!])
  })
}

/** Applies a function to every summand with its fields apart, and joins the results. */
export function mapFields(type: FieldType, x: Tensor, work: (fields: Tensor, summand: number) => Tensor): Tensor {
  const [batch, , height, width] = x.shape
  const parts = splitFields(type, x).map((fields, i) => {
    const y = work(fields, i)
    return reshape(y, [batch!, (y.shape[1] as number) * (y.shape[2] as number), height!, width!])
  })
  return concat(parts, 1)
}

/** Fields that the group leaves as they are, such as the channels of an image. */
export function scalarFields(group: PlanarGroupName, multiplicity: number): FieldType {
  return new FieldType([{ representation: trivialRepresentation(group), multiplicity }])
}

/** Fields of one component per element of a finite group. */
export function regularFields(group: PlanarGroupName, multiplicity: number): FieldType {
  return new FieldType([{ representation: regularRepresentation(group), multiplicity }])
}

/**
 * Fields of the irreps of the frequencies 0, 1, ...: `multiplicities[f]` fields of frequency f.
 *
 * @throws RangeError if the group has no irrep of such a frequency.
 */
export function irrepFields(group: PlanarGroupName, multiplicities: readonly number[]): FieldType {
  const summands = multiplicities.map((multiplicity, frequency) => ({
    representation: irrepRepresentation(group, frequency),
    multiplicity,
  }))
  return new FieldType(summands.filter(({ multiplicity }) => multiplicity !== 0))
}

/** The fields of all types, in order. @throws RangeError if their groups differ. */
export function joinFields(...types: readonly FieldType[]): FieldType {
  return new FieldType(types.flatMap(({ summands }) => summands))
}
