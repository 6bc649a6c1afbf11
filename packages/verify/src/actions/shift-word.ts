import { permuteAxis } from '../axes.ts'
import type { GroupWord, SharedSizes, WordElement } from './group-word.ts'

const axisName = (k: number): string => `axis ${k}`

/** Shifts axis k cyclically by `by[k]` entries. */
const shift = (by: readonly number[]): WordElement => ({
  name: `shift by ${by.join(', ')}`,
  act: (value, axes) =>
    axes.reduce((moved, axis, k) => {
      const size = value.shape[axis] as number
      return permuteAxis(
        moved,
        axis,
        Uint32Array.from({ length: size }, (_, i) => (i + (by[k] as number)) % size),
      )
    }, value),
})

const lengths = (sizes: SharedSizes): number[] => Array.from({ length: sizes.size }, (_, k) => sizes.get(axisName(k)) as number)

/** `shifts`: cyclic shifts of each of the axes. */
export const cyclicShifts: GroupWord = {
  text: 'shifts',
  family: 'shifts',
  group: { kind: 'shifts' },
  translates: false,
  sizes: (axes) => Array.from({ length: axes }, (_, k) => ({ shared: axisName(k) })),
  generators: (sizes) => lengths(sizes).flatMap((size, axis, all) => (size < 2 ? [] : [shift(all.map((_, k) => Number(k === axis)))])),
  random: (sizes, random) => shift(lengths(sizes).map((size) => random.integer(Math.max(1, size)))),
}
