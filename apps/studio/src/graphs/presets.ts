import type { DrawnGraph, Place } from '../parts/drawn-graph.ts'
import { edge, onCircle, path, petersen, ring, ringEdges, star } from '../parts/shapes.ts'

/** Two graphs that are worth comparing. */
export interface GraphPair {
  readonly title: string
  /** What one learns from them. */
  readonly lesson: string
  readonly left: DrawnGraph
  readonly right: DrawnGraph
}

const twoTriangles: DrawnGraph = {
  places: [...onCircle(3, 20, { x: 26, y: 50 }), ...onCircle(3, 20, { x: 74, y: 50 })],
  edges: [...ringEdges(3), ...ringEdges(3, 1, 3)],
}

/** Two rings of some nodes with an edge in common: nodes 0 and 1. */
const twoRingsWithEdge = (places: readonly Place[]): DrawnGraph => ({
  places,
  edges: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [0, 5],
    [1, 6],
    [6, 7],
    [7, 8],
    [8, 9],
    [0, 9],
  ],
})

const decalin = twoRingsWithEdge([
  { x: 50, y: 64 },
  { x: 50, y: 36 },
  { x: 26, y: 22 },
  { x: 8, y: 36 },
  { x: 8, y: 64 },
  { x: 26, y: 78 },
  { x: 74, y: 22 },
  { x: 92, y: 36 },
  { x: 92, y: 64 },
  { x: 74, y: 78 },
])

const bicyclopentyl: DrawnGraph = {
  places: [
    { x: 40, y: 50 },
    { x: 60, y: 50 },
    { x: 28, y: 72 },
    { x: 8, y: 63 },
    { x: 8, y: 37 },
    { x: 28, y: 28 },
    { x: 72, y: 28 },
    { x: 92, y: 37 },
    { x: 92, y: 63 },
    { x: 72, y: 72 },
  ],
  edges: [
    [0, 1],
    [0, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [0, 5],
    [1, 6],
    [6, 7],
    [7, 8],
    [8, 9],
    [1, 9],
  ],
}

/** Sixteen nodes on a torus of 4 x 4, joined where their difference is among some; drawn so that no three lie on a line. */
function torus(differences: readonly (readonly [number, number])[]): DrawnGraph {
  const nodes = Array.from({ length: 16 }, (_, node) => node)
  const places = nodes.map((node) => {
    const [row, column] = [Math.floor(node / 4), node % 4]
    return { x: Math.round(14 + 22 * column + 3.5 * (row - 1.5) ** 2 - 4), y: Math.round(14 + 22 * row + 3.5 * (column - 1.5) ** 2 - 4) }
  })
  const edges = nodes.flatMap((node) =>
    differences.map(([down, right]) => edge(node, 4 * ((Math.floor(node / 4) + down) % 4) + (((node % 4) + right) % 4))),
  )
  return { places, edges: [...new Map(edges.map((ends) => [ends.join(), ends])).values()] }
}

/** Each node with the others of its row and its column. */
const rook = torus([
  [0, 1],
  [0, 2],
  [1, 0],
  [2, 0],
])

const shrikhande = torus([
  [0, 1],
  [1, 0],
  [1, 1],
])

/** A ring with links that skip some nodes. */
const skipLinks = (count: number, skip: number): DrawnGraph => ({
  places: onCircle(count, 42),
  edges: [...ringEdges(count), ...ringEdges(count, skip)],
})

/** Petersen's graph with its nodes renumbered, drawn as a ring of nine round one node. */
const otherPetersen: DrawnGraph = {
  places: [{ x: 50, y: 50 }, ...onCircle(9, 42)],
  edges: [[0, 1], [0, 4], [0, 7], ...ringEdges(9, 1, 1), [2, 6], [3, 8], [5, 9]] as const satisfies readonly (readonly [number, number])[],
}

/** The pairs of the page by their names in links, the first is shown at first. */
export const pairs: Readonly<Record<string, GraphPair>> = {
  hexagon: {
    title: 'A hexagon and two triangles',
    lesson: 'Every node has two neighbours in both. Message passing sees nothing else.',
    left: ring(6),
    right: twoTriangles,
  },
  molecules: {
    title: 'Decalin and bicyclopentyl',
    lesson: 'Two different molecules of carbon that message passing takes for the same.',
    left: decalin,
    right: bicyclopentyl,
  },
  trees: {
    title: 'A path and a star',
    lesson: 'Their nodes have different numbers of neighbours: one round is enough.',
    left: path(5),
    right: star(5),
  },
  skips: {
    title: 'Rings with skip links',
    lesson: 'Each node looks like every other, in both. Pairs of nodes do not.',
    left: skipLinks(11, 2),
    right: skipLinks(11, 3),
  },
  regular: {
    title: "Rook's graph and Shrikhande's",
    lesson: 'Strongly regular with the same numbers: even pairs of nodes look alike.',
    left: rook,
    right: shrikhande,
  },
  same: {
    title: "Petersen's graph, drawn twice",
    lesson: 'The same graph in another order: nothing that is invariant may separate them.',
    left: petersen(),
    right: otherPetersen,
  },
}
