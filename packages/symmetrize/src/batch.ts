import { type Dimension, sameDimension, type Tensor } from '@equivar/tensor'
import type { GroupAction, Places } from './actions.ts'
import type { Tensors } from './call.ts'

/**
 * How a model runs on several transformed copies of its inputs.
 *
 * - `stack`: axis 0 counts examples, and the copies are further examples of one run.
 * - `repeat`: axis 0 counts examples, and the model is written once for each copy.
 * - `none`: the inputs are one example; the model is written once for each copy.
 */
export type BatchMode = 'stack' | 'repeat' | 'none'

/** What axis 0 of the inputs is. */
export interface Batch {
  readonly mode: BatchMode
  /** Whether outputs count examples along axis 0 is known, not only supposed. */
  readonly told: boolean
  /** How many examples there are; undefined if the inputs are one. */
  readonly size: Dimension | undefined
}

const axisOf = (axis: number, rank: number): number => (axis < 0 ? rank + axis : axis)

const actsOnFirst = (places: Places, name: string, { rank }: Tensor): boolean =>
  (places.get(name) ?? []).some(({ axes, onEntries }) => onEntries || axes.some((axis) => axisOf(axis, rank) === 0))

/**
 * What axis 0 of the inputs is: examples, if all inputs that move have the same size there and no group acts on it.
 *
 * @param told - what the caller says.
 */
export function batchOf(groups: readonly GroupAction[], inputs: Tensors, told: BatchMode | undefined): Batch {
  const moving = Object.entries(inputs).filter(([name]) => groups.some((group) => group.inputs.has(name)))
  const size = moving[0]?.[1].shape[0]
  const counts =
    size !== undefined &&
    moving.every(([name, x]) => {
      const first = x.shape[0]
      return first !== undefined && sameDimension(first, size) && !groups.some((group) => actsOnFirst(group.inputs, name, x))
    })
  if (told !== undefined && told !== 'none' && !counts)
    throw new RangeError(
      `symmetrize: expected axis 0 of ${moving.map(([name]) => `"${name}"`).join(', ')} to count examples for batch "${told}", received another one: a group acts on it, or the sizes differ. Leave batch out.`,
    )
  const mode = told ?? (counts ? (typeof size === 'number' ? 'repeat' : 'stack') : 'none')
  return { mode, told: told !== undefined, size: mode === 'none' ? undefined : size }
}

/** Whether axis 0 of a tensor counts the examples. */
export const isBatched = (x: Tensor, size: Dimension | undefined): boolean =>
  size !== undefined && x.shape[0] !== undefined && sameDimension(x.shape[0], size)
