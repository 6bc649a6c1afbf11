import { DomainError, NotationError, Permutation, parseGroup } from '@equivar/groups'
import { DimensionError, dimensionValue, symbolsOf } from '@equivar/tensor'
import { parseDimension } from '../../../packages/export-onnx/src/import/dimension-text.ts'
import { latin1, type Target, text } from '../target.ts'

const nested = (open: string, inner: string, close: string, depth: number): Uint8Array =>
  text(open.repeat(depth) + inner + close.repeat(depth))

export const wordTargets: readonly Target[] = [
  {
    name: 'group',
    read: (bytes) => String(parseGroup(latin1(bytes)).degree),
    errors: [NotationError, DomainError],
    forms: [
      {
        kind: 'text',
        seeds: ['S5', 'C4 wr S5', 'S3 x C4', '(1 2 3)(4 5), (1 2)', 'D4 on 2-subsets', 'T(3,4)', 'A6', 'B3 on itself'].map((one) =>
          text(one),
        ),
        words: [
          'S',
          'C',
          'D',
          'A',
          'T',
          'B',
          'wr',
          'x',
          'on',
          'itself',
          'PSL(2,7)',
          'AGL(1,5)',
          'M11',
          'Rubik',
          '(1 2)',
          ',',
          'pairs',
          '2-tuples',
          '3-subsets',
        ],
      },
    ],
    corpus: {
      'parentheses in parentheses': nested('(', 'S3', ')', 4000),
      'a symmetric group of a million points': text('S1000000'),
      'a torus of a million points': text('T(1000,1000)'),
      'wreath products of wreath products': text('C2 wr S32 wr S32 wr S3'),
      'eight large factors': text(Array(8).fill('S1000000').join(' x ')),
    },
  },
  {
    name: 'permutation',
    read: (bytes) => Permutation.parse(12, latin1(bytes)).toString(),
    errors: [NotationError, DomainError],
    forms: [{ kind: 'text', seeds: [text('(0 1)(2 3)'), text('(0 1 2 3 4 5 6 7 8 9 10 11)'), text('()')] }],
    corpus: { 'open brackets': text('('.repeat(50_000)) },
  },
  {
    name: 'dimension',
    read: (bytes) => {
      const dimension = parseDimension(latin1(bytes))
      return dimensionValue(dimension, new Map([...symbolsOf(dimension)].map((name) => [name, 3])))
    },
    errors: [DimensionError],
    forms: [
      {
        kind: 'text',
        seeds: ['n', '2*n+1', 'n*m-3', 'floor((n+1)/2)', 'floor((floor((2*n-1)/3)+m)/2)*n', '-n+4'].map((one) => text(one)),
        words: ['n', 'm', 'floor(('],
      },
    ],
    corpus: {
      'nested floors': nested('floor((', 'n', ')/2)', 3000),
      'a product of floors': text(Array.from({ length: 12 }, (_, i) => `floor((2*n+a${i})/2)`).join('*')),
    },
  },
]
