import { formatNpz, parseNpz, parseTu } from '@equivar/datasets'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { crc32 } from '../src/crc32.ts'
import { OutputPieces } from '../src/output-pieces.ts'
import { unzip } from '../src/zip.ts'
import { refusal } from './refusal.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array | undefined): string => new TextDecoder().decode(content)
const u16 = (n: number): number[] => [n & 255, (n >> 8) & 255]
const u32 = (n: number): number[] => [...u16(n & 0xffff), ...u16(n >>> 16)]

/** A stored entry. `extra` and `comment` are the bytes that each record may carry; `damage` makes its checksum wrong. */
interface Entry {
  readonly name: string
  readonly content: string
  readonly localExtra?: string
  readonly extra?: string
  readonly comment?: string
  readonly damage?: boolean
}
/** A zip archive by the description of the format, with anything behind its end. */
function archive(entries: readonly Entry[], { comment = '', before = '', count = entries.length } = {}): Uint8Array {
  const local = [...bytes(before)]
  const directory: number[] = []
  for (const { name, content, localExtra = '', extra = '', comment: note = '', damage = false } of entries) {
    const start = local.length
    const [packed, title] = [bytes(content), bytes(name)]
    const checksum = (crc32(packed) ^ (damage ? 1 : 0)) >>> 0
    const common = [...u16(20), ...u16(0), ...u16(0), ...u32(0), ...u32(checksum), ...u32(packed.length), ...u32(packed.length)]
    local.push(...u32(0x04034b50), ...common, ...u16(title.length), ...u16(localExtra.length), ...title, ...bytes(localExtra), ...packed)
    directory.push(...u32(0x02014b50), ...u16(20), ...common, ...u16(title.length), ...u16(extra.length), ...u16(note.length))
    directory.push(...u16(0), ...u16(0), ...u32(0), ...u32(start), ...title, ...bytes(extra), ...bytes(note))
  }
  const end = [...u16(count), ...u16(count), ...u32(directory.length), ...u32(local.length), ...u16(comment.length), ...bytes(comment)]
  return Uint8Array.from([...local, ...directory, ...u32(0x06054b50), ...u16(0), ...u16(0), ...end])
}
const read = (file: Uint8Array, wanted: (name: string) => boolean = () => true, options = {}): string[] =>
  [...unzip('reader', 'file', file, wanted, options)].map(([name, content]) => `${name}=${text(content)}`)

describe('unzip', () => {
  const two: Entry[] = [
    { name: 'a', content: 'first', localExtra: 'xyz', extra: '12', comment: 'note' },
    { name: 'bb', content: 'second', extra: '3' },
  ]

  test('passes over extra fields, comments, and whatever stands before and behind', () => {
    for (const options of [{}, { comment: 'of the archive' }, { comment: 'x'.repeat(65_535) }, { before: '#!/bin/sh\n' }])
      expect(read(archive(two, options))).toEqual(['a=first', 'bb=second'])
    expect(read(archive([]))).toEqual([])
    expect(refusal(() => read(archive(two, { comment: `${'x'.repeat(65_530)}` }).subarray(0, -65_531)))).toMatch('invalid zip data')
  })

  test('looks no further for the end than the longest comment', () => {
    const file = archive(two)
    const behind = (count: number): Uint8Array => Uint8Array.from([...file, ...new Uint8Array(count)])
    expect(read(behind(65_535))).toHaveLength(2)
    expect(refusal(() => read(behind(65_536)))).toBe(
      `reader: file: expected a complete zip archive, received ${file.length + 65_536} bytes that cannot be unpacked (invalid zip data). The file is truncated or damaged: download it again.`,
    )
  })

  test('an archive inside a larger buffer is read', () => {
    const larger = Uint8Array.from([7, 7, 7, ...archive(two), 8])
    expect(read(larger.subarray(3, -1))).toEqual(['a=first', 'bb=second'])
  })

  test('what is not wanted is neither unpacked nor counted', () => {
    const mixed = [{ name: 'a', content: 'no', damage: true }, ...two.slice(1), { name: 'bb.x', content: '!'.repeat(100) }]
    expect(read(archive(mixed), (name) => name === 'bb', { maxBytes: 6 })).toEqual(['bb=second'])
    expect(refusal(() => read(archive(mixed), (name) => name === 'bb', { maxBytes: 5 }))).toBe(
      `reader: file: expected at most 5 bytes after unpacking ${archive(mixed).length}, received 6. If you trust the file, raise the option maxBytes.`,
    )
    expect(refusal(() => read(archive(two), undefined, { maxBytes: 10 }))).toMatch('received 11.')
  })

  test('directories of other forms, and those that are too short, are refused', () => {
    const failure = (file: Uint8Array): string =>
      refusal(() => read(file))
        .replace('reader: file: expected a complete zip archive, received ', '')
        .replace(/\. The file is .*/, '')
    const large = 'an archive in the form for 4 GiB and more, or for 65,535 files and more'
    const file = archive(two)
    expect(failure(archive(two, { count: 0xffff }))).toBe(large)
    const elsewhere = file.slice()
    elsewhere.set([255, 255, 255, 255], file.length - 6)
    expect(failure(elsewhere)).toBe(large)
    expect(failure(archive(two, { count: 3 }))).toBe('a directory without entry 2 of 3')
    const directory = file.length - 22 - (46 + 1 + 2 + 4) - (46 + 2 + 1)
    const longer = file.slice()
    longer[directory + 28] = 200
    expect(failure(longer)).toBe('a directory without entry 0 of 2')
    // The last record may end where the end begins, not a byte later.
    const last = directory + 46 + 1 + 2 + 4
    const beyond = file.slice()
    beyond[last + 32] = 1
    expect(failure(beyond)).toBe('a directory without entry 1 of 2')
    const moved = file.slice()
    moved[last + 3] = 9
    expect(failure(moved)).toBe('a directory without entry 1 of 2')
  })

  test('packed bytes that the archive does not hold, and entries of 4 GiB, are refused', () => {
    const file = archive([{ name: 'a', content: 'first' }])
    const directory = file.length - 22 - 47
    const changed = (at: number, ...values: number[]): string => {
      const copy = file.slice()
      copy.set(values, directory + at)
      return refusal(() => read(copy, undefined, { maxBytes: 2 ** 32 })).replace(/.*received (.*)\. The file is .*/, '$1')
    }
    const rest = file.length - 31
    expect(changed(20, ...u32(rest + 1))).toBe(`an archive without the ${rest + 1} bytes of "a"`)
    expect(changed(20, ...u32(rest))).toBe(`an archive in which "a" claims 5 bytes and holds ${rest}`)
    expect(changed(42, ...u32(file.length - 29))).toBe('an archive without the 5 bytes of "a"')
    expect(changed(42, ...u32(1))).toBe('an archive without the 5 bytes of "a"')
    for (const at of [20, 24, 42]) expect(changed(at, 255, 255, 255, 255)).toBe('an archive in which "a" has 4 GiB or more')
    expect(changed(24, 254, 255, 255, 255)).toBe('an archive in which "a" claims 4294967294 bytes and holds 5')
    expect(changed(8, 2)).toBe('none')
    expect(changed(8, 3)).toBe('an archive in which "a" is encrypted')
    expect(changed(10, 9)).toBe('an archive in which "a" is compressed by method 9, not by deflate')
    expect(changed(16, 0)).toBe('an archive in which "a" has the wrong checksum')
  })

  test('deflated entries of many pieces', () => {
    const noise = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255)
    const made = zipSync({ 'x.npy': noise, empty: new Uint8Array(0) })
    expect([...unzip('r', 'f', made, () => true)]).toEqual([
      ['x.npy', noise],
      ['empty', new Uint8Array(0)],
    ])
  })
})

test('a checksum of pieces is that of the whole; the definition is polynomial division', () => {
  const slowly = (content: Uint8Array): number => {
    let remainder = 0xffffffff
    for (const byte of content)
      for (let bit = 0; bit < 8; bit++) {
        const odd = (remainder ^ (byte >> bit)) & 1
        remainder = (remainder >>> 1) ^ (odd ? 0xedb88320 : 0)
      }
    return ~remainder >>> 0
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (content, cut) => {
      expect(crc32(content)).toBe(slowly(content))
      expect(crc32(content.subarray(cut), crc32(content.subarray(0, cut)))).toBe(crc32(content))
    }),
    { seed: 1 },
  )
})

test('pieces are joined in order, up to the limit', () => {
  const pieces = new OutputPieces(4, () => new Error('too much'))
  for (const piece of [[1], [], [2, 3], [4]]) pieces.push(Uint8Array.from(piece))
  expect([pieces.length, pieces.joined()]).toEqual([4, Uint8Array.of(1, 2, 3, 4)])
  expect(() => pieces.push(Uint8Array.of(5))).toThrow('too much')
})

test('formatNpz compresses unless told not to; parseNpz reads .npy entries only', () => {
  const arrays = { x: { dtype: 'uint8', shape: [1000], data: new Uint8Array(1000) } } as const
  expect(formatNpz(arrays).length).toBeLessThan(400)
  expect(formatNpz(arrays, {})).toEqual(formatNpz(arrays, { compressed: true }))
  expect(formatNpz(arrays, { compressed: false }).length).toBeGreaterThan(1000)
  expect(parseNpz(archive([{ name: 'a.npy.txt', content: 'x' }]))).toEqual({})
  expect(refusal(() => parseNpz(archive([{ name: 'a.npy', content: 'x' }])))).toMatch('parseNpy: the archive: a.npy: expected a .npy file')
})

describe('TU archives', () => {
  const tiny = '1\n1 7\n0 0\n'
  const folds = (folder: string): Entry[] =>
    Array.from({ length: 10 }, (_, i) =>
      ['train', 'test'].map((part) => ({
        name: `${folder}10fold_idx/${part}_idx-${i + 1}.txt`,
        content: part === 'test' && i === 3 ? '\n0\n\n' : '',
      })),
    ).flat()
  const wrong = (name: string): Entry => ({ name, content: 'x', damage: true })

  test('only texts of the wanted set are unpacked', () => {
    const set = { name: 'deep/OWN/OWN.txt', content: tiny }
    const others = ['__MACOSX/OWN/OWN.txt', 'OWN/OWN.txt.png', 'OTHER/OTHER.txt', 'OTHER_A.txt', 'XOWN_A.txt', 'XOWN/XOWN.txt'].map(wrong)
    expect(parseTu(archive([...others, set]), { name: 'OWN' }).classes).toEqual(['7'])
    expect(refusal(() => parseTu(archive([set, wrong('OWN_B.txt')]), { name: 'OWN' }))).toMatch('"OWN_B.txt" has the wrong checksum')
    expect(refusal(() => parseTu(archive([set, wrong('b.txt')])))).toMatch(
      'parseTu: the archive: expected a complete zip archive, received an archive in which "b.txt" has',
    )
  })

  test('folds are those in the folder of the set', () => {
    const set = parseTu(archive([{ name: 'a/OWN/OWN.txt', content: tiny }, ...folds('a/OWN/')]))
    expect([set.name, set.folds.length, set.folds[3], set.folds[4]]).toEqual([
      ...['OWN', 10],
      { train: new Uint32Array(0), test: Uint32Array.of(0) },
      { train: new Uint32Array(0), test: new Uint32Array(0) },
    ])
    expect(parseTu(archive([{ name: 'a/OWN/OWN.txt', content: tiny }, ...folds('a/')])).folds).toEqual([])
  })

  test.each<[string, string[], string | undefined, string]>([
    [
      'no set',
      ['OWN.txt', 'a/b.txt', 'x_a.txt'],
      undefined,
      'one set, NAME/NAME.txt or NAME_A.txt, received an archive without such a file.',
    ],
    ['another set', ['a/OWN_A.txt'], 'own', 'the set own/own.txt or own_A.txt, received a/OWN_A.txt.'],
    ['two forms of one set', ['OWN/OWN.txt', 'OWN_A.txt'], 'OWN', 'the set OWN/OWN.txt or OWN_A.txt, received OWN/OWN.txt, OWN_A.txt.'],
    [
      'two sets',
      ['B_A.txt', 'OWN/OWN.txt'],
      undefined,
      'one set, NAME/NAME.txt or NAME_A.txt, received B_A.txt, OWN/OWN.txt. Choose one with the option name.',
    ],
  ])('%s', (_, names, name, message) => {
    const file = archive(names.map((entry) => ({ name: entry, content: tiny })))
    expect(refusal(() => parseTu(file, name === undefined ? {} : { name }))).toBe(`parseTu: the archive: expected ${message}`)
  })

  test('a fold names a graph of the set, once', () => {
    const lines = (content: string): string => {
      const all = folds('OWN/').map((entry, i) => (i === 0 ? { ...entry, content } : entry))
      return refusal(() => parseTu(archive([{ name: 'OWN/OWN.txt', content: tiny }, ...all])))
    }
    const path = 'parseTu: the archive: OWN/10fold_idx/train_idx-1.txt, line'
    for (const wrongLine of ['-1', '1', '0 0', 'x']) expect(lines(`\n${wrongLine}\n`)).toMatch(`${path} 2: expected`)
    expect(lines('0\n0\n')).toBe(
      `${path} 2: expected every graph at most once in a fold, received graph 0, which is in train_idx-1.txt already.`,
    )
    expect(lines('0\n')).toBe('none')
    const torn = archive([{ name: 'OWN/OWN.txt', content: tiny }, ...folds('OWN/').slice(0, -1)])
    expect(refusal(() => parseTu(torn))).toBe(
      'parseTu: the archive: expected the fold OWN/10fold_idx/test_idx-10.txt, received an archive with other folds but not this one.',
    )
  })

  test('tables of hundreds of lines', () => {
    const count = 150
    const rows = (value: (i: number) => unknown): string => Array.from({ length: count }, (_, i) => `${value(i)}\n`).join('')
    const set = parseTu(
      archive([
        { name: 'BIG_A.txt', content: rows((i) => `${((i * 7) % count) + 1}, ${((i * 11) % count) + 1}`) },
        { name: 'BIG_graph_indicator.txt', content: rows(() => 1) },
        { name: 'BIG_graph_labels.txt', content: '5\n' },
        { name: 'BIG_edge_labels.txt', content: rows((i) => i) },
        { name: 'BIG_edge_attributes.txt', content: rows((i) => `${i}, -${i}.5`) },
      ]),
    )
    const [{ edges, nodes }] = set.graphs as [(typeof set.graphs)[number]]
    const listed = Array.from({ length: count }, (_, i) => [(i * 7) % count, (i * 11) % count, i] as const)
    const sorted = listed.sort(([, a, i], [, b, k]) => a - b || i - k)
    expect([...edges.features!]).toEqual(sorted.flatMap(([, , i]) => [i, -i - 0.5]))
    expect([nodes, [...edges.sources], [...edges.targets], [...edges.tags!]]).toEqual([
      count,
      ...[0, 1, 2].map((k) => sorted.map((row) => row[k])),
    ])
  })

  test('tables are checked whole', () => {
    const tables = { A: '1, 2\n', graph_indicator: '1\n1\n', graph_labels: '1\n' }
    const read = (more: Readonly<Record<string, string>>): string => {
      const entries = Object.entries({ ...tables, ...more }).map(([table, content]) => ({ name: `T_${table}.txt`, content }))
      return refusal(() => parseTu(archive(entries))).replace('parseTu: the archive: ', '')
    }
    expect(read({})).toBe('none')
    expect(read({ node_attributes: '1\n' })).toBe('T_node_attributes.txt: expected 2 lines, one for each node, received 1.')
    expect(read({ node_attributes: '\n1\n\n2\n\n' })).toBe('none')
    expect(read({ edge_attributes: '1\n2\n' })).toBe('T_edge_attributes.txt: expected 1 lines, one for each edge, received 2.')
    expect(read({ node_labels: '\n1\n\n2\n' })).toBe('none')
    expect(read({ graph_attributes: '1\n2\n' })).toBe('T_graph_attributes.txt: expected 1 lines, one for each graph, received 2.')
    expect(read({ graph_indicator: '1\n2\n' })).toBe(
      'T_graph_indicator.txt, line 2: expected a graph from 1 to 1, in ascending order, received "2".',
    )
    expect(read({ A: '1, 3\n' })).toBe('T_A.txt, line 1: expected an edge between nodes from 1 to 2, received "1, 3".')
    expect(read({ A: '0, 1\n' })).toBe('T_A.txt, line 1: expected an edge between nodes from 1 to 2, received "0, 1".')
    expect(read({ A: '1\n' })).toBe('T_A.txt, line 1: expected 2 integers, received "1".')
    expect(read({ node_attributes: '1, 2\n1\n' })).toBe(
      'T_node_attributes.txt, line 2: expected 2 numbers, as in the first line, received 1.',
    )
    expect(read({ node_attributes: '1\nNaN\n' })).toBe(
      'T_node_attributes.txt, line 2: expected numbers separated by commas, received "NaN".',
    )
  })
})
