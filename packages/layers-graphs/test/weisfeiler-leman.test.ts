import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseGraph6 } from '@equivar/datasets'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import {
  indistinguishablePairs,
  sameColours,
  type TaggedGraph,
  type WeisfeilerLemanOptions,
  weisfeilerLeman,
  weisfeilerLemanClasses,
  weisfeilerLemanHistograms,
  weisfeilerLemanKernel,
  weisfeilerLemanRounds,
} from '../src/index.ts'

const shared = process.env.EQUIVAR_SHARED ?? join(dirname(fileURLToPath(import.meta.url)), '../../../../shared')
const folder = join(shared, 'data/expressive')
const file = (name: string): TaggedGraph[] => parseGraph6(readFileSync(join(folder, name)), name)

const random = new Random({ seed: 8 })

/** The undirected graph with these edges. */
function graph(nodes: number, pairs: readonly (readonly [number, number])[]): TaggedGraph {
  const all = pairs.flatMap(([a, b]) =>
    a === b
      ? [[a, b]]
      : [
          [a, b],
          [b, a],
        ],
  )
  return { nodes, edges: { sources: all.map(([a]) => a as number), targets: all.map(([, b]) => b as number) } }
}

const cycle = (start: number, length: number): [number, number][] =>
  Array.from({ length }, (_, i) => [start + i, start + ((i + 1) % length)])

/** The same graph with its nodes renumbered and its edges shuffled. */
function renumbered({ nodes, edges, tags }: TaggedGraph): TaggedGraph {
  const p = random.permutation(nodes)
  const order = [...random.permutation(edges.sources.length)]
  const moved = new Array<number>(nodes)
  for (let v = 0; v < nodes; v++) moved[p[v]!] = tags?.[v] ?? 0
  return {
    nodes,
    edges: {
      sources: order.map((e) => p[edges.sources[e]!]!),
      targets: order.map((e) => p[edges.targets[e]!]!),
      ...(edges.tags === undefined ? {} : { tags: order.map((e) => edges.tags![e]!) }),
    },
    ...(tags === undefined ? {} : { tags: moved }),
  }
}

/** A random directed graph, sometimes with loops and double edges, with or without tags. */
function randomGraph(nodes: number, tagged: boolean): TaggedGraph {
  const edges = Array.from({ length: nodes === 0 ? 0 : 2 * nodes }, () => [random.integer(nodes), random.integer(nodes)])
  return {
    nodes,
    edges: {
      sources: edges.map(([u]) => u as number),
      targets: edges.map(([, v]) => v as number),
      ...(tagged ? { tags: edges.map(() => random.integer(3)) } : {}),
    },
    ...(tagged ? { tags: Array.from({ length: nodes }, () => random.integer(2)) } : {}),
  }
}

const tests: WeisfeilerLemanOptions[] = [{ k: 1 }, { k: 2 }, { k: 3 }, { k: 2, folklore: true }, { k: 3, folklore: true }]

describe.each(tests)('k = $k, folklore = $folklore', (options) => {
  test('isomorphic graphs have the same certificate and the same colour at corresponding nodes', () => {
    for (const tagged of [false, true])
      for (const nodes of [0, 1, 2, 3, 6]) {
        const a = randomGraph(nodes, tagged)
        const b = renumbered(a)
        const [x, y] = [weisfeilerLeman(a, options), weisfeilerLeman(b, options)]
        expect(y.certificate).toBe(x.certificate)
        expect([y.rounds, y.classes]).toEqual([x.rounds, x.classes])
        expect([...y.colours].sort()).toEqual([...x.colours].sort())
        expect(x.colours.length).toBe(nodes ** (options.k as number))
        expect(new Set(x.colours).size).toBe(x.classes)
        expect(sameColours(a, b, options)).toBe(true)
      }
  })

  test('certificates agree with the exact test on all pairs of small random graphs', () => {
    const graphs = Array.from({ length: 24 }, (_, i) => randomGraph(3, i % 2 === 0))
    const undirected = Array.from({ length: 12 }, () =>
      graph(
        4,
        cycle(0, 4).filter(() => random.uniform() < 0.6),
      ),
    )
    const all = [...graphs, ...undirected, renumbered(graphs[0]!), renumbered(undirected[0]!)]
    const certificates = all.map((g) => weisfeilerLeman(g, options).certificate)
    let equal = 0
    all.forEach((a, i) => {
      all.slice(0, i).forEach((b, j) => {
        const same = sameColours(a, b, options)
        expect(certificates[i] === certificates[j]).toBe(same)
        equal += Number(same)
      })
    })
    expect(equal).toBeGreaterThan(1)
    expect(indistinguishablePairs(all, options)).toBe(equal)
    const classes = weisfeilerLemanClasses(all, options)
    expect(classes[0]).toBe(0)
    expect(classes[graphs.length + undirected.length]).toBe(0)
  })

  test('the rounds of two graphs refine to their stable colours, and separate them where the test does', () => {
    const counts = (colours: Int32Array): string => colours.slice().sort().join()
    for (let trial = 0; trial < 12; trial++) {
      const a = randomGraph(4, trial % 2 === 0)
      const b = trial < 4 ? renumbered(a) : randomGraph(4, trial % 2 === 0)
      const rounds = weisfeilerLemanRounds([a, b], options)
      rounds.forEach(({ colours, count }, round) => {
        const all = [...colours[0]!, ...colours[1]!]
        expect(new Set(all)).toEqual(new Set(Array.from({ length: count }, (_, colour) => colour)))
        const before = rounds[round - 1]
        if (before === undefined) return
        expect(count).toBeGreaterThan(before.count)
        const coarser = [...before.colours[0]!, ...before.colours[1]!]
        expect(new Set(all.map((colour, item) => `${colour} ${coarser[item]}`)).size).toBe(count)
      })
      const [left, right] = rounds.at(-1)!.colours
      expect(counts(left!) === counts(right!)).toBe(sameColours(a, b, options))
      expect(new Set(left).size).toBe(weisfeilerLeman(a, options).classes)
    }
  })

  test('tags of nodes and edges, loops and double edges change the certificate', () => {
    const plain = graph(3, [
      [0, 1],
      [1, 2],
    ])
    const others: TaggedGraph[] = [
      { ...plain, tags: [1, 0, 0] },
      { ...plain, edges: { ...plain.edges, tags: [1, 1, 0, 0] } },
      graph(3, [
        [0, 1],
        [1, 2],
        [2, 2],
      ]),
      graph(3, [
        [0, 1],
        [1, 2],
        [1, 2],
      ]),
    ]
    for (const other of others) {
      expect(sameColours(plain, other, options)).toBe(false)
      expect(weisfeilerLeman(other, options).certificate).not.toBe(weisfeilerLeman(plain, options).certificate)
    }
  })
})

test.each([{ k: 2 }, { k: 3 }, { k: 2, folklore: true }, { k: 3, folklore: true }])(
  '%j tells two edges into a node from two edges out of it',
  (options) => {
    const [into, outOf] = [
      { nodes: 3, edges: { sources: [1, 2], targets: [0, 0] } },
      { nodes: 3, edges: { sources: [1, 1], targets: [0, 2] } },
    ]
    expect(sameColours(into, outOf, options)).toBe(false)
    expect(weisfeilerLeman(into, options).certificate).not.toBe(weisfeilerLeman(outOf, options).certificate)
  },
)

describe('what theory says', () => {
  const hexagon = graph(6, cycle(0, 6))
  const triangles = graph(6, [...cycle(0, 3), ...cycle(3, 3)])

  test('colour refinement and oblivious 2-WL do not separate a 6-cycle from two triangles; oblivious 3-WL and folklore 2-WL do', () => {
    expect(tests.map((options) => sameColours(hexagon, triangles, options))).toEqual([true, true, false, false, false])
    expect(weisfeilerLeman(hexagon)).toMatchObject({ rounds: 0, classes: 1 })
    expect(weisfeilerLeman(hexagon, { k: 2, folklore: true }).classes).toBe(4)
  })

  test('a path of n nodes takes about n / 2 rounds and has about n / 2 colours', () => {
    const path = graph(9, cycle(0, 9).slice(0, 8))
    expect(weisfeilerLeman(path)).toMatchObject({ rounds: 4, classes: 5 })
  })

  test('invalid options and graphs are rejected', () => {
    expect(() => weisfeilerLeman(hexagon, { k: 0 })).toThrow('weisfeilerLeman: expected an integer k of 1 or more, received 0.')
    expect(() => weisfeilerLeman({ nodes: 1000, edges: { sources: [], targets: [] } }, { k: 3 })).toThrow('Use a smaller k.')
    expect(() => sameColours(hexagon, { nodes: 2, edges: { sources: [0], targets: [2] } })).toThrow(
      'sameColours: graph 1: expected edges between nodes from 0 to 1, received edge 0 from 0 to 2.',
    )
    expect(() => indistinguishablePairs([{ nodes: 2, edges: { sources: [0], targets: [] } }])).toThrow(
      'expected 1 edges.targets, received 0.',
    )
  })
})

describe.skipIf(!existsSync(folder))('graphs of the collections (skipped without the data folder)', () => {
  test('oblivious (k + 1)-WL equals folklore k-WL on connected graphs with up to 7 nodes', () => {
    const graphs = [4, 5, 6, 7].flatMap((n) => file(`small/graph${n}c.g6`)).slice(0, 700)
    expect(weisfeilerLemanClasses(graphs, { k: 2 })).toEqual(weisfeilerLemanClasses(graphs))
    const some = graphs.slice(0, 250)
    expect(weisfeilerLemanClasses(some, { k: 3 })).toEqual(weisfeilerLemanClasses(some, { k: 2, folklore: true }))
  })

  test('colour refinement and folklore 2-WL leave all 105 pairs of the 15 strongly regular graphs on 25 nodes equal', () => {
    const graphs = file('sr/sr251256.g6')
    expect(graphs.length).toBe(15)
    expect(indistinguishablePairs(graphs)).toBe(105)
    expect(indistinguishablePairs(graphs, { k: 2, folklore: true })).toBe(105)
  })

  test("the Shrikhande graph and the 4x4 rook's graph: folklore 2-WL leaves them equal, folklore 3-WL does not", () => {
    const graphs = file('sr/sr16622.g6')
    expect(indistinguishablePairs(graphs, { k: 2, folklore: true })).toBe(1)
    expect(indistinguishablePairs(graphs, { k: 3, folklore: true })).toBe(0)
  })
})

describe('the subtree kernel', () => {
  const graphs = [
    graph(3, cycle(0, 3)),
    graph(3, [
      [0, 1],
      [1, 2],
    ]),
    graph(6, cycle(0, 6)),
    graph(0, []),
    graph(1, []),
  ]

  test('equals a calculation by hand: rounds 0 and 1 of a triangle, a path, a 6-cycle, an empty graph and a single node', () => {
    // Colours: round 0 all equal; round 1 by degree: 2, 1, 0.
    expect([...weisfeilerLemanKernel(graphs, { rounds: 0 })]).toEqual([
      9, 9, 18, 0, 3, 9, 9, 18, 0, 3, 18, 18, 36, 0, 6, 0, 0, 0, 0, 0, 3, 3, 6, 0, 1,
    ])
    expect([...weisfeilerLemanKernel(graphs, { rounds: 1 })].slice(0, 5)).toEqual([9 + 9, 9 + 3, 18 + 18, 0, 3])
    expect(weisfeilerLemanHistograms(graphs, { rounds: 1 }).map((h) => [...h.values()])).toEqual([[3, 3], [3, 2, 1], [6, 6], [], [1, 1]])
  })

  test('equals the number of pairs of nodes with equal colours, and does not depend on the numbering', () => {
    const many = Array.from({ length: 8 }, (_, i) => randomGraph(5, i % 2 === 0))
    const kernel = weisfeilerLemanKernel(many)
    expect([...weisfeilerLemanKernel(many.map(renumbered))]).toEqual([...kernel])
    const histograms = weisfeilerLemanHistograms(many)
    many.forEach((_, a) => {
      many.forEach((_, b) => {
        let sum = 0
        for (const [colour, count] of histograms[a]!) sum += count * (histograms[b]!.get(colour) ?? 0)
        expect(kernel[a * 8 + b]).toBe(sum)
      })
    })
    const normal = weisfeilerLemanKernel([...many, graph(0, [])], { normalize: true })
    for (let a = 0; a < 8; a++) expect(normal[a * 9 + a]).toBeCloseTo(1, 14)
    expect(normal[80]).toBe(0)
    expect(() => weisfeilerLemanKernel(many, { rounds: -1 })).toThrow('expected 0 rounds or more, received -1')
  })
})
