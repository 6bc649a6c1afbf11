import * as t from '@equivar/tensor'
import type { Recipes } from './recipe.ts'
import type { Writer } from './writer.ts'

/** x, or what is x once its last two axes are exchanged. */
const perhapsTransposed = (w: Writer, dtype: t.DataType, shape: readonly t.Dimension[]): t.Tensor => {
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1]
  if (w.chance(0.5)) return w.ofShape(dtype, shape)
  return t.swapAxes(w.ofShape(dtype, [...shape.slice(0, -2), columns, rows]), -1, -2)
}

interface Window {
  readonly kernel: number[]
  readonly strides: number[]
  readonly dilations: number[]
  readonly pads: number[]
}

/** A window and sizes of a signal that it fits, most of them known. */
function window(w: Writer, rank: number): Window & { readonly spatial: t.Dimension[] } {
  const each = <T>(make: () => T): T[] => Array.from({ length: rank }, make)
  const kernel = each(() => w.pick([1, 2, 3]))
  const strides = each(() => w.pick([1, 1, 2, 3]))
  const dilations = each(() => w.pick([1, 1, 1, 2]))
  const pads = [...each(() => w.pick([0, 0, 1])), ...each(() => w.pick([0, 0, 1]))]
  const spatial = kernel.map((k, i): t.Dimension => {
    const least = (dilations[i] ?? 1) * (k - 1) + 1
    const open = [...w.setting.sizes].filter(([, value]) => value >= least)
    return open.length > 0 && w.chance(0.2) ? t.symbol(w.pick(open)[0]) : least + w.random.integer(5)
  })
  return { kernel, strides, dilations, pads: pads.map((p, i) => Math.min(p, (kernel[i % rank] ?? 1) - 1)), spatial }
}

const channels = (w: Writer): number => w.pick([1, 2, 2, 3, 9])

const batch = (w: Writer): t.Dimension => w.pick([1, 2, w.size()])

/** Sums of products, and windows. */
export const products: Recipes = {
  matMul: (w) => {
    const [m, k, n] = [w.size(), w.size(), w.size()]
    const outer = w.shape(w.pick([0, 0, 1, 2]))
    const float = w.setting.float
    const swap = w.chance(0.5)
    const [a, b] = [swap ? w.smaller(outer) : outer, swap ? outer : w.smaller(outer)]
    return t.matMul(perhapsTransposed(w, float, [...a, m, k]), perhapsTransposed(w, float, [...b, k, n]))
  },
  'matMul of vectors': (w) => {
    const n = w.size()
    return t.matMul(w.ofShape(w.setting.float, [n]), w.ofShape(w.setting.float, w.pick([[n], [n, 2]])))
  },
  einsum: (w) => {
    // ONNX Runtime ends the process where a symbol of an Einsum is 0.
    const size = (d: t.Dimension): t.Dimension => (w.value(d) === 0 ? 0 : d)
    const sizes = new Map([...'ijkl'].map((letter) => [letter, size(w.size())]))
    const equation = w.pick(['ij,jk->ik', 'ijk,kl->lji', 'ij->ji', 'ij,j->', 'iij->ij', 'ij,jk,kl->il', 'i,j->ij'])
    const operands = (equation.split('->')[0] ?? '').split(',')
    const tensors = operands.map((letters) =>
      w.ofShape(
        w.setting.float,
        [...letters].map((letter) => sizes.get(letter) ?? 1),
      ),
    )
    return t.einsum(equation, ...tensors)
  },
  conv: (w) => {
    const { spatial, kernel, ...options } = window(w, w.pick([1, 2]))
    const groups = w.pick([1, 1, 1, 2])
    const [inputs, outputs] = [channels(w), channels(w)]
    const x = w.ofShape(w.setting.float, [batch(w), inputs * groups, ...spatial])
    const weight = w.ofShape(w.setting.float, [outputs * groups, inputs, ...kernel])
    const y = t.conv(x, weight, { ...options, groups })
    const bias = w.ofShape(w.setting.float, [outputs * groups])
    return w.chance(0.5)
      ? y
      : w.chance(0.5)
        ? t.conv(x, weight, { ...options, groups, bias })
        : t.add(t.reshape(bias, [-1, ...spatial.map(() => 1)]), y)
  },
  convTranspose: (w) => {
    const { spatial, kernel, pads: _, ...options } = window(w, w.pick([1, 2]))
    const groups = w.pick([1, 1, 2])
    const [inputs, outputs] = [w.pick([1, 2]), w.pick([1, 2])]
    const x = w.ofShape(w.setting.float, [batch(w), inputs * groups, ...spatial])
    const outputPadding = options.strides.map((s) => w.random.integer(s))
    return t.convTranspose(x, w.ofShape(w.setting.float, [inputs * groups, outputs, ...kernel]), { ...options, groups, outputPadding })
  },
  maxPool: (w) => {
    const { spatial, ...options } = window(w, w.pick([1, 2]))
    const x = w.ofShape(w.setting.float, [batch(w), channels(w), ...spatial])
    const y = t.maxPool(w.chance(0.5) ? t.relu(x) : x, options)
    return w.chance(0.5) ? y : t.relu(y)
  },
  averagePool: (w) => {
    const { spatial, dilations: _, ...options } = window(w, w.pick([1, 2]))
    const x = w.ofShape(w.setting.float, [batch(w), w.pick([1, 2]), ...spatial])
    return t.averagePool(x, { ...options, countIncludePad: w.chance(0.5) })
  },
}
