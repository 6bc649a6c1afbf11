import { cast, concat, constant, div, equal, slice, sub, type Tensor } from '@equivar/tensor'
import type { Facts, Features } from '../model.ts'

/** Values by which a channel is spread: 1 for a number. */
const widthOf = ({ categories = {} }: Features, channel: number): number => categories[channel] ?? 1

/** What a model sees: the facts with the number of encoded channels. */
export function encodedFacts(facts: Facts): Facts {
  const { features } = facts
  if (features === undefined) return facts
  const channels = features.offset.reduce((sum, _, channel) => sum + widthOf(features, channel), 0)
  return { ...facts, channels }
}

/** A shape with `size` at the axis counted from the end, 1 behind it. */
const along = (size: number, axis: number): number[] => [size, ...Array.from({ length: -axis - 1 }, () => 1)]

/**
 * Features from raw channels: (x - offset) / scale for numbers, one channel for each value of a category. It is part of the model, so the exported file takes
 * raw numbers. A category that was not seen in training has zeros.
 *
 * @param axis - the axis of channels, counted from the end: -1 is the last.
 */
export function encoded(x: Tensor, { features }: Facts, axis: number): Tensor {
  if (features === undefined) return x
  const { offset, scale, categories } = features
  const standardized = (from: number, to: number, part: Tensor): Tensor => {
    const shape = along(to - from, axis)
    return div(sub(part, constant(offset.slice(from, to), shape)), constant(scale.slice(from, to), shape))
  }
  if (categories === undefined) return standardized(0, offset.length, x)
  const at = x.shape.length + axis
  const parts: Tensor[] = []
  for (let channel = 0; channel < offset.length; channel++) {
    const part = slice(x, { axis: at, start: channel, end: channel + 1 })
    const count = categories[channel]
    if (count === undefined) parts.push(standardized(channel, channel + 1, part))
    else
      parts.push(
        cast(
          equal(
            part,
            constant(
              Array.from({ length: count }, (_, value) => value),
              along(count, axis),
            ),
          ),
          'float32',
        ),
      )
  }
  return concat(parts, at)
}
