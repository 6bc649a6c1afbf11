import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FormatError, parseTu, parseTuText, type TuOptions } from '@equivar/datasets'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Three graphs: a path of three nodes, one node with a loop, two nodes without an edge. */
const tiny = '3\n3 2\n5 1 1\n1 2 0 2\n5 1 1\n1 0\n1 1 0\n2 2\n1 0\n1 0\n'

const folds = (train = '0\n2\n', test = '1\n'): Record<string, Uint8Array> =>
  Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [
      [`TINY/10fold_idx/train_idx-${i + 1}.txt`, bytes(train)],
      [`TINY/10fold_idx/test_idx-${i + 1}.txt`, bytes(test)],
    ]).flat(),
  )

const archive = (text = tiny, more: Record<string, Uint8Array> = folds()): Uint8Array =>
  zipSync({ 'TINY/TINY.txt': bytes(text), '__MACOSX/TINY/._TINY.txt': bytes('x'), 'TINY/.DS_Store': bytes('x'), ...more })

describe('parseTu', () => {
  test('reads graphs, tags, labels and folds', () => {
    const set = parseTu(archive())
    expect([set.name, set.classes, [...set.labels]]).toEqual(['TINY', ['0', '2'], [1, 0, 1]])
    expect(set.graphs.map(({ nodes }) => nodes)).toEqual([3, 1, 2])
    const [path, loop, apart] = set.graphs
    expect([...path!.tags!]).toEqual([5, 1, 5])
    expect([[...path!.edges.sources], [...path!.edges.targets]]).toEqual([
      [1, 0, 2, 1],
      [0, 1, 1, 2],
    ])
    expect([[...loop!.edges.sources], [...loop!.edges.targets]]).toEqual([[0], [0]])
    expect(apart!.edges.sources).toHaveLength(0)
    expect(set.folds).toHaveLength(10)
    expect([[...set.folds[9]!.train], [...set.folds[9]!.test]]).toEqual([[0, 2], [1]])
  })

  test("reads one set of several, as in GIN's dataset.zip, and an archive without folds", () => {
    const many = zipSync({ 'dataset/TINY/TINY.txt': bytes(tiny), 'dataset/OTHER/OTHER.txt': bytes('1\n1 0\n0 0\n') })
    expect(parseTu(many, { name: 'OTHER' }).graphs).toHaveLength(1)
    expect(parseTu(many, { name: 'TINY' }).folds).toEqual([])
    expect(() => parseTu(many, { file: 'dataset.zip' })).toThrow(
      'parseTu: dataset.zip: expected one set, NAME/NAME.txt or NAME_A.txt, received dataset/TINY/TINY.txt, dataset/OTHER/OTHER.txt. Choose one with the option name.',
    )
    expect(() => parseTu(many, { file: 'dataset.zip', name: 'MUTAG' })).toThrow(
      'parseTu: dataset.zip: expected the set MUTAG/MUTAG.txt or MUTAG_A.txt, received dataset/TINY/TINY.txt, dataset/OTHER/OTHER.txt.',
    )
  })

  test('accepts carriage returns and a missing last line break', () => {
    expect(parseTu(archive(tiny.replaceAll('\n', '\r\n'))).graphs).toEqual(parseTu(archive()).graphs)
    expect(parseTuText(bytes(tiny.trimEnd()), 'TINY').graphs).toEqual(parseTu(archive()).graphs)
  })
})

describe('a malformed file', () => {
  const read = (text: string): void => void parseTu(archive(text), { file: 'TINY.zip' })

  test.each([
    [
      'that is truncated',
      '3\n3 2\n5 1 1\n1 2 0 2\n',
      5,
      'node 2 of a graph with 3 nodes',
      'the end of the file. The file is truncated: download it again.',
    ],
    ['without the last graphs', '3\n1 0\n1 0\n', 4, 'the nodes and the label of graph 1 of 3', 'the end of the file'],
    ['with too many graphs', `${tiny}1 0\n1 0\n`, 11, 'the end of the file after 3 graphs', '"1 0"'],
    ['with words', tiny.replace('1 2 0 2', '1 two 0 2'), 4, '32-bit integers separated by blanks', '"1 two 0 2"'],
    ['with fractions', tiny.replace('1 2 0 2', '1 2 0 2.5'), 4, '32-bit integers separated by blanks', '"1 2 0 2.5"'],
    [
      'with a degree larger than the number of neighbours',
      tiny.replace('1 2 0 2', '1 3 0 2'),
      4,
      'node 1 as "tag degree neighbour…", so 5 integers',
      '4 integers',
    ],
    ['with a row without a degree', tiny.replace('5 1 1', '5'), 3, 'node 0 as "tag degree neighbour…"', '1 integers'],
    ['with a neighbour that is not a node', tiny.replace('1 2 0 2', '1 2 0 3'), 4, 'neighbours of node 1 from 0 to 2', '3'],
    [
      'with an edge in one direction only',
      tiny.replace('5 1 1\n1 0', '5 0\n1 0'),
      4,
      'an undirected graph',
      'an edge from 1 to 2 that node 2 does not list',
    ],
    [
      'with another edge in one direction only',
      tiny.replace('5 1 1', '5 2 1 2'),
      3,
      'an undirected graph',
      'an edge from 0 to 2 that node 2 does not list',
    ],
    ['with an edge twice', tiny.replace('1 2 0 2', '1 3 0 2 2'), 4, 'every neighbour of node 1 once', '2 twice'],
    ['without a label', tiny.replace('3 2\n', '3\n'), 2, 'the nodes and the label of graph 0 of 3, as in "23 1"', '"3"'],
    [
      'with more nodes than lines',
      tiny.replace('3 2\n', '2000000000 2\n'),
      2,
      'the nodes and the label of graph 0 of 3, as in "23 1"',
      '"2000000000 2"',
    ],
    ['without a count', '', 1, 'the number of graphs', 'the end of the file'],
    ['with more than a count', '3 2\n', 1, 'the number of graphs, alone on its line', '"3 2"'],
  ])('%s is refused; the error names the line and what was expected', (_, text, line, expected, received) => {
    expect(() => read(text)).toThrow(FormatError)
    expect(() => read(text)).toThrow(`parseTu: TINY.zip: TINY/TINY.txt, line ${line}: expected ${expected}`)
    expect(() => read(text)).toThrow(`received ${received}`)
    try {
      read(text)
    } catch (error) {
      expect(error).toMatchObject({ file: 'TINY.zip: TINY/TINY.txt', line })
    }
  })

  const refused = (zip: Uint8Array, message: string, options: TuOptions = { file: 'TINY.zip' }): void =>
    expect(() => parseTu(zip, options)).toThrow(message)

  test('an invalid fold is refused', () => {
    const path = 'parseTu: TINY.zip: TINY/10fold_idx/'
    const alone = 'expected the number of a graph from 0 to 2, alone on its line'
    refused(archive(tiny, folds('0\n3\n')), `${path}train_idx-1.txt, line 2: ${alone}, received "3".`)
    refused(archive(tiny, folds('0 1\n')), `${path}train_idx-1.txt, line 1: ${alone}, received "0 1".`)
    refused(
      archive(tiny, folds('0\n1\n', '1\n')),
      `${path}test_idx-1.txt, line 1: expected every graph at most once in a fold, received graph 1, which is in train_idx-1.txt already.`,
    )
    const { 'TINY/10fold_idx/test_idx-7.txt': _, ...nine } = folds()
    refused(
      archive(tiny, nine),
      'parseTu: TINY.zip: expected the fold TINY/10fold_idx/test_idx-7.txt, received an archive with other folds but not',
    )
  })

  test('a file that is not an archive, or is truncated or damaged, is refused', () => {
    const whole = archive()
    refused(
      bytes('not a zip'),
      'parseTu: TINY.zip: expected a complete zip archive, received 9 bytes that cannot be unpacked (invalid zip data).',
    )
    refused(whole.subarray(0, whole.length - 1), 'The file is truncated or damaged: download it again.')
    const stored = zipSync({ 'TINY/TINY.txt': bytes(tiny) }, { level: 0 })
    const damaged = stored.slice()
    damaged[30 + 'TINY/TINY.txt'.length + 4] = '4'.charCodeAt(0) // the label 2 becomes 4: the text stays well-formed
    expect(parseTu(stored).classes).toEqual(['0', '2'])
    refused(
      damaged,
      'parseTu: TINY.zip: expected a complete zip archive, received an archive in which "TINY/TINY.txt" has the wrong checksum.',
    )
    refused(
      zipSync({ 'x.txt': bytes('1') }),
      'parseTu: the archive: expected one set, NAME/NAME.txt or NAME_A.txt, received an archive without such a file.',
      {},
    )
  })
})

/** Number of graphs, class sizes, number of tags, mean numbers of nodes and of edges (with loops). */
const published = [
  ['MUTAG', 188, [63, 125], 7, 17.93, 19.79],
  ['PTC', 344, [192, 152], 19, 25.56, 25.96],
  ['PROTEINS', 1113, [663, 450], 3, 39.06, 72.82],
  ['NCI1', 4110, [2053, 2057], 37, 29.87, 32.3],
  ['IMDBMULTI', 1500, [500, 500, 500], 1, 13, 65.94],
  ['COLLAB', 5000, [2600, 775, 1625], 1, 74.49, 2457.78],
] as const

describe.each(published)('%s', (name, graphs, classes, tags, nodes, edges) => {
  const file = join('tu', `${name}.zip`)

  test.skipIf(isMissing(file))(`has the published statistics (reads ../shared/data/${file})`, () => {
    const set = parseTu(readFileSync(join(sharedData, file)), { file })
    expect(set.graphs).toHaveLength(graphs)
    expect(classes.map((_, label) => set.labels.filter((other) => other === label).length)).toEqual(classes)
    expect(new Set(set.graphs.flatMap((graph) => [...new Set(graph.tags)])).size).toBe(tags)
    const mean = (count: (graph: (typeof set.graphs)[number]) => number): number =>
      set.graphs.reduce((sum, graph) => sum + count(graph), 0) / graphs
    expect(mean((graph) => graph.nodes)).toBeCloseTo(nodes, 2)
    const loops = (graph: (typeof set.graphs)[number]): number =>
      graph.edges.sources.filter((source, e) => source === graph.edges.targets[e]).length
    expect(mean((graph) => (graph.edges.sources.length + loops(graph)) / 2)).toBeCloseTo(edges, 2)
    expect(set.folds).toHaveLength(10)
    for (const fold of set.folds) {
      expect(fold.test).toHaveLength(Math.floor(graphs / 10))
      expect(new Set([...fold.train, ...fold.test]).size).toBe(graphs)
    }
    expect(new Set(set.folds.flatMap((fold) => [...fold.test])).size).toBe(10 * Math.floor(graphs / 10))
  })
})
