import { pad as padReference, tile as tileReference } from '../evaluate/shape.ts'
import { type Dimension, type DimensionLike, dimension, minus, plus, printShape, times } from '../expression/dimension.ts'
import { ShapeError } from '../expression/errors.ts'
import type { Tensor } from '../expression/tensor.ts'
import { apply, type OperatorOf, operator } from './operator.ts'
import { expand } from './shape.ts'
import { concat, flip, slice } from './slicing.ts'

/** Entry of Pad. */
export const padOperator: OperatorOf<'Pad'> = /* @__PURE__ */ operator('Pad', {
  traits: ['rearranging', 'axiswise'],
  infer: ([{ dtype, shape }], { pads }) => {
    if (pads.length !== 2 * shape.length || pads.some((p) => typeof p === 'number' && p < 0)) {
      throw new ShapeError(
        'Pad',
        `${2 * shape.length} non-negative pads for shape ${printShape(shape)}`,
        printShape(pads),
        'Use slice to cut.',
      )
    }
    return [{ dtype, shape: shape.map((d, i) => plus(d, plus(pads[i] ?? 0, pads[i + shape.length] ?? 0))) }]
  },
  reference: padReference,
})

/** How what lies outside is made up. */
export type PadMode = 'constant' | 'reflect' | 'edge' | 'wrap'

/**
 * Extends axes.
 *
 * @param pads - [before of every axis..., after of every axis...].
 * @param options - mode `constant` (with `value`, 0 if left out), `reflect` (without repeating the edge), `edge`, `wrap` (the torus).
 * @throws ShapeError if a reflection or a wrap reaches further than the axis is long.
 * @see ONNX Pad; modes other than constant are composed of slices.
 */
export function pad(
  x: Tensor,
  pads: readonly DimensionLike[],
  { mode = 'constant', value = 0 }: { mode?: PadMode; value?: number } = {},
): Tensor {
  const amounts = pads.map(dimension)
  if (amounts.every((p) => p === 0) && amounts.length === 2 * x.rank) return x
  if (mode === 'constant') return apply(padOperator, [x], { pads: amounts, value })
  return x.shape.reduce<Tensor>((y, _, axis) => extend(y, axis, amounts[axis] ?? 0, amounts[axis + x.rank] ?? 0, mode), x)
}

function extend(x: Tensor, axis: number, before: Dimension, after: Dimension, mode: Exclude<PadMode, 'constant'>): Tensor {
  const size = x.size(axis)
  const limit = mode === 'reflect' ? minus(size, 1) : size
  for (const p of [before, after]) {
    if (mode !== 'edge' && typeof p === 'number' && typeof limit === 'number' && p > limit) {
      throw new ShapeError('pad', `pads of at most ${limit} in mode ${mode} at axis ${axis}`, `${p}`)
    }
  }
  const side = (amount: Dimension, first: boolean): Tensor[] => {
    if (amount === 0) return []
    if (mode === 'edge') {
      const at: Dimension = first ? 0 : minus(size, 1)
      const edge = slice(x, { axis, start: at, end: plus(at, 1) })
      return [
        expand(
          edge,
          edge.shape.map((d, i) => (i === axis ? amount : d)),
        ),
      ]
    }
    if (mode === 'wrap') return [first ? slice(x, { axis, start: minus(size, amount) }) : slice(x, { axis, end: amount })]
    const part = first ? { start: 1, end: plus(amount, 1) } : { start: minus(minus(size, 1), amount), end: minus(size, 1) }
    return [flip(slice(x, { axis, ...part }), axis)]
  }
  return concat([...side(before, true), x, ...side(after, false)], axis)
}

/** Entry of Tile. */
export const tileOperator: OperatorOf<'Tile'> = /* @__PURE__ */ operator('Tile', {
  traits: ['rearranging'],
  infer: ([{ dtype, shape }], { repeats }) => {
    if (repeats.length !== shape.length) throw new ShapeError('Tile', `${shape.length} repeats, one an axis`, `${repeats.length}`)
    return [{ dtype, shape: shape.map((d, i) => times(d, repeats[i] ?? 1)) }]
  },
  reference: tileReference,
})

/** Repeats the whole along every axis. @see ONNX Tile. */
export function tile(x: Tensor, repeats: readonly DimensionLike[]): Tensor {
  return apply(tileOperator, [x], { repeats: repeats.map(dimension) })
}
