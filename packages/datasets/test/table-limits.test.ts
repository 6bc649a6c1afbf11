import { parsePlanetoid, parseRelief } from '@equivar/datasets'
import { describe, expect, test } from 'vitest'
import { refusal } from './refusal.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('citation networks', () => {
  const split = { nodes: 2, features: 2, classes: 2, train: [0], val: [1], test: [] as number[] }
  const parse = (changes: object = {}, nodes = '1 1\n0\n', edges = '0 1\n', options = {}) =>
    parsePlanetoid({ nodes: bytes(nodes), edges: bytes(edges), split: bytes(JSON.stringify({ ...split, ...changes })), ...options })
  const form = 'JSON with the counts nodes, features and classes (at most nodes) and lists of nodes train, val and test'

  test.each(['nodes', 'features', 'classes'])('%s is a count of at least 1', (count) => {
    for (const wrong of [0, -1, 1.5, '2', undefined, 2 ** 60])
      expect(refusal(() => parse({ [count]: wrong }))).toMatch(`the set.split: expected ${form}, received "{`)
  })

  test.each(['train', 'val', 'test'])('%s is a list of nodes', (part) => {
    for (const wrong of [undefined, 1, '0', { length: 0 }, [-1], [2], [0.5], ['0'], [0, 2]])
      expect(refusal(() => parse({ [part]: wrong }))).toMatch(`expected ${form}`)
  })

  test('what is no object is refused', () => {
    const read = (text: string): string =>
      refusal(() => parsePlanetoid({ nodes: bytes(''), edges: bytes(''), split: bytes(text), name: 'own' }))
    for (const text of ['null', '3', '"x"', '[]', '', '{'])
      expect(read(text)).toBe(`parsePlanetoid: own.split: expected ${form}, received ${JSON.stringify(text)}.`)
  })

  test('empty lines are passed over, and the edges are ordered by target, then by source', () => {
    const read = parse({ nodes: 4, test: [3] }, '\n1 1\n\n0\n-1 0 1\n1\n\n', '2 3\n\n0 1\n1 3\n0 3\n')
    expect([...read.labels]).toEqual([1, 0, -1, 1])
    expect([...read.graph.features!]).toEqual([0, 1, 0, 0, 1, 1, 0, 0])
    expect([[...read.graph.edges.sources], [...read.graph.edges.targets]]).toEqual([
      [1, 3, 0, 3, 3, 0, 1, 2],
      [0, 0, 1, 1, 2, 3, 3, 3],
    ])
  })

  test.each([
    [
      '1 2\n0\n',
      '0 1\n',
      'nodes, line 1: expected node 0 of 2 as "label feature…", labels from -1 to 1, features from 0 to 1, received "1 2".',
    ],
    [
      '1 -1\n0\n',
      '0 1\n',
      'nodes, line 1: expected node 0 of 2 as "label feature…", labels from -1 to 1, features from 0 to 1, received "1 -1".',
    ],
    [
      '1\n-2\n',
      '0 1\n',
      'nodes, line 2: expected node 1 of 2 as "label feature…", labels from -1 to 1, features from 0 to 1, received "-2".',
    ],
    [
      '1\n2\n',
      '0 1\n',
      'nodes, line 2: expected node 1 of 2 as "label feature…", labels from -1 to 1, features from 0 to 1, received "2".',
    ],
    ['1\n0\n', '0\n', 'edges, line 1: expected an edge "a b" with 0 <= a < b < 2, received "0".'],
    ['1\n0\n', '0 1 1\n', 'edges, line 1: expected an edge "a b" with 0 <= a < b < 2, received "0 1 1".'],
    ['1\n0\n', '-1 1\n', 'edges, line 1: expected an edge "a b" with 0 <= a < b < 2, received "-1 1".'],
    ['1\n0\n', '1 0\n', 'edges, line 1: expected an edge "a b" with 0 <= a < b < 2, received "1 0".'],
    ['1\n0\n', '0 2\n', 'edges, line 1: expected an edge "a b" with 0 <= a < b < 2, received "0 2".'],
    ['1\n0\n', '0 1\n0 1\n', 'edges, line 2: expected every edge once, received 0 1 again.'],
  ])('%j with %j is refused', (nodes, edges, message) => {
    expect(refusal(() => parse({}, nodes, edges))).toBe(`parsePlanetoid: the set.${message}`)
  })

  test('labels and features may take all of maxBytes', () => {
    expect(refusal(() => parse({}, undefined, undefined, { maxBytes: 24 }))).toBe('none')
    expect(refusal(() => parse({}, undefined, undefined, { maxBytes: 23 }))).toBe(
      'parsePlanetoid: the set.split: expected at most 23 bytes of labels and dense features from 6 bytes of nodes, received 2 x (1 + 2) x 4. If you trust the file, raise the option maxBytes.',
    )
  })
})

describe('relief', () => {
  const parse = (heights: string, latitudes: string, longitudes: string) =>
    parseRelief({ heights: bytes(heights), latitudes: bytes(latitudes), longitudes: bytes(longitudes) })
  const good = ['1 2 3\n4 5 6\n', '-45\n45\n', '-60\n60\n180\n'] as const

  test('blank lines are passed over at the end only; rows and columns may be of any number', () => {
    expect(parse(`${good[0]} \n\n`, good[1], good[2])).toEqual({
      rows: 2,
      columns: 3,
      firstLongitude: -60,
      heights: Float32Array.of(1, 2, 3, 4, 5, 6),
    })
    expect(refusal(() => parse('1 2 3\n\n4 5 6\n', good[1], good[2]))).toBe(
      'parseRelief: heights, line 2: expected numbers separated by blanks, received "".',
    )
    expect(refusal(() => parse('', good[1], good[2]))).toBe(
      'parseRelief: heights, line 1: expected numbers separated by blanks, received the end of the file.',
    )
    expect(refusal(() => parse(good[0], '-45\nx\n', good[2]))).toMatch('parseRelief: latitudes, line 2: expected numbers')
    expect(refusal(() => parse(good[0], good[1], '\n'))).toMatch('parseRelief: longitudes, line 1: expected numbers')
    expect(refusal(() => parse('1 2 3\n4 5 6 7\n', good[1], good[2]))).toBe(
      'parseRelief: heights, line 2: expected 3 numbers, as in line 1, received 4.',
    )
  })

  const whole = 'heights of the whole sphere, with latitudes from south to north and longitudes going east, in even steps'
  test.each([
    ['rows at the poles', '1 2 3\n4 5 6\n', '-90\n90\n', good[2], '2 rows of 3 heights, latitudes -90 to 90, longitudes -60 to 180'],
    ['latitudes going south', good[0], '45\n-45\n', good[2], '2 rows of 3 heights, latitudes 45 to -45, longitudes -60 to 180'],
    ['latitudes of half the sphere', good[0], '-45\n0\n', good[2], '2 rows of 3 heights, latitudes -45 to 0, longitudes -60 to 180'],
    ['latitudes that are shifted', good[0], '-44\n46\n', good[2], '2 rows of 3 heights, latitudes -44 to 46, longitudes -60 to 180'],
    ['longitudes in uneven steps', good[0], good[1], '-60\n50\n180\n', '2 rows of 3 heights, latitudes -45 to 45, longitudes -60 to 180'],
    ['longitudes of half the sphere', good[0], good[1], '0\n60\n120\n', '2 rows of 3 heights, latitudes -45 to 45, longitudes 0 to 120'],
    ['longitudes going west', good[0], good[1], '180\n60\n-60\n', '2 rows of 3 heights, latitudes -45 to 45, longitudes 180 to -60'],
    ['a column too many', '1 2 3 4\n4 5 6 7\n', good[1], good[2], '2 rows of 4 heights, latitudes -45 to 45, longitudes -60 to 180'],
    ['a row too many', '1 2 3\n4 5 6\n7 8 9\n', good[1], good[2], '3 rows of 3 heights, latitudes -45 to 45, longitudes -60 to 180'],
  ])('%s are refused', (_, heights, latitudes, longitudes, received) => {
    expect(refusal(() => parse(heights, latitudes, longitudes))).toBe(`parseRelief: heights: expected ${whole}, received ${received}.`)
  })

  test('rounded degrees are even enough: a thousandth of a step, a hundredth of a degree', () => {
    expect(refusal(() => parse(good[0], '-45.008\n45\n', good[2]))).toBe('none')
    expect(refusal(() => parse(good[0], '-45.02\n44.98\n', good[2]))).toMatch(whole)
    expect(refusal(() => parse(good[0], '-45\n45.08\n', good[2]))).toBe('none')
    expect(refusal(() => parse(good[0], '-45\n45.1\n', good[2]))).toMatch(whole)
    expect(refusal(() => parse(good[0], good[1], '-60\n60.1\n180\n'))).toBe('none')
    expect(refusal(() => parse(good[0], good[1], '-60\n60.2\n180\n'))).toMatch(whole)
    expect(refusal(() => parse(good[0], good[1], '-60\n60\n180.005\n'))).toBe('none')
    expect(refusal(() => parse(good[0], good[1], '-60\n60\n180.01\n'))).toMatch(whole)
    expect(parse('1 2 1\n3 4 3\n', good[1], '0\n180\n360.0009').columns).toBe(2)
    expect(refusal(() => parse('1 2 1\n3 4 3\n', good[1], '0\n180\n360.002'))).toMatch(whole)
  })
})
