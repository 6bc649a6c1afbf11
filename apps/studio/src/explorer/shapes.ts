import type { DrawnGraph } from '../parts/drawn-graph.ts'
import { bipartite, path, petersen, prism, ring, ringEdges, star } from '../parts/shapes.ts'

/** Nodes in rows and columns, each joined to those beside it. */
const grid = (rows: number, columns: number): DrawnGraph => {
  const nodes = Array.from({ length: rows * columns }, (_, node) => node)
  return {
    places: nodes.map((node) => ({
      x: Math.round(50 + 28 * ((node % columns) - (columns - 1) / 2)),
      y: Math.round(50 + 28 * (Math.floor(node / columns) - (rows - 1) / 2)),
    })),
    edges: nodes.flatMap((node) => [
      ...(node % columns < columns - 1 ? [[node, node + 1] as const] : []),
      ...(node + columns < rows * columns ? [[node, node + columns] as const] : []),
    ]),
  }
}

/** A square with a roof. */
const house = (): DrawnGraph => ({
  places: [
    { x: 25, y: 85 },
    { x: 75, y: 85 },
    { x: 75, y: 45 },
    { x: 50, y: 15 },
    { x: 25, y: 45 },
  ],
  edges: [...ringEdges(5), [2, 4]],
})

/** Graphs to begin a drawing with, by what they are called. */
export const shapes: Readonly<Record<string, () => DrawnGraph>> = {
  'Ring of six': () => ring(6),
  'Path of five': () => path(5),
  'Star of six': () => star(6),
  House: house,
  'Grid of 3 by 3': () => grid(3, 3),
  Cube: () => prism(4),
  'Prism of five': () => prism(5),
  'Petersen’s graph': petersen,
  'Three houses, three wells': () => bipartite(3, 3),
}
