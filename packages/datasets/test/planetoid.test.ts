import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { featureEncoder, parsePlanetoid, sparseInputs } from '@equivar/datasets'
import { gzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const split = { nodes: 3, features: 4, classes: 2, train: [0], val: [1], test: [2] }
const files = { nodes: '1 0 3\n-1\n0 2\n', edges: '0 2\n0 1\n', split: JSON.stringify(split) }
const parse = (changed: Partial<typeof files> = {}) => {
  const { nodes, edges, split: json } = { ...files, ...changed }
  return parsePlanetoid({ nodes: gzipSync(bytes(nodes)), edges: bytes(edges), split: bytes(json), name: 'tiny' })
}

describe('parsePlanetoid', () => {
  test('reads a graph with features, labels and the split', () => {
    const { graph, labels, features, classes, train, validation, test: last } = parse()
    expect([features, classes, [...labels], [...train], [...validation], [...last]]).toEqual([4, 2, [1, -1, 0], [0], [1], [2]])
    const { x, edge_index } = sparseInputs([graph], featureEncoder(4))
    expect(x!.data).toEqual(Float32Array.of(1, 0, 0, 1, /**/ 0, 0, 0, 0, /**/ 0, 0, 1, 0))
    expect(edge_index!.data).toEqual(BigInt64Array.of(1n, 2n, 0n, 0n, /**/ 0n, 0n, 1n, 2n))
  })

  test.each([
    [
      { nodes: '1 0 4\n' },
      'tiny.nodes, line 1: expected node 0 of 3 as "label feature…", labels from -1 to 1, features from 0 to 3, received "1 0 4"',
    ],
    [{ nodes: '2\n' }, 'tiny.nodes, line 1: expected node 0 of 3'],
    [
      { nodes: '1\n' },
      'tiny.nodes, line 2: expected node 1 of 3 as "label feature…", labels from -1 to 1, features from 0 to 3, received the end of the file',
    ],
    [{ nodes: `${files.nodes}0\n` }, 'tiny.nodes, line 4: expected the end of the file after 3 nodes, received "0"'],
    [{ edges: '0 3\n' }, 'tiny.edges, line 1: expected an edge "a b" with 0 <= a < b < 3, received "0 3"'],
    [{ edges: '0 1\n1 1\n' }, 'tiny.edges, line 2: expected an edge'],
    [
      { split: 'none' },
      'tiny.split: expected JSON with the counts nodes, features and classes (at most nodes) and lists of nodes train, val and test, received "none"',
    ],
    [{ split: JSON.stringify({ ...split, test: [3] }) }, 'tiny.split: expected JSON'],
    [{ edges: '0 1\n0 2\n0 1\n' }, 'tiny.edges, line 3: expected every edge once, received 0 1 again'],
    [
      { split: '{"nodes":1e15,"features":1,"classes":1,"train":[],"val":[],"test":[]}' },
      'tiny.split: expected at most 67109124 bytes of labels and dense features from 13 bytes of nodes, received 1000000000000000 x (1 + 1) x 4. If you trust the file',
    ],
    [{ split: JSON.stringify({ ...split, features: 1e8 }) }, 'tiny.split: expected at most 67109124 bytes'],
    [{ split: JSON.stringify({ ...split, classes: 4 }) }, 'tiny.split: expected JSON'],
    [{ split: '['.repeat(100_000) }, 'tiny.split: expected JSON'],
    [{ split: JSON.stringify({ ...split, classes: undefined }) }, 'tiny.split: expected JSON'],
  ])('refuses malformed files, and names the file and line', (changed, message) =>
    expect(() => parse(changed)).toThrow(`parsePlanetoid: ${message}`),
  )
})

test.skipIf(isMissing('planetoid/cora.nodes.txt.gz'))('Cora and CiteSeer are as published (reads ../shared/data/planetoid)', () => {
  const read = (name: string) => {
    const file = (ending: string) => readFileSync(join(sharedData, 'planetoid', `${name}.${ending}`))
    return parsePlanetoid({ nodes: file('nodes.txt.gz'), edges: file('edges.txt.gz'), split: file('split.json'), name })
  }
  const facts = ({ graph, features, classes, train, validation, test: last }: ReturnType<typeof read>) => [
    ...[graph.nodes, graph.edges.sources.length / 2, features, classes],
    ...[train.length, validation.length, last.length],
  ]
  expect(facts(read('cora'))).toEqual([2708, 5278, 1433, 7, 140, 500, 1000])
  const citeseer = read('citeseer')
  expect(facts(citeseer)).toEqual([3327, 4552, 3703, 6, 120, 500, 1000])
  expect(citeseer.labels.filter((label) => label === -1)).toHaveLength(15)
})
