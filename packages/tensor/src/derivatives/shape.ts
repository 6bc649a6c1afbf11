import { type Dimension, minus, plus, times } from '../expression/dimension.ts'
import type { Tensor } from '../expression/tensor.ts'
import { zeros } from '../operators/generators.ts'
import { trilu } from '../operators/matrices.ts'
import { pad } from '../operators/padding.ts'
import { reduceSum } from '../operators/reduce.ts'
import { reshape, squeeze, transpose, unsqueeze } from '../operators/shape.ts'
import type { OperatorAttributes } from '../operators/signatures.ts'
import { concat, flip, slice } from '../operators/slicing.ts'
import type { Derivative } from './rule.ts'
import { sumTo } from './sum-to.ts'

type Rearranging = 'Reshape' | 'Squeeze' | 'Unsqueeze' | 'Transpose' | 'Expand' | 'Concat' | 'Slice' | 'Split' | 'Pad' | 'Tile' | 'Trilu'

/** Puts step - 1 zeros behind every element of an axis. */
export function dilate(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x
  const wide = unsqueeze(x, axis + 1)
  const after = wide.shape.map((_, i) => (i === axis + 1 ? step - 1 : 0))
  return reshape(
    pad(wide, [...wide.shape.map(() => 0), ...after]),
    x.shape.map((d, i) => (i === axis ? times(d, step) : d)),
  )
}

/** Puts a slice back where it was cut, with zeros around and between. */
function unslice(g: Tensor, shape: readonly Dimension[], { axes, starts, ends, steps }: OperatorAttributes['Slice']): Tensor {
  let spread = g
  const before: Dimension[] = shape.map(() => 0)
  const after: Dimension[] = shape.map(() => 0)
  for (const [i, axis] of axes.entries()) {
    const [start, end, step, size] = [starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1, shape[axis] ?? 0]
    if (step === -1) {
      spread = flip(spread, axis)
      continue
    }
    if (step > 1) spread = slice(dilate(spread, axis, step), { axis, start: 0, end: minus(end, start) })
    before[axis] = start
    after[axis] = minus(size, end)
  }
  return pad(spread, [...before, ...after])
}

const concatDerivative: Derivative<'Concat'> = ({ inputs, attributes: { axis } }, g) => {
  let end: Dimension = 0
  return inputs.map((x) => {
    const start = end
    const to = plus(start, x.size(axis))
    end = to
    return () => slice(g, { axis, start, end: to })
  })
}

/** Derivatives of what rearranges elements. */
export const shapeDerivatives: { readonly [K in Rearranging]: Derivative<K> } = {
  Reshape: ({ inputs: [x] }, g) => [() => reshape(g, x.shape)],
  Squeeze: ({ attributes: { axes } }, g) => [() => unsqueeze(g, axes)],
  Unsqueeze: ({ attributes: { axes } }, g) => [() => squeeze(g, axes)],
  Transpose: ({ attributes: { permutation } }, g) => [
    () =>
      transpose(
        g,
        permutation.map((_, i) => permutation.indexOf(i)),
      ),
  ],
  Expand: ({ inputs: [x] }, g) => [() => sumTo(g, x.shape)],
  Concat: concatDerivative,
  Slice: ({ inputs: [x], attributes }, g) => [() => unslice(g, x.shape, attributes)],
  Split: ({ outputs, attributes: { axis }, gradients }) => [
    () =>
      concat(
        outputs.map((y, i) => gradients[i] ?? zeros(y.shape, y.dtype)),
        axis,
      ),
  ],
  Pad: ({ inputs: [x], attributes: { pads } }, g) => [
    () => slice(g, ...x.shape.map((d, axis) => ({ axis, start: pads[axis] ?? 0, end: plus(pads[axis] ?? 0, d) }))),
  ],
  Tile: ({ inputs: [x], attributes: { repeats } }, g) => [
    () => {
      const apart = x.shape.flatMap((d, i) => [repeats[i] ?? 1, d])
      return reduceSum(reshape(g, apart), { axis: repeats.map((_, i) => 2 * i) })
    },
  ],
  Trilu: ({ attributes }, g) => [() => trilu(g, attributes)],
}
