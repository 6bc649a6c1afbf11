import { isFloat, type TensorValue, toNumbers } from '@equivar/tensor'
import type { Values } from '@equivar/verify'
import { MOST_NODES } from '../parts/drawn-graph.ts'

/** How a value is shown and changed: points that are dragged, a graph that is drawn, or a grid of numbers. */
export type Editor = 'points' | 'graph' | 'grid' | 'too large'

/** The most points that are drawn, and numbers that have a cell. */
const [MOST_POINTS, MOST_CELLS] = [200, 4096]

/** How many nodes a graph has, of which one input tells: the names are those of exported models. */
export function nodesOf(values: Values): number | undefined {
  return values.adj?.shape[1] ?? (values.positions ?? values.x)?.shape[0]
}

/** The editor of an input, by its name and shape in the words of exported models. @param nodes - of its graph, if there is one. */
export function editorOf(name: string, { dtype, shape }: TensorValue, nodes = 0): Editor {
  const [first = 0, second = 0, third = 0] = shape
  const isPlane = (width: number): boolean => width === 2 || width === 3
  const isGraph =
    name === 'adj' ? shape.length === 3 && first === 1 && second === third : name === 'edge_index' && shape.length === 2 && first === 2
  if (isGraph && nodes > 0 && nodes <= MOST_NODES) return 'graph'
  if (isFloat(dtype) && shape.length === 3 && first === 1 && isPlane(third) && second <= MOST_POINTS) return 'points'
  if (isFloat(dtype) && shape.length === 2 && name === 'positions' && isPlane(second) && first <= MOST_POINTS) return 'points'
  return shape.reduce((product, size) => product * size, 1) <= MOST_CELLS ? 'grid' : 'too large'
}

/** A value with some numbers changed. */
export function withNumbers(value: TensorValue, changes: readonly (readonly [index: number, number: number])[]): TensorValue {
  const data = value.data.slice()
  for (const [index, number] of changes) data[index] = (data instanceof BigInt64Array ? BigInt(Math.round(number)) : number) as never
  return { ...value, data }
}

/** The numbers of a value. */
export const numbersOf = (value: TensorValue): Float64Array => Float64Array.from(toNumbers(value.data))

/** How a value is laid out in rows and columns: the last axis across; an image of several channels, one below the other. */
export function gridOf({ shape }: TensorValue): { readonly rows: number; readonly columns: number } {
  const columns = shape.at(-1) ?? 1
  const count = shape.reduce((product, size) => product * size, 1)
  return { rows: columns === 0 ? 0 : count / columns, columns }
}

/** Names of inputs, those that are drawn before those that are grids. */
export function inOrder(values: Values): string[] {
  const order: readonly Editor[] = ['points', 'graph', 'grid', 'too large']
  const rank = (name: string): number => order.indexOf(editorOf(name, values[name] as TensorValue, nodesOf(values)))
  return Object.keys(values).sort((a, b) => rank(a) - rank(b))
}
