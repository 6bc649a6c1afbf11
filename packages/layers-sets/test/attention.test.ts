import { initialize, parametersOf } from '@equivar/nn'
import { evaluate, input, program, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { MultiheadAttentionBlock, SetAttentionBlock, SetTransformer } from '../src/index.ts'

describe('heads that do not divide the channels are rejected', () => {
  test('by a block', () => {
    expect(() => new SetAttentionBlock({ inChannels: 4, channels: 6, heads: 4 })).toThrow(
      'MultiheadAttentionBlock: expected channels a multiple of heads, received 6 channels and 4 heads.',
    )
  })
  test('by a model', () => {
    expect(() => new SetTransformer({ inChannels: 4, outputs: 2, channels: 6, heads: 0 })).toThrow(
      'MultiheadAttentionBlock: expected channels a multiple of heads, received 6 channels and 0 heads.',
    )
  })
})

test('attention to other elements: equivariant to the order of the queries, invariant to the order of the keys', () => {
  const block = new MultiheadAttentionBlock({ inChannels: 3, channels: 4, heads: 2, queryChannels: 2, layerNorm: true })
  const [queries, keys] = [input('queries', 'float32', [1, 3, 2]), input('keys', 'float32', [1, 4, 3])]
  const parameters = Object.fromEntries(parametersOf(block))
  const p = program({ inputs: { queries, keys, ...parameters }, outputs: { y: block.forward(queries, keys) } })
  const rows = (count: number, channels: number, order: readonly number[]): TensorValue =>
    tensorValue(
      'float32',
      [1, count, channels],
      order.flatMap((row) => Array.from({ length: channels }, (_, c) => Math.sin(3 * row + c))),
    )
  const y = (queryOrder: readonly number[], keyOrder: readonly number[]): number[] => [
    ...(evaluate(p, { ...initialize(block, 1), queries: rows(3, 2, queryOrder), keys: rows(4, 3, keyOrder) }).y?.data ?? []),
  ]
  const expected = y([0, 1, 2], [0, 1, 2, 3])
  for (const [i, value] of y([0, 1, 2], [3, 1, 0, 2]).entries()) expect(value).toBeCloseTo(expected[i] as number, 12)
  const turned = [...expected.slice(8), ...expected.slice(0, 8)]
  for (const [i, value] of y([2, 0, 1], [0, 1, 2, 3]).entries()) expect(value).toBeCloseTo(turned[i] as number, 12)
})
