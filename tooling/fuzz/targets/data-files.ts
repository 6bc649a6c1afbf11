import { gzipSync } from 'node:zlib'
import {
  FormatError,
  formatGraph6,
  formatNpy,
  formatNpz,
  parseGraph6,
  parseIdx,
  parseNpy,
  parseNpzWithTexts,
  parseOff,
  parsePlanetoid,
  parseTu,
  parseTuText,
  parseXyz,
} from '@equivar/datasets'
import { tensorValue } from '@equivar/tensor'
import { type Target, text } from '../target.ts'
import { zipOf } from '../zip.ts'

const errors = [FormatError]
const array = tensorValue('float32', [2, 3], [0, 1, 2, 3, 4, 5])
const integers = tensorValue('int64', [4], [1, 2, 3, 4])
const npy = formatNpy(array)

/** A .npy of that header, whatever it says, and some numbers. */
function withHeader(header: Uint8Array): Uint8Array {
  const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, (header.length >> 8) & 255)
  return Buffer.concat([start, header, new Uint8Array(24)])
}

const npyHeaders = [
  text("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n"),
  text("{'descr': '>i8', 'fortran_order': True, 'shape': (3,), }\n"),
]
const npyWords = ["'descr'", "'<f8'", "'|b1'", "'<U9999999'", "'|O'", 'True', 'False', "'shape'"]

const npyTarget: Target = {
  name: 'npy',
  read: (bytes) => parseNpy(bytes),
  errors,
  forms: [
    { kind: 'bytes', seeds: [npy, formatNpy(integers)] },
    { kind: 'text', seeds: npyHeaders, wrap: withHeader, words: npyWords },
  ],
  corpus: { 'a shape of petabytes': withHeader(text("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 1024), }\n")) },
}

const npzTarget: Target = {
  name: 'npz',
  read: (bytes) => parseNpzWithTexts(bytes),
  errors,
  forms: [
    {
      kind: 'bytes',
      seeds: [
        formatNpz({ x: array, y: integers }),
        formatNpz({ x: array }, { compressed: false }),
        zipOf({ 'x.npy': npy }, { compressed: true }),
      ],
    },
    { kind: 'bytes', seeds: [npy], wrap: (mutant) => zipOf({ 'x.npy': mutant, 'y.npy': npy }, { compressed: true }) },
    { kind: 'text', seeds: npyHeaders, wrap: (header) => zipOf({ 'x.npy': withHeader(header) }), words: npyWords },
  ],
}

const zipTarget: Target = {
  name: 'zip-of-tu',
  read: (bytes) => parseTu(bytes),
  errors,
  forms: [
    {
      kind: 'bytes',
      seeds: [
        zipOf({ 'TOY/TOY.txt': text('1', '2 0', '0 1 1', '0 1 0', '') }),
        zipOf({
          'TOY/TOY_A.txt': text('1, 2', '2, 1'),
          'TOY/TOY_graph_indicator.txt': text('1', '1'),
          'TOY/TOY_graph_labels.txt': text('3'),
        }),
      ],
    },
    {
      kind: 'text',
      seeds: [text('2', '2 0', '0 1 1', '1 1 0', '1 1', '0 0', '')],
      wrap: (mutant) => zipOf({ 'TOY/TOY.txt': mutant }, { compressed: true }),
    },
  ],
}

const textTargets: Target[] = [
  {
    name: 'tu',
    read: (bytes) => parseTuText(bytes, 'TOY'),
    errors,
    forms: [{ kind: 'text', seeds: [text('2', '3 0', '0 2 1 2', '1 1 0', '0 1 0', '2 -1', '5 1 1', '7 1 0', '')] }],
    corpus: { 'a set of many labels': text('20000', ...Array.from({ length: 20_000 }, (_, i) => `1 ${i}\n0 0`), '') },
  },
  {
    name: 'graph6',
    read: (bytes) => parseGraph6(bytes).map(({ nodes }) => nodes),
    errors,
    forms: [
      {
        kind: 'bytes',
        seeds: [
          text('>>graph6<<Bw', 'C~', 'DQc', ''),
          formatGraph6([{ nodes: 5, edges: { sources: Int32Array.of(0, 1), targets: Int32Array.of(1, 0) } } as never]),
          Buffer.concat([text('~?@?'), text('?'.repeat(336), '')]),
        ],
      },
    ],
    corpus: { 'a graph of 2^36 nodes': text('~~~~~~~~') },
  },
  {
    name: 'xyz',
    read: (bytes) => parseXyz(bytes),
    errors,
    forms: [
      {
        kind: 'text',
        seeds: [
          text('2', 'energy=-40. shift=.5 charge=+1', 'H 0 0 0', 'H 0 0 0.74', ''),
          text('2', 'Properties=species:S:1:pos:R:3:forces:R:3 Lattice="5 0 0 0 5 0 0 0 5"', 'H 0 0 0 1 2 3', 'O 0 0 1.9951*^-6 1 2 3', ''),
        ],
        words: ['Properties=species:S:1:magmom:R:1:pos:R:3', 'H', 'Cl', 'Xx', 'energy', 'Lattice', 'S', 'R', 'I', 'L'],
      },
      { kind: 'text', seeds: [text('1', 'a=1', 'H 0 0 0', '')], wrap: (mutant) => gzipSync(mutant) },
      { kind: 'bytes', seeds: [gzipSync(text('1', '', 'H 0 0 0', ''))] },
    ],
    corpus: {
      'a count of 1e15': text('1e15', ''),
      'a gzip that claims 4 GB': Uint8Array.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 255, 255, 255, 255]),
    },
  },
  {
    name: 'off',
    read: (bytes) => parseOff(bytes),
    errors,
    forms: [
      {
        kind: 'text',
        seeds: [
          text('OFF', '3 1 0', '0 0 0', '1 0 0', '0 1 0', '3 0 1 2', ''),
          text('NCOFF', '# a comment', '1 0 0', '0 0 0 0 0 1 1 1 1 1'),
        ],
      },
    ],
  },
]

const idx = (type: number, sizes: readonly number[], data: Uint8Array): Uint8Array =>
  Buffer.concat([
    Uint8Array.of(0, 0, type, sizes.length),
    ...sizes.map((size) => Uint8Array.of(size >>> 24, size >>> 16, size >>> 8, size)),
    data,
  ])

const idxTarget: Target = {
  name: 'idx',
  read: (bytes) => parseIdx(bytes),
  errors,
  forms: [
    { kind: 'bytes', seeds: [idx(8, [2, 3], new Uint8Array(6)), idx(13, [2], new Uint8Array(8)), idx(14, [1, 1, 2], new Uint8Array(16))] },
    { kind: 'bytes', seeds: [idx(8, [2, 3], new Uint8Array(6))], wrap: (mutant) => gzipSync(mutant) },
  ],
  corpus: {
    'a billion by a billion': idx(8, [2 ** 30, 2 ** 30], new Uint8Array(2)),
    'more than all numbers, times zero': idx(8, [...Array(40).fill(2 ** 31), 0], new Uint8Array(2)),
  },
}

const split = text('{"nodes":3,"features":2,"classes":2,"train":[0],"val":[1],"test":[2]}')
const planetoidTarget: Target = {
  name: 'planetoid',
  read: (bytes) => {
    const [nodes = '', edges = '', last = ''] = Buffer.from(bytes).toString('latin1').split('\u0001')
    return parsePlanetoid({ nodes: text(nodes), edges: text(edges), split: text(last) })
  },
  errors,
  forms: [
    {
      kind: 'text',
      seeds: [text(`0 0 1\n1 1\n-1\n\u00010 1\n1 2\n\u0001${Buffer.from(split)}`)],
      words: ['nodes', 'features', 'classes', 'train', 'val', 'test'],
    },
  ],
  corpus: { 'counts without data': text('\u0001\u0001{"nodes":1000000000,"features":1000000,"classes":2,"train":[],"val":[],"test":[]}') },
}

export const dataTargets: readonly Target[] = [npyTarget, npzTarget, zipTarget, ...textTargets, idxTarget, planetoidTarget]
