import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { degrees, FormatError, formatGraph6, type Graph, parseGraph6 } from '@equivar/datasets'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (code: Uint8Array): string => new TextDecoder().decode(code)

/** The undirected edges as "a-b", in ascending order. */
const edgesOf = ({ edges }: Graph): string[] =>
  Array.from(edges.sources, (source, e) => [source, edges.targets[e]!] as const)
    .filter(([source, target]) => source < target)
    .map(([source, target]) => `${source}-${target}`)
    .sort()

describe('parseGraph6', () => {
  test('reads the example in the description of the format', () => {
    const [graph] = parseGraph6(bytes('DQc\n'))
    expect(graph!.nodes).toBe(5)
    expect(edgesOf(graph!)).toEqual(['0-2', '0-4', '1-3', '3-4'])
    expect(text(formatGraph6([graph!]))).toBe('DQc\n')
  })

  test('returns every edge in both directions, ordered by target', () => {
    const [triangle] = parseGraph6(bytes('Bw'))
    expect([[...triangle!.edges.sources], [...triangle!.edges.targets]]).toEqual([
      [1, 2, 0, 2, 0, 1],
      [0, 0, 1, 1, 2, 2],
    ])
  })

  test('accepts the header on any line, empty lines, carriage returns, and graphs of 0 and 1 nodes', () => {
    expect(parseGraph6(bytes('>>graph6<<?\r\n\n@\n>>graph6<<A_')).map(({ nodes, edges }) => [nodes, edges.sources.length])).toEqual([
      [0, 0],
      [1, 0],
      [2, 2],
    ])
    expect(parseGraph6(bytes(''))).toEqual([])
  })

  test('reads all three forms of the size', () => {
    // The sizes 12345 and 460175067 of the description, and the smallest size of each form.
    const sizeOf = (code: string): string => {
      try {
        return `${parseGraph6(bytes(code))[0]!.nodes}`
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(sizeOf('~?Bx')).toContain('for a graph of 249 nodes')
    expect(sizeOf('~B?x')).toContain('expected 12698894 characters for a graph of 12345 nodes, received 4.')
    expect(sizeOf('~~?ZZZZZ')).toContain('for a graph of 460175067 nodes')
    expect(sizeOf('~??~')).toContain('for a graph of 63 nodes')
    expect(sizeOf('~~?????')).toContain('a size of 8 characters')
    expect(sizeOf('~?')).toContain('a size of 4 characters')
  })
})

test('parseGraph6 inverts formatGraph6', () => {
  const graph = fc.integer({ min: 0, max: 70 }).chain((nodes) => {
    const pair = fc.tuple(fc.nat(Math.max(0, nodes - 1)), fc.nat(Math.max(0, nodes - 1))).filter(([a, b]) => a < b)
    return fc.uniqueArray(pair, { selector: String, maxLength: nodes < 2 ? 0 : 40 }).map((pairs) => ({
      nodes,
      edges: { sources: Int32Array.from(pairs, ([a]) => a), targets: Int32Array.from(pairs, ([, b]) => b) },
    }))
  })
  fc.assert(
    fc.property(fc.array(graph, { maxLength: 3 }), (graphs) => {
      const read = parseGraph6(formatGraph6(graphs))
      expect(read.map(({ nodes }) => nodes)).toEqual(graphs.map(({ nodes }) => nodes))
      expect(read.map(edgesOf)).toEqual(graphs.map(edgesOf))
      expect(formatGraph6(read)).toEqual(formatGraph6(graphs))
    }),
    { seed: 1 },
  )
})

test('formatGraph6 writes sizes of more than one character', () => {
  const start = (nodes: number, length: number): string => text(formatGraph6([{ nodes, edges: noEdges }])).slice(0, length)
  expect(start(62, 1)).toBe('}')
  expect(start(63, 4)).toBe('~??~')
  expect(start(249, 4)).toBe('~?Bx')
})

const noEdges = { sources: new Int32Array(0), targets: new Int32Array(0) }

test.each([
  [':Fa@x^', 'expected graph6; sparse6 and digraph6 are different formats (convert with copyg -g of nauty), received ":Fa@x^"'],
  ['&AG', 'expected graph6; sparse6 and digraph6'],
  ['>>sparse6<<:An', 'expected graph6; sparse6 and digraph6'],
  ['D Q', 'expected characters from ? to ~, received " " in "D Q"'],
  ['DQ', 'expected 3 characters for a graph of 5 nodes, received 2'],
  ['DQcc', 'expected 3 characters for a graph of 5 nodes, received 4'],
  ['B~', 'expected zeros after the last pair of nodes, received "B~"'],
])('%s is refused, and the error names the line', (code, message) => {
  const read = (): unknown => parseGraph6(bytes(`Bw\n${code}\n`), 'x.g6')
  expect(read).toThrow(FormatError)
  expect(read).toThrow(`parseGraph6: x.g6, line 2: ${message}`)
})

test('formatGraph6 refuses a loop', () => {
  const loop = { nodes: 1, edges: { sources: Int32Array.of(0), targets: Int32Array.of(0) } }
  expect(() => formatGraph6([loop])).toThrow('formatGraph6: graph 0: expected a graph without loops, received a loop at node 0.')
})

test.skipIf(isMissing('expressive/small/graph7c.g6'))(
  'reads all connected graphs with up to 7 nodes (reads ../shared/data/expressive)',
  () => {
    const counts = [2, 3, 4, 5, 6, 7].map((n) => parseGraph6(readFileSync(join(sharedData, `expressive/small/graph${n}c.g6`))))
    expect(counts.map((graphs) => graphs.length)).toEqual([1, 2, 6, 21, 112, 853])
  },
)

test.skipIf(isMissing('expressive/sr/sr251256.g6'))(
  'strongly regular graphs have the degrees given by their names (reads ../shared/data/expressive)',
  () => {
    for (const [name, count, nodes, degree] of [
      ['sr16622', 2, 16, 6],
      ['sr251256', 15, 25, 12],
      ['sr281264', 4, 28, 12],
      ['sr291467', 41, 29, 14],
    ] as const) {
      const graphs = parseGraph6(readFileSync(join(sharedData, `expressive/sr/${name}.g6`)))
      expect(graphs).toHaveLength(count)
      expect(graphs.every((graph) => graph.nodes === nodes && degrees(graph).every((d) => d === degree))).toBe(true)
    }
  },
)
