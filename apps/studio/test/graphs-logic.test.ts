import { sameColours } from '@equivar/layers-graphs'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { contenders } from '../src/graphs/contenders.ts'
import { graphsLink, readGraphs, startState, withDrawn, withPair } from '../src/graphs/graphs-state.ts'
import { isomorphic } from '../src/graphs/isomorphic.ts'
import { compare } from '../src/graphs/networks.ts'
import { type GraphPair, pairs } from '../src/graphs/presets.ts'
import { roundsOf, separatingRound, type TestName, taggedGraph, tests, verdict } from '../src/graphs/refinement.ts'
import {
  adjacencyOf,
  type DrawnGraph,
  emptyGraph,
  freePlace,
  graphWord,
  MOST_NODES,
  neighboursOf,
  readGraphWord,
  withEdgeToggled,
  withNode,
  withNodeAt,
  withoutNode,
} from '../src/parts/drawn-graph.ts'
import { path, petersen, prism, ring, star } from '../src/parts/shapes.ts'

const random = new Random({ seed: 5 })

/** The same graph with its nodes in another order. */
function renumbered({ places, edges }: DrawnGraph): DrawnGraph {
  const to = random.permutation(places.length)
  const moved = new Array<(typeof places)[number]>(places.length)
  places.forEach((place, node) => {
    moved[to[node]!] = place
  })
  return edges.reduce((graph, [a, b]) => withEdgeToggled(graph, to[a]!, to[b]!), { places: moved, edges: [] } as DrawnGraph)
}

/** What theory says of each pair: whether the graphs are the same, and after how many rounds each test separates them. */
const theory: Readonly<Record<string, { same: boolean } & Record<TestName, number | undefined>>> = {
  hexagon: { same: false, wl: undefined, fwl2: 1 },
  molecules: { same: false, wl: undefined, fwl2: 2 },
  trees: { same: false, wl: 1, fwl2: 1 },
  skips: { same: false, wl: undefined, fwl2: 1 },
  regular: { same: false, wl: undefined, fwl2: undefined },
  same: { same: true, wl: undefined, fwl2: undefined },
}

describe.each(Object.entries(pairs) as [string, GraphPair][])('the pair %s', (name, { left, right }) => {
  const expected = theory[name]!

  test('is drawn with each edge once, and no node over another', () => {
    for (const { places, edges } of [left, right]) {
      expect(new Set(edges.map(String)).size).toBe(edges.length)
      for (const [a, b] of edges) expect(a).toBeLessThan(b)
      places.forEach((one, node) => {
        for (const other of places.slice(0, node)) expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(11)
      })
    }
    expect([left.places.length, left.edges.length]).toEqual([right.places.length, right.edges.length])
  })

  test.each(Object.keys(tests) as TestName[])('the test %s says what theory says, in as many rounds', (by) => {
    expect(separatingRound(roundsOf(left, right, by))).toBe(expected[by])
    expect(sameColours(taggedGraph(left), taggedGraph(right), tests[by])).toBe(expected[by] === undefined)
  })

  test('is isomorphic or not', () => {
    expect(isomorphic(left, right)).toBe(expected.same)
    expect(isomorphic(left, renumbered(left))).toBe(true)
  })

  test.each(contenders)('$title with random weights separates what theory says', ({ name: network, as }) => {
    for (const seed of [1, 2]) {
      const { separates, difference } = compare(network, left, right, seed)
      expect(separates).toBe(expected[as] !== undefined)
      if (!separates) expect(difference).toBeLessThan(1e-13)
    }
  })
})

describe('isomorphism', () => {
  test('agrees with all permutations of small graphs', () => {
    const permutations = (items: number[]): number[][] =>
      items.length === 0 ? [[]] : items.flatMap((one) => permutations(items.filter((other) => other !== one)).map((rest) => [one, ...rest]))
    const all = permutations([0, 1, 2, 3, 4])
    const draw = (): DrawnGraph =>
      Array.from({ length: 6 }).reduce<DrawnGraph>((graph) => withEdgeToggled(graph, random.integer(5), random.integer(5)), {
        ...ring(5),
        edges: [],
      })
    let alike = 0
    for (let trial = 0; trial < 60; trial++) {
      const [a, b] = [draw(), draw()]
      const [x, y] = [adjacencyOf(a), adjacencyOf(b)]
      const found = all.some((p) => x.every((row, i) => row.every((entry, j) => entry === y[p[i]!]![p[j]!])))
      expect(isomorphic(a, b)).toBe(found)
      alike += Number(found)
    }
    expect(alike).toBeGreaterThan(2)
    expect(alike).toBeLessThan(58)
  })

  test('of graphs in several parts, and of no nodes', () => {
    const beside = withNode(withNode(ring(3), { x: 9, y: 9 }), { x: 90, y: 9 })
    expect(isomorphic(beside, renumbered(beside))).toBe(true)
    expect(isomorphic(withEdgeToggled(beside, 3, 4), beside)).toBe(false)
    expect(isomorphic(emptyGraph, emptyGraph)).toBe(true)
    expect(isomorphic(emptyGraph, beside)).toBe(false)
    expect(isomorphic(prism(5), petersen())).toBe(false)
  })
})

describe('rounds', () => {
  const { left, right } = pairs.molecules!

  test('begin with one colour, and split classes without changing the number of their first part', () => {
    const rounds = roundsOf(left, right, 'wl')
    expect(rounds).toHaveLength(3)
    expect(new Set(rounds[0]!.left)).toEqual(new Set([0]))
    rounds.slice(1).forEach((round, k) => {
      const before = rounds[k]!
      expect(round.left[0]).toBe(before.left[0])
      const parents = new Map<number, number>()
      for (const side of ['left', 'right'] as const)
        round[side].forEach((colour, node) => {
          expect(parents.get(colour) ?? before[side][node]).toBe(before[side][node])
          parents.set(colour, before[side][node]!)
        })
    })
    expect(rounds.at(-1)!.counts).toEqual([
      [2, 2],
      [4, 4],
      [4, 4],
    ])
  })

  test('colour pairs: the diagonal, the edges and the others at first', () => {
    const [first] = roundsOf(ring(6), ring(6), 'fwl2')
    expect([...first!.left.slice(0, 6)]).toEqual([0, 1, 2, 2, 2, 1])
  })

  test('say when the graphs differ, and when nothing will change', () => {
    const wl = roundsOf(left, right, 'wl')
    expect(verdict(wl, 0, 'wl')).toBe('The same colours on both sides at the start. Go on.')
    expect(verdict(wl, 2, 'wl')).toBe('Stable after round 2, and the same on both sides: colour refinement cannot tell the graphs apart.')
    const trees = roundsOf(path(5), star(5), 'wl')
    expect(verdict(trees, 2, 'wl')).toBe('Different after round 1: colour refinement separates the graphs.')
    expect(verdict(roundsOf(ring(5), ring(6), 'wl'), 0, 'wl')).toBe('Different at the start: colour refinement separates the graphs.')
    expect(verdict(roundsOf(emptyGraph, emptyGraph, 'fwl2'), 0, 'fwl2')).toContain('Stable at the start')
  })
})

test.each(contenders)('$title gives numbers for single nodes and graphs without edges', ({ name }) => {
  const one = withNode(emptyGraph, { x: 50, y: 50 })
  expect(compare(name, one, one, 1)).toEqual({ difference: 0, separates: false })
  expect(compare(name, one, withNode(one, { x: 9, y: 9 }), 1).separates).toBe(true)
})

describe('a drawn graph', () => {
  test('changes node by node and edge by edge', () => {
    const square = ring(4)
    expect(withEdgeToggled(square, 2, 0).edges).toHaveLength(5)
    expect(withEdgeToggled(withEdgeToggled(square, 2, 0), 0, 2)).toEqual(square)
    expect(withEdgeToggled(square, 1, 1)).toEqual(square)
    const cut = withoutNode(square, 1)
    expect([cut.places.length, cut.edges]).toEqual([
      3,
      [
        [1, 2],
        [0, 2],
      ],
    ])
    expect(neighboursOf(square, 0)).toEqual([1, 3])
    expect(withNodeAt(square, 2, { x: -50, y: 300.4 }).places[2]).toEqual({ x: 6, y: 94 })
    expect(adjacencyOf(path(3))).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [0, 1, 0],
    ])
  })

  test('has a most number of nodes, each with a place of its own', () => {
    let graph = emptyGraph
    for (let k = 0; k < MOST_NODES + 3; k++) graph = withNode(graph, freePlace(graph))
    expect(graph.places).toHaveLength(MOST_NODES)
    expect(new Set(graph.places.slice(0, 14).map(({ x, y }) => `${x} ${y}`)).size).toBe(14)
  })

  test('comes back from its word; what is no word is told', () => {
    for (const graph of [emptyGraph, ring(6), petersen(), withNode(emptyGraph, { x: 1, y: 1 })])
      expect(readGraphWord(graphWord(graph))).toEqual(graph)
    expect(() => readGraphWord('20.20*0-1')).toThrow('expected each pair of two different nodes once')
    expect(() => readGraphWord('20.20_40.40*0-1_1-0')).toThrow('expected each pair of two different nodes once')
    expect(() => readGraphWord(`${Array.from({ length: 25 }, () => '20.20').join('_')}*`)).toThrow('expected at most 24 nodes')
  })
})

describe('the link', () => {
  const search = (state: Record<string, string>): URLSearchParams =>
    new URLSearchParams(Object.entries(state).filter(([, value]) => value !== ''))

  test('brings pairs, tests, rounds and drawings back', () => {
    expect(readGraphs(search({}))).toEqual(startState())
    const state = { ...withPair(startState(), 'regular'), test: 'fwl2' as const, round: 2 }
    expect(readGraphs(search(graphsLink(state)))).toEqual(state)
    const drawn = withDrawn(state, 'right', withNode(emptyGraph, { x: 30, y: 40 }))
    expect([drawn.pair, drawn.round]).toEqual(['', 0])
    expect(readGraphs(search(graphsLink(drawn)))).toEqual(drawn)
  })

  test('that cannot be read is told', () => {
    expect(readGraphs(search({ pair: 'toString' })).fault).toBe(
      'The link\'s pair: expected one of hexagon, molecules, trees, skips, regular, same, received "toString". Choose one from the list.',
    )
    expect(readGraphs(search({ left: 'x', right: '*' })).fault).toContain('received "x"')
    expect(readGraphs(search({ round: 'two' })).round).toBe(0)
  })
})
