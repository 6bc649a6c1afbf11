import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatGraph6, type Graph } from '@equivar/datasets'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Examples } from '../src/own-data/example.ts'
import { readExamples } from '../src/own-data/read.ts'
import type { OwnSource } from '../src/own-data/source.ts'
import { equivar, jsonLines } from './in-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-graphs-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

const file = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const zip = (texts: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)])))

/** A path of three nodes and an edge, in the official form. */
const official = (more: Readonly<Record<string, string>> = {}): Uint8Array =>
  zip(
    Object.fromEntries(
      Object.entries({
        A: '1,2\n2,1\n2,3\n3,2\n4,5\n5,4\n',
        graph_indicator: '1\n1\n1\n2\n2\n',
        graph_labels: '1\n-1\n',
        ...more,
      }).map(([table, text]) => [`TOY/TOY_${table}.txt`, text]),
    ),
  )

const read = (path: string, more: Partial<OwnSource> = {}): Promise<Examples> => readExamples({ paths: [path], ...more })

const rows = ({ examples }: Examples): unknown => examples.map(({ x }) => [x.shape, [...x.data]])

/** Cycles and stars: 3 to 8 nodes. */
const graph = (nodes: number, star: boolean): Graph => {
  const ends = Array.from({ length: star ? nodes - 1 : nodes }, (_, i) => (star ? [0, i + 1] : [i, (i + 1) % nodes]) as [number, number])
  return {
    nodes,
    edges: {
      sources: Int32Array.from(ends.flat()),
      targets: Int32Array.from(ends.flatMap(([a, b]) => [b, a])),
    },
  }
}

describe('a TU archive', () => {
  test('without features of nodes has degrees as a category, and classes as they are in the file', async () => {
    const found = await read(await file('plain.zip', official()))
    expect(found).toMatchObject({ kind: 'graph', channelNames: ['degree'], categoryNames: { 0: ['0', '1', '2'] } })
    expect(rows(found)).toEqual([
      [
        [3, 1],
        [1, 2, 1],
      ],
      [
        [2, 1],
        [1, 1],
      ],
    ])
    expect(found.examples.map(({ target }) => target)).toEqual([
      { kind: 'label', label: '1' },
      { kind: 'label', label: '-1' },
    ])
    expect(found.examples.map(({ edges }) => [[...(edges?.sources ?? [])], [...(edges?.targets ?? [])]])).toEqual([
      [
        [1, 0, 2, 1],
        [0, 1, 1, 2],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ])
  })

  test('has labels of nodes as a category, attributes as channels, and labels and attributes of edges', async () => {
    const tables = {
      node_labels: '0\n500\n0\n7\n7\n',
      node_attributes: '1,2\n3,4\n5,6\n7,8\n9,10\n',
      edge_labels: '3\n3\n5\n5\n3\n3\n',
      edge_attributes: '.1\n.1\n.2\n.2\n.3\n.3\n',
    }
    const found = await read(await file('rich.zip', official(tables)))
    expect(found).toMatchObject({ channelNames: ['label', 'attribute 1', 'attribute 2'], categoryNames: { 0: ['0', '7', '500'] } })
    expect(rows(found)).toEqual([
      [
        [3, 3],
        [0, 1, 2, 2, 3, 4, 0, 5, 6],
      ],
      [
        [2, 3],
        [1, 7, 8, 1, 9, 10],
      ],
    ])
    expect(found.examples.map(({ edges }) => edges?.attributes)).toEqual([
      { shape: [4, 2], data: Float32Array.of(3, 0.1, 3, 0.1, 5, 0.2, 5, 0.2) },
      { shape: [2, 2], data: Float32Array.of(3, 0.3, 3, 0.3) },
    ])
    expect(found.edgeCategoryNames).toEqual({ 0: ['0', '1', '2', '3', '4', '5'] })
    const dense = await read(await file('rich.zip', official(tables)), { kind: 'dense graph' })
    expect(dense.examples[1]?.adjacency).toEqual({
      shape: [2, 2, 4],
      data: Float32Array.of(0, 0, 0, 0, 1, 1, 0, 0.3, 1, 1, 0, 0.3, 0, 0, 0, 0).map(Math.fround),
    })
  })

  test('small labels of nodes are their own codes', async () => {
    const found = await read(await file('small.zip', official({ node_labels: '1\n4\n1\n2\n2\n' })))
    expect(found.categoryNames).toEqual({ 0: ['0', '1', '2', '3', '4'] })
    expect(rows(found)).toEqual([
      [
        [3, 1],
        [1, 4, 1],
      ],
      [
        [2, 1],
        [2, 2],
      ],
    ])
  })

  test('has attributes of graphs to predict, by --target or without classes', async () => {
    const path = await file('numbers.zip', official({ graph_attributes: '1,2,3\n4,5,6\n' }))
    const targets = async (target?: string): Promise<unknown> =>
      (await read(path, target === undefined ? {} : { target })).examples.map((one) => one.target)
    expect(await targets('3,1')).toEqual([
      { kind: 'y', y: [3, 1] },
      { kind: 'y', y: [6, 4] },
    ])
    expect(await targets()).toMatchObject([{ label: '1' }, { label: '-1' }])
    for (const wrong of ['0', '4', '1,', 'energy'])
      await expect(targets(wrong)).rejects.toThrow(/--target: expected columns of the graph attributes of numbers\.zip, from 1 to 3/)
    await expect(read(await file('plain.zip', official()), { target: '1' })).rejects.toThrow('plain.zip without them')
  })

  test('of GIN is read; a bad line is named', async () => {
    const gin = '2\n2 0\n5 1 1\n6 1 0\n1 1\n5 0\n'
    const found = await read(await file('gin.zip', zip({ 'TOY/TOY.txt': gin })))
    expect(rows(found)).toEqual([
      [
        [2, 1],
        [5, 6],
      ],
      [[1, 1], [5]],
    ])
    await expect(read(await file('bad.zip', official({ node_labels: '0\n1\nx\n0\n0\n' })))).rejects.toThrow(
      /bad\.zip: TOY\/TOY_node_labels\.txt, line 3: expected/,
    )
  })

  test('trains, and says the accuracy on the test part', async () => {
    const graphs = Array.from({ length: 40 }, (_, i) => graph(3 + (i % 6), i % 2 === 0))
    const text = graphs.map(({ nodes, edges }, i) => {
      const lines = Array.from({ length: nodes }, (_, node) => {
        const neighbours = [...edges.targets].filter((_, edge) => edges.sources[edge] === node)
        return [0, neighbours.length, ...neighbours].join(' ')
      })
      return [`${nodes} ${i % 2}`, ...lines].join('\n')
    })
    const path = await file('shapes.zip', zip({ 'TOY/TOY.txt': `${graphs.length}\n${text.join('\n')}\n` }))
    const out = join(folder, 'shapes')
    const trained = await equivar('train', '--data', path, '--out', out, '--epochs', '15', '--json')
    expect(trained.stderr).toBe('')
    expect(trained.status).toBe(0)
    const [result] = jsonLines<{ accuracy: number }>((await equivar('evaluate', out, '--split', 'train', '--json')).stdout)
    expect(result?.accuracy).toBeGreaterThan(0.8)
  })
})

describe('graphs in graph6', () => {
  const graphs = [graph(3, false), graph(4, true), graph(5, false)]

  test('have degrees as a category and the lines of --labels as classes', async () => {
    const [path, labels] = [await file('three.g6', formatGraph6(graphs)), await file('three.txt', 'ring\nstar\n ring \n\n')]
    const found = await read(path, { labels })
    expect(found.examples.map(({ target }) => target)).toMatchObject([{ label: 'ring' }, { label: 'star' }, { label: 'ring' }])
    expect(rows(found)).toEqual([
      [
        [3, 1],
        [2, 2, 2],
      ],
      [
        [4, 1],
        [3, 1, 1, 1],
      ],
      [
        [5, 1],
        [2, 2, 2, 2, 2],
      ],
    ])
  })

  test('without as many labels are refused', async () => {
    const path = await file('three.g6', formatGraph6(graphs))
    await expect(read(path)).rejects.toThrow('three.g6: expected --labels FILE with the class of each graph, one a line')
    await expect(read(path, { labels: await file('two.txt', 'a\nb\n') })).rejects.toThrow(
      'two.txt: expected 3 lines, one for each graph of three.g6, received 2',
    )
    await expect(read(path, { labels: await file('gap.txt', 'a\n\nb\n') })).rejects.toThrow('gap.txt, line 2: expected the class')
  })
})
