import { type Action, naturalAction, symmetric, trivialAction, tupleAction } from '@equivar/groups'
import { input } from '@equivar/tensor'
import type { LayerDescription } from '@equivar/verify'
import { EquivariantGraphLinear } from '../src/index.ts'

/** The numbers of partitions of sets. */
export const BELL: readonly number[] = [1, 1, 2, 5, 15, 52, 203, 877, 4140]

/** So many axes of one size. */
export const axes = (order: number, n: number | string): (number | string)[] => Array.from({ length: order }, () => n)

const tuples = (n: number, order: number): Action =>
  order === 0 ? trivialAction(symmetric(n), 1) : order === 1 ? naturalAction(symmetric(n)) : tupleAction(symmetric(n), order)

const most = (sum: number): number => Number(process.env.EQUIVAR_SPAN_NODES ?? (sum <= 4 ? 7 : sum === 5 ? 4 : 3))
const spanning = ([k, l]: [number, number]): LayerDescription<number> => ({
  name: `order ${k} to ${l}`,
  variant: (n) => n,
  expression: (n) => {
    // All maps in one evaluation; a few at a time if the output is larger than the input.
    const outChannels = l > k ? 4 : (BELL[k + l] ?? 1)
    const layer = new EquivariantGraphLinear({ inputOrder: k, outputOrder: l, inChannels: 1, outChannels, bias: false })
    const x = input('x', 'float32', ['batch', ...axes(k, n), 1])
    return { inputs: { x }, outputs: layer.forward(x, undefined, n) }
  },
  feeds: () => ({}),
  sizes: [],
  span: {
    sizes: Array.from({ length: most(k + l) }, (_, i) => i + 1),
    input: (n) => tuples(n, k),
    output: (n) => tuples(n, l),
    maps: (n) => (n >= k + l ? BELL[k + l] : undefined),
  },
})

/**
 * Linear layers between all pairs of orders with `least` <= k + l <= `largest`, whose weights must span all equivariant maps. The number of nodes goes up to 7
 * where that is fast; EQUIVAR_SPAN_NODES=7 uses 7 for all orders.
 */
export const spans = (least: number, largest: number): LayerDescription<number>[] =>
  Array.from({ length: largest + 1 }, (_, k) => Array.from({ length: largest + 1 - k }, (_, l): [number, number] => [k, l]))
    .flat()
    .filter(([k, l]) => k + l >= least)
    .map(spanning)
