import { denseGraphs, FormatError, parseTu, parseTuText, sparseGraphs, type TuSet } from '@equivar/datasets'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'

/** A path of three nodes and an edge, as the official archives write them. */
const tables = {
  A: '1, 2\n2, 1\n2, 3\n3, 2\n4, 5\n5, 4\n',
  graph_indicator: '1\n1\n1\n2\n2\n',
  graph_labels: '1\n-1\n',
  node_labels: '0\n1\n0\n2\n2\n',
}
const optional = {
  node_attributes: '0.5, 1\n1.5, 2\n2.5, 3\n-.5, 4\n5., 5\n',
  edge_labels: '7\n7\n8\n8\n9\n9\n',
  edge_attributes: '1\n1\n2\n2\n3\n3\n',
}

const archive = (changed: Readonly<Record<string, string | undefined>> = {}, folder = 'TOY/'): Uint8Array => {
  const files = Object.entries({ ...tables, ...changed }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return zipSync({
    ...Object.fromEntries(files.map(([table, text]) => [`${folder}TOY_${table}.txt`, new TextEncoder().encode(text)])),
    [`${folder}README.txt`]: new TextEncoder().encode('words'),
  })
}
const shown = (set: TuSet): unknown =>
  set.graphs.map(({ nodes, edges, tags }) => ({
    nodes,
    edges: Array.from(edges.sources, (s, e) => `${s}>${edges.targets[e]}`),
    tags: [...(tags ?? [])],
  }))

describe('the official form of TU archives', () => {
  const expected = [
    { nodes: 3, edges: ['1>0', '0>1', '2>1', '1>2'], tags: [0, 1, 0] },
    { nodes: 2, edges: ['1>0', '0>1'], tags: [2, 2] },
  ]

  test.each(['TOY/', '', 'deep/er/'])('is read from the folder "%s"', (folder) => {
    const set = parseTu(archive({}, folder))
    expect([set.name, set.classes, [...set.labels], set.folds]).toEqual(['TOY', ['-1', '1'], [1, 0], []])
    expect(shown(set)).toEqual(expected)
    expect(shown(parseTu(archive({}, folder), { name: 'TOY' }))).toEqual(expected)
  })

  test('has numbers of graphs for regression, with or without classes', () => {
    const both = parseTu(archive({ graph_attributes: '1, .5\n2, -3e-1\n' }))
    expect([both.classes, both.attributes]).toEqual([['-1', '1'], Float32Array.of(1, 0.5, 2, -0.3)])
    const numbers = parseTu(archive({ graph_attributes: '1\n2\n', graph_labels: undefined }))
    expect([numbers.classes, numbers.labels, numbers.attributes]).toEqual([[], Int32Array.of(-1, -1), Float32Array.of(1, 2)])
    expect(shown(numbers)).toEqual(expected)
    expect(() => parseTu(archive({ graph_attributes: '1\n2\n3\n' }))).toThrow(
      /TOY_graph_attributes\.txt: expected 2 lines, one for each graph, received 3/,
    )
  })

  test('edges come in any order, with blanks or carriage returns', () => {
    expect(shown(parseTu(archive({ A: '5 4\r\n1,2\n\n2 ,1\n 4,5\n3,2\n2,3' })))).toEqual(expected)
  })

  test('has attributes and labels of nodes and edges', () => {
    const { graphs } = parseTu(archive(optional))
    expect(graphs.map(({ features }) => features)).toEqual([Float32Array.of(0.5, 1, 1.5, 2, 2.5, 3), Float32Array.of(-0.5, 4, 5, 5)])
    // The edges are ordered by target; labels and attributes go with them.
    expect(graphs.map(({ edges }) => edges.tags)).toEqual([Int32Array.of(7, 7, 8, 8), Int32Array.of(9, 9)])
    const shuffled = parseTu(
      archive({
        ...optional,
        A: '3, 2\n2, 1\n1, 2\n2, 3\n5, 4\n4, 5\n',
        edge_labels: '1\n2\n3\n4\n5\n6\n',
        edge_attributes: '1\n2\n3\n4\n5\n6\n',
      }),
    )
    expect(shuffled.graphs[0]?.edges).toEqual({
      sources: Int32Array.of(1, 2, 0, 1),
      targets: Int32Array.of(0, 1, 1, 2),
      tags: Int32Array.of(2, 1, 3, 4),
      features: Float32Array.of(2, 1, 3, 4),
    })
    expect(sparseGraphs(parseTu(archive(optional)), { edgeChannels: 1 }).batch([0, 1]).edge_attr?.data).toEqual(
      Float32Array.of(1, 1, 2, 2, 3, 3),
    )
  })

  test('may have a graph without nodes, and no labels of nodes', () => {
    const set = parseTu(archive({ graph_labels: '1\n5\n-1\n', graph_indicator: '1\n1\n1\n3\n3\n', node_labels: undefined }))
    expect(set.graphs.map(({ nodes, tags }) => [nodes, tags])).toEqual([
      [3, undefined],
      [0, undefined],
      [2, undefined],
    ])
    expect(denseGraphs(set).batch([0, 1, 2]).x?.shape).toEqual([3, 3, 2])
  })

  test.each<[Readonly<Record<string, string | undefined>>, string]>([
    [{ A: '1, 2\n0, 1\n' }, 'TOY/TOY_A.txt, line 2: expected an edge between nodes from 1 to 5, received "0, 1"'],
    [{ A: '1, 6\n' }, 'TOY/TOY_A.txt, line 1: expected an edge between nodes from 1 to 5'],
    [{ A: '1, -1\n' }, 'TOY/TOY_A.txt, line 1: expected an edge between nodes from 1 to 5'],
    [{ A: '3, 4\n' }, 'TOY/TOY_A.txt, line 1: expected an edge between nodes of one graph, received "3, 4"'],
    [{ A: '1, 2, 3\n' }, 'TOY/TOY_A.txt, line 1: expected 2 integers, received "1, 2, 3"'],
    [{ A: '1, b\n' }, 'TOY/TOY_A.txt, line 1: expected 32-bit integers separated by commas, received "1, b"'],
    [
      { graph_indicator: '1\n2\n1\n' },
      'TOY/TOY_graph_indicator.txt, line 3: expected a graph from 2 to 2, in ascending order, received "1"',
    ],
    [{ graph_indicator: '1\n3\n' }, 'TOY/TOY_graph_indicator.txt, line 2: expected a graph from 1 to 2'],
    [{ graph_indicator: '0\n' }, 'TOY/TOY_graph_indicator.txt, line 1: expected a graph from 1 to 2'],
    [{ graph_labels: undefined }, 'expected the table TOY/TOY_graph_labels.txt, received an archive without it'],
    [{ graph_indicator: undefined }, 'expected the table TOY/TOY_graph_indicator.txt'],
    [{ node_labels: '1\n' }, 'TOY/TOY_node_labels.txt: expected 5 lines, one for each node, received 1'],
    [{ node_labels: '1, 2\n' }, 'TOY/TOY_node_labels.txt, line 1: expected one integer, received "1, 2"'],
    [{ edge_labels: '1\n' }, 'TOY/TOY_edge_labels.txt: expected 6 lines, one for each edge, received 1'],
    [{ node_attributes: '1\n2, 3\n' }, 'TOY/TOY_node_attributes.txt, line 2: expected 1 numbers, as in the first line, received 2'],
    [{ node_attributes: '1\nx\n' }, 'TOY/TOY_node_attributes.txt, line 2: expected numbers separated by commas, received "x"'],
    [{ edge_attributes: '1e99\n' }, 'TOY/TOY_edge_attributes.txt, line 1: expected numbers separated by commas'],
  ])('%j is refused', (changed, message) => {
    const refused = (): unknown => parseTu(archive(changed), { file: 'TOY.zip' })
    expect(refused).toThrow(FormatError)
    expect(refused).toThrow(`parseTu: TOY.zip: ${message}`)
  })
})

test('as many classes as graphs take time in proportion to their number', () => {
  // Looking each label up in a list would take 80,000 times 40,000 steps, minutes; the time limit of the test is 5 seconds.
  const count = 80_000
  const text = `${count}\n${Array.from({ length: count }, (_, g) => `1 ${count - g}\n0 0\n`).join('')}`
  const { labels, classes } = parseTuText(new TextEncoder().encode(text), 'MANY')
  expect([classes.length, classes[0], classes.at(-1), labels[0], labels.at(-1)]).toEqual([count, '1', `${count}`, count - 1, 0])
})
