/** A place on a board of 100 x 100. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** A graph without directions as it is drawn: where its nodes lie, and the pairs that are joined, the smaller node first. */
export interface DrawnGraph {
  readonly places: readonly Place[]
  readonly edges: readonly (readonly [number, number])[]
}

/** The largest number of nodes on a board. */
export const MOST_NODES = 24

/** How near to the edge of the board a node may lie. */
const MARGIN = 6

const within = (value: number): number => Math.round(Math.min(Math.max(value, MARGIN), 100 - MARGIN))

export const emptyGraph: DrawnGraph = { places: [], edges: [] }

/** The graph with one more node, as long as there is room for it. */
export function withNode({ places, edges }: DrawnGraph, { x, y }: Place): DrawnGraph {
  return places.length >= MOST_NODES ? { places, edges } : { places: [...places, { x: within(x), y: within(y) }], edges }
}

/** The graph with a node somewhere else. */
export function withNodeAt({ places, edges }: DrawnGraph, node: number, { x, y }: Place): DrawnGraph {
  return { places: places.map((place, k) => (k === node ? { x: within(x), y: within(y) } : place)), edges }
}

/** The graph without a node; the nodes after it move up. */
export function withoutNode({ places, edges }: DrawnGraph, node: number): DrawnGraph {
  const renumbered = (end: number): number => (end > node ? end - 1 : end)
  return {
    places: places.filter((_, k) => k !== node),
    edges: edges.filter((ends) => !ends.includes(node)).map(([a, b]) => [renumbered(a), renumbered(b)]),
  }
}

/** The graph with an edge between two nodes, or without it if it was there. */
export function withEdgeToggled({ places, edges }: DrawnGraph, from: number, to: number): DrawnGraph {
  if (from === to) return { places, edges }
  const [a, b] = [Math.min(from, to), Math.max(from, to)]
  const others = edges.filter(([c, d]) => c !== a || d !== b)
  return { places, edges: others.length < edges.length ? others : [...edges, [a, b]] }
}

/** A free place for a new node: of a few on a spiral the first that no node is near. */
export function freePlace({ places }: DrawnGraph): Place {
  const spiral = Array.from({ length: 200 }, (_, k) => {
    const [angle, radius] = [2.4 * k, 42 * Math.sqrt((k % 97) / 97)]
    return { x: 50 + radius * Math.cos(angle), y: 50 + radius * Math.sin(angle) }
  })
  return spiral.find(({ x, y }) => places.every((place) => Math.hypot(place.x - x, place.y - y) > 16)) ?? { x: 50, y: 50 }
}

/** Row by row, 1 where two nodes are joined and 0 elsewhere. */
export function adjacencyOf({ places, edges }: DrawnGraph): number[][] {
  const rows = places.map(() => new Array<number>(places.length).fill(0))
  for (const [a, b] of edges) {
    rows[a]![b] = 1
    rows[b]![a] = 1
  }
  return rows
}

/** The nodes that a node is joined to, in their order. */
export const neighboursOf = ({ edges }: DrawnGraph, node: number): number[] =>
  edges.flatMap(([a, b]) => (a === node ? [b] : b === node ? [a] : [])).sort((a, b) => a - b)

/** The graph as a word for a link: `50.6_94.94*0-1`. */
export function graphWord({ places, edges }: DrawnGraph): string {
  return `${places.map(({ x, y }) => `${x}.${y}`).join('_')}*${edges.map((ends) => ends.join('-')).join('_')}`
}

/** Reads what `graphWord` wrote. @throws RangeError for another word, or one of too many nodes. */
export function readGraphWord(word: string): DrawnGraph {
  const refuse = (what: string): never => {
    throw new RangeError(`The link's graph: expected ${what}, received "${word.slice(0, 60)}". Take the link from the page again.`)
  }
  if (!/^(\d{1,3}\.\d{1,3}(_\d{1,3}\.\d{1,3})*)?\*(\d{1,2}-\d{1,2}(_\d{1,2}-\d{1,2})*)?$/.test(word))
    refuse('places of nodes and pairs of them, as in 20.50_80.50*0-1')
  const [nodes = '', pairs = ''] = word.split('*')
  const numbers = (text: string, between: string): number[][] =>
    text === '' ? [] : text.split('_').map((one) => one.split(between).map(Number))
  const places = numbers(nodes, '.')
  if (places.length > MOST_NODES) refuse(`at most ${MOST_NODES} nodes`)
  const drawn = places.reduce((graph, [x, y]) => withNode(graph, { x: x!, y: y! }), emptyGraph)
  return numbers(pairs, '-').reduce((graph, [a, b]) => {
    if (a === b || a! >= places.length || b! >= places.length || neighboursOf(graph, a!).includes(b!))
      return refuse('each pair of two different nodes once')
    return withEdgeToggled(graph, a!, b!)
  }, drawn)
}
