import type { TensorGroup } from '@equivar/groups'
import type { Random, TensorValue } from '@equivar/tensor'

/**
 * The size that a group demands of an axis: a number, or a name. Axes with the same `shared` name have the same size wherever the group acts; with the same
 * `local` name, only at one place of one tensor.
 */
export type AxisSize = number | { readonly shared: string } | { readonly local: string }

/** A group element that acts on some axes of tensors. */
export interface WordElement {
  readonly name: string
  act(value: TensorValue, axes: readonly number[], word: GroupWord): TensorValue
  /** Gives integers that name points the names of the points to which these move; undefined if the group moves no points. */
  readonly rename?: (value: TensorValue) => TensorValue
}

/** The sizes of a group's axes by their shared names. */
export type SharedSizes = ReadonlyMap<string, number>

/** A group as an action names it, such as `S5`, `shifts` or `O(3)`. */
export interface GroupWord {
  /** The name, with single blanks. */
  readonly text: string
  /** Words of one family share their elements: `E(3)` and its rotations `O(3)`. */
  readonly family: string
  /** The group as data, for what acts on expressions in place of numbers. */
  readonly group: TensorGroup
  /** Whether it moves the origin. In a family, such a word supplies the elements of all. */
  readonly translates: boolean
  /** The sizes of that many axes; undefined if the group does not act on so many. */
  sizes(axes: number): readonly AxisSize[] | undefined
  /** The number of points that entries can name; undefined if it moves no points. */
  readonly points?: AxisSize
  /** Elements that generate the group; of a Lie group, a few special ones. */
  generators(sizes: SharedSizes): readonly WordElement[]
  random(sizes: SharedSizes, random: Random): WordElement
}
