import { moveAxis, type Tensor } from '@equivar/tensor'
import { describe, test } from 'vitest'
import { as, expectGolden, haveGoldenCases, type Raw, type Reading } from '../../nn/test/golden.ts'
import { EquivariantGraphLinear, PpgnBlock, type SetPartition } from '../src/index.ts'

/**
 * The published order of the maps: for each, its partition of input and output axes, input axes first. 2 to 2 is in the order of the paper's code: with
 * rows a and columns b of the input, i and j of the output, [[a, b, i, j]] maps the diagonal to the diagonal.
 */
const PUBLISHED: Record<string, string[]> = {
  '1-1': ['ai', 'a|i'],
  '2-1': ['abi', 'ab|i', 'ai|b', 'bi|a', 'a|b|i'],
  '1-2': ['aij', 'a|ij', 'aj|i', 'ai|j', 'a|i|j'],
  '2-2': [
    'abij',
    'ab|ij',
    'aij|b',
    'bij|a',
    'a|b|ij',
    'bi|a|j',
    'ai|b|j',
    'bj|a|i',
    'aj|b|i',
    'ai|bj',
    'aj|bi',
    'abi|j',
    'abj|i',
    'ab|i|j',
    'a|b|i|j',
  ],
}

/** A term in the notation of `PUBLISHED`: blocks that are both read and written, and those only read or only written. */
function nameOf(k: number, read: SetPartition, kept: readonly number[], write: SetPartition, placed: readonly number[]): string {
  const letters = (block: readonly number[], side: string): string => block.map((axis) => side[axis]).join('')
  const [inputs, outputs] = [k === 1 ? 'a' : 'ab', 'ij']
  const joined = kept.map((block, i) => letters(read[block] as number[], inputs) + letters(write[placed[i] as number] as number[], outputs))
  const onlyRead = read.filter((_, block) => !kept.includes(block)).map((block) => letters(block, inputs))
  const onlyWritten = write.filter((_, block) => !placed.includes(block)).map((block) => letters(block, outputs))
  return [...joined, ...onlyRead, ...onlyWritten].sort().join('|')
}

describe.skipIf(!haveGoldenCases)('golden cases (skipped without the folder of cases)', () => {
  test.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
  ])('IGN layer %i to %i', async (k, l) => {
    const layer = new EquivariantGraphLinear({ inputOrder: k, outputOrder: l, inChannels: 3, outChannels: 2 })
    const order = (PUBLISHED[`${k}-${l}`] as string[]).map((name) => name.split('|').sort().join('|'))
    const level =
      (j: number): Reading =>
      (raw) => {
        const { shape, data } = raw('param:coeffs')
        const maps = shape[2] as number
        const { rows, columns } = layer.tuples.basis[j] as (typeof layer.tuples.basis)[number]
        const weights = rows.flatMap(({ contraction }) =>
          [0, 1, 2].flatMap((a) =>
            columns.flatMap(({ placement }) =>
              [0, 1].map((b) => {
                const map = order.indexOf(nameOf(k, contraction.partition, contraction.kept, placement.partition, placement.placed))
                return data[(a * 2 + b) * maps + map] as number
              }),
            ),
          ),
        )
        return { shape: [rows.length * 3, columns.length * 2], data: weights }
      }
    /** The bias of the diagonal comes first (the coarsest partition); the published layer from 1 to 2 has none. */
    const bias: Reading = (raw) => {
      const all = (key: string): number[] => raw(key).data
      const data =
        l === 1 ? all('param:bias') : k === 2 ? [...all('param:diag_bias'), ...all('param:all_bias')] : [0, 0, ...all('param:bias')]
      return { shape: [data.length], data }
    }
    const parameters = Object.fromEntries([...layer.tuples.weights.map((_, j) => [`tuples.weights.${j}`, level(j)]), ['tuples.bias', bias]])
    const withoutDiagonal = k === 1 && l === 2
    await expectGolden(`graphs/ign-${k}-to-${l}`, {
      module: layer,
      forward: ({ inputs }) => moveAxis(layer.forward(moveAxis(inputs as Tensor, 1, -1)), -1, 1),
      parameters,
      ...(withoutDiagonal ? { notCompared: ['tuples.bias'] } : {}),
    })
  })

  test('PPGN block', async () => {
    const block = new PpgnBlock({ inChannels: 3, outChannels: 4 })
    const matrix =
      (key: string): Reading =>
      (raw: (key: string) => Raw) => ({ shape: raw(key).shape.slice(0, 2), data: raw(key).data })
    const linear = (ours: string, theirs: string): Record<string, Reading> => ({
      [`${ours}.weight`]: matrix(`param:${theirs}.weight`),
      [`${ours}.bias`]: as(`param:${theirs}.bias`),
    })
    await expectGolden('graphs/ppgn-block', {
      module: block,
      forward: ({ inputs }) => block.forward(inputs as Tensor),
      parameters: {
        ...Object.assign({}, ...[0, 1].flatMap((i) => [0, 1].map((d) => linear(`factors.${i}.${d}`, `mlp${i + 1}.convs.${d}`)))),
        ...linear('skip', 'skip.conv'),
      },
    })
  })
})
