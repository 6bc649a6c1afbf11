/** A place in the plane. */
type Place = readonly [x: number, y: number]

const ROUNDS = 120

/** How far a node is pushed by all others and pulled along its edges. */
function force(places: readonly Place[], adjacency: ArrayLike<number>, i: number, ideal: number): Place {
  const [x, y] = places[i] as Place
  // A pull to the middle keeps together what no edge joins.
  let [dx, dy] = [-2 * x, -2 * y]
  places.forEach(([u, v], j) => {
    if (i === j) return
    const distance = Math.max(Math.hypot(x - u, y - v), 1e-3)
    const isEdge = adjacency[i * places.length + j] !== 0 || adjacency[j * places.length + i] !== 0
    const push = (ideal * ideal) / (distance * distance) - (isEdge ? distance / ideal : 0)
    dx += (x - u) * push
    dy += (y - v) * push
  })
  return [dx, dy]
}

/**
 * Places the nodes of a graph in the plane by springs: nodes repel each other, edges and the middle pull.
 *
 * @param adjacency - [n, n]; an entry that is not 0 is an edge.
 * @returns a place for each node, within -1 to 1. The same graph always looks the same.
 * @remarks Cost O(n^2) a round, 120 rounds.
 * @see Fruchterman, Reingold 1991, Graph drawing by force-directed placement.
 */
export function layout(adjacency: ArrayLike<number>): Place[] {
  const n = Math.round(Math.sqrt(adjacency.length))
  const ideal = 1.4 / Math.sqrt(Math.max(1, n))
  // A spiral: no two nodes start on one line through the middle, or in the same place.
  let places: Place[] = Array.from({ length: n }, (_, i) => [Math.cos(2.4 * i) * (0.3 + i / n), Math.sin(2.4 * i) * (0.3 + i / n)])
  for (let round = 0; round < ROUNDS; round++) {
    const step = 0.15 * (1 - round / ROUNDS)
    places = places.map(([x, y], i) => {
      const [dx, dy] = force(places, adjacency, i, ideal)
      const length = Math.max(Math.hypot(dx, dy), 1e-9)
      return [x + (dx / length) * Math.min(length, step), y + (dy / length) * Math.min(length, step)]
    })
  }
  return withinSquare(places)
}

/** Moves and scales places into the square from -1 to 1. */
function withinSquare(places: readonly Place[]): Place[] {
  const range = (axis: 0 | 1): Place => [Math.min(...places.map((p) => p[axis])), Math.max(...places.map((p) => p[axis]))]
  const [[left, right], [bottom, top]] = [range(0), range(1)]
  const half = Math.max(right - left, top - bottom, 1e-6) / 2
  return places.map(([x, y]) => [(x - (left + right) / 2) / half, (y - (bottom + top) / 2) / half])
}
