import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Examples } from '../src/own-data/example.ts'
import { readExamples } from '../src/own-data/read.ts'
import { type Line, writeLines } from './own-examples.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-own-reading-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'some.ndjson')
/** What is read from these lines. */
const read = (...lines: readonly Line[]): Promise<Examples> => readExamples({ paths: [writeLines(path, lines)] })

const point = [[1, 2]]
const edge = [[0], [1]]
const two = [[1], [2]]

describe('the kind of example follows from the keys', () => {
  test.each([
    ['set', { x: point, label: 'a' }],
    ['graph', { x: two, edge_index: edge, label: 'a' }],
    ['nodes', { x: two, edge_index: edge, labels: ['a', 'b'] }],
    ['nodes', { x: two, edge_index: edge, ys: [1, null] }],
    [
      'dense graph',
      {
        x: two,
        adj: [
          [0, 1],
          [1, 0],
        ],
        label: 'a',
      },
    ],
    [
      'image',
      {
        x: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        label: 'a',
      },
    ],
    [
      'image set',
      {
        x: [
          [
            [
              [1, 2],
              [3, 4],
            ],
          ],
        ],
        label: 'a',
      },
    ],
  ])('%s', async (kind, line) => {
    expect((await read(line)).kind).toBe(kind)
  })

  test('or from --kind', async () => {
    const { kind } = await readExamples({ paths: [writeLines(path, [{ x: [[[1, 2]]], label: 1 }])], kind: 'signal set' })
    expect(kind).toBe('signal set')
  })
})

test('what is written in several ways is read as the same', async () => {
  const target = async (line: Line) => (await read({ x: point, ...line })).examples[0]?.target
  expect(await target({ label: 3 })).toEqual(await target({ label: '3' }))
  expect(await target({ label: true })).toEqual({ kind: 'label', label: 'true' })
  expect(await target({ y: 3 })).toEqual(await target({ y: [3] }))
  expect(await target({ y: 3, label: null })).toEqual({ kind: 'y', y: [3] })
  expect(await target({ ys: [5] })).toEqual(await target({ ys: [[5]] }))
  const none = await read({ x: two, edge_index: [[], []], label: 'a' }, { x: two, edge_index: [], label: 'b' })
  expect(none.examples.map(({ edges }) => edges?.sources.length)).toEqual([0, 0])
})

test('empty lines, a last line without end', async () => {
  writeFileSync(path, '{"x": [[1]], "label": "a"}\n\n{"x": [[2]], "label": "b"}')
  const { examples } = await readExamples({ paths: [path] })
  expect(examples.map(({ where }) => where)).toEqual(['some.ndjson, line 1', 'some.ndjson, line 3'])
})

describe('a bad example is refused with file, line, key and what was expected', () => {
  const good = { x: point, label: 'a' }
  const graph = { x: two, edge_index: edge, label: 'a' }
  test.each<[string, Line, Line, string]>([
    ['no x', good, { label: 'a' }, 'expected "x", received label'],
    [
      'an unknown key',
      good,
      { ...good, lable: 'b' },
      'expected keys among x, edge_index, edge_attr, adj, label, y, labels, ys, chosen, split, received "lable"',
    ],
    ['no target', good, { x: point }, 'expected one of label, y, labels, ys, chosen, received none'],
    ['two targets', good, { ...good, y: 1 }, 'expected one of label, y, labels, ys, chosen, received label, y'],
    ['a label that is a list', good, { x: point, label: ['a'] }, 'expected "label" to be text or a number, received ["a"]'],
    ['another target', good, { x: point, y: 1 }, 'expected "label", as in some.ndjson, line 1, received "y"'],
    [
      'other channels',
      good,
      { x: [[1]], label: 'a' },
      'expected x of shape [elements, channels] as in some.ndjson, line 1, [1, 2], received [1, 1]',
    ],
    ['other axes', good, { x: [1, 2], label: 'a' }, 'expected x of shape [elements, channels] for a set, received [2]'],
    ['an infinite number', good, { x: [[1, 1e300]], label: 'a' }, 'expected finite numbers in x, received Infinity at number 1'],
    ['text in x', good, { x: [[1, 'b']], label: 'a' }, '"x": expected'],
    ['rows of different lengths', good, { x: [[1, 2], [3]], label: 'a' }, '"x": expected'],
    ['a part that there is not', good, { ...good, split: 'dev' }, 'expected "split" to be train, validation, test, received "dev"'],
    [
      'an edge to nowhere',
      graph,
      { ...graph, edge_index: [[0], [2]] },
      'expected edges between nodes from 0 to 1, received 2 as target of edge 0',
    ],
    [
      'an edge from nowhere',
      graph,
      { ...graph, edge_index: [[-1], [1]] },
      'expected edges between nodes from 0 to 1, received -1 as source of edge 0',
    ],
    ['half a node', graph, { ...graph, edge_index: [[0.5], [1]] }, 'expected "edge_index" [2, edges] of whole numbers'],
    [
      'edges one by one',
      graph,
      {
        ...graph,
        edge_index: [
          [0, 1],
          [1, 0],
          [0, 0],
        ],
      },
      'expected "edge_index" [2, edges] of whole numbers',
    ],
    ['edge features only once', graph, { ...graph, edge_attr: [1] }, 'expected no "edge_attr", as in some.ndjson, line 1, received 1'],
    ['too few edge features', graph, { ...graph, edge_attr: [] }, 'expected "edge_attr" with 1 rows, one for each edge, received 0'],
    [
      'an element that there is not',
      { x: point, chosen: 0 },
      { x: point, chosen: 1 },
      'expected "chosen" to be an element from 0 to 0, received 1',
    ],
    [
      'too few labels',
      { x: point, labels: ['a'] },
      { x: point, labels: [] },
      'expected "labels" with 1 entries, one for each row of x, received 0',
    ],
    ['too many ys', { x: point, ys: [1] }, { x: point, ys: [1, 2] }, 'expected "ys" with 1 rows, one for each row of x, received 2'],
    [
      'other numbers to predict',
      { x: point, y: 1 },
      { x: point, y: [1, 2] },
      'expected 1 numbers to predict, as in some.ndjson, line 1, received 2',
    ],
    [
      'a number to predict that is not finite',
      { x: point, y: 1 },
      { x: point, y: 1e300 },
      'expected finite numbers in "y", received Infinity',
    ],
    [
      'labels of an image',
      { x: [[[1]]], label: 'a' },
      { x: [[[1]]], labels: ['a'] },
      'expected "label", as in some.ndjson, line 1, received "labels"',
    ],
    [
      'an adjacency of another size',
      {
        x: two,
        adj: [
          [0, 1],
          [1, 0],
        ],
        label: 'a',
      },
      {
        x: point,
        adj: [
          [0, 1],
          [1, 0],
        ],
        label: 'a',
      },
      'some.ndjson, line 2: expected x of shape',
    ],
  ])('%s', async (_, first, second, message) => {
    const error = (await read(first, second).catch((caught: unknown) => caught)) as Error
    expect(error.name).toBe('UsageError')
    expect(error.message).toMatch(/^some\.ndjson, line 2: /)
    expect(error.message).toContain(message)
    expect(error.message).not.toMatch(/undefined|\[object/)
  })

  test.each([
    ['a line that is not JSON', '{"x": [[1]], "label": 1}\n{"x"', /^some\.ndjson, line 2: expected a JSON object, received something else/],
    ['a line that is a list', '[1]', /^some\.ndjson, line 1: expected an object such as .*, received \[1\]/],
    ['an empty file', '', /some\.ndjson: expected at least one example, received none/],
  ])('%s', async (_, text, message) => {
    writeFileSync(path, text)
    await expect(readExamples({ paths: [path] })).rejects.toThrow(message)
  })

  test('a file of a kind that nobody reads', async () => {
    const strange = join(folder, 'some.docx')
    writeFileSync(strange, '')
    await expect(readExamples({ paths: [strange] })).rejects.toThrow(
      /--data: expected a file of one of the kinds .*\.ndjson.*, received some\.docx/,
    )
  })
})
