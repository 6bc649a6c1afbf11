import { isFloat, type TensorValue, toNumbers } from '@equivar/tensor'

/** How a value is shown and changed: points that are dragged, a graph that is drawn, or a grid of numbers. */
export type Editor = 'points' | 'graph' | 'grid' | 'too large'

/** The most points or nodes that are drawn, and numbers that have a cell. */
const [MOST_POINTS, MOST_NODES, MOST_CELLS] = [200, 40, 4096]

/** The editor of an input, by its name and shape in the words of exported models. */
export function editorOf(name: string, { dtype, shape }: TensorValue): Editor {
  const [first = 0, second = 0, third = 0] = shape
  const isPlane = (width: number): boolean => width === 2 || width === 3
  if (name === 'adj' && shape.length === 3 && first === 1 && second === third && second <= MOST_NODES && isFloat(dtype)) return 'graph'
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

/** An adjacency with an edge changed, both ways. */
export function withEdge(adjacency: TensorValue, i: number, j: number): TensorValue {
  const n = adjacency.shape[1] as number
  const isEdge = numbersOf(adjacency)[i * n + j] !== 0
  return withNumbers(adjacency, [
    [i * n + j, Number(!isEdge)],
    [j * n + i, Number(!isEdge)],
  ])
}

/** How a value is laid out in rows and columns: the last axis across; an image of several channels, one below the other. */
export function gridOf({ shape }: TensorValue): { readonly rows: number; readonly columns: number } {
  const columns = shape.at(-1) ?? 1
  const count = shape.reduce((product, size) => product * size, 1)
  return { rows: columns === 0 ? 0 : count / columns, columns }
}
