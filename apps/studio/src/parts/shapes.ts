import type { DrawnGraph, Place } from './drawn-graph.ts'

/** Places on a circle, from the top on. */
export const onCircle = (count: number, radius = 40, { x, y }: Place = { x: 50, y: 50 }): Place[] =>
  Array.from({ length: count }, (_, k) => ({
    x: Math.round(x + radius * Math.sin((2 * Math.PI * k) / count)),
    y: Math.round(y - radius * Math.cos((2 * Math.PI * k) / count)),
  }))

type Edges = (readonly [number, number])[]

/** Two nodes as an edge, the smaller first. */
export const edge = (a: number, b: number): readonly [number, number] => (a < b ? [a, b] : [b, a])

/** The edges of nodes on a ring that are `step` apart, each once. */
export const ringEdges = (count: number, step = 1, first = 0): Edges =>
  Array.from({ length: count }, (_, k) => edge(first + k, first + ((k + step) % count)))

/** A ring of nodes. */
export const ring = (count: number): DrawnGraph => ({ places: onCircle(count), edges: ringEdges(count) })

/** A row of nodes. */
export const path = (count: number): DrawnGraph => ({
  places: Array.from({ length: count }, (_, k) => ({ x: Math.round(8 + (84 * k) / (count - 1)), y: k % 2 === 0 ? 56 : 44 })),
  edges: ringEdges(count).slice(0, -1),
})

/** A node that all others are joined to. */
export const star = (count: number): DrawnGraph => ({
  places: [{ x: 50, y: 50 }, ...onCircle(count - 1)],
  edges: Array.from({ length: count - 1 }, (_, k) => [0, k + 1] as const),
})

/** Petersen's graph: a ring of five, a star of five inside it, and spokes. */
export const petersen = (): DrawnGraph => ({
  places: [...onCircle(5, 42), ...onCircle(5, 20)],
  edges: [...ringEdges(5), ...Array.from({ length: 5 }, (_, k) => [k, k + 5] as const), ...ringEdges(5, 2, 5)],
})

/** Two rings of nodes that are joined node by node; of four nodes each a cube. */
export const prism = (count: number): DrawnGraph => ({
  places: [...onCircle(count, 43), ...onCircle(count, 20)],
  edges: [...ringEdges(count), ...ringEdges(count, 1, count), ...Array.from({ length: count }, (_, k) => [k, k + count] as const)],
})

/** Two sets of nodes, each node joined to all of the other set. */
export const bipartite = (left: number, right: number): DrawnGraph => ({
  places: [left, right].flatMap((count, side) =>
    Array.from({ length: count }, (_, k) => ({ x: 22 + 56 * side, y: Math.round(50 + 26 * (k - (count - 1) / 2)) })),
  ),
  edges: Array.from({ length: left * right }, (_, k) => [Math.floor(k / right), left + (k % right)] as const),
})
