import { describe, expect, test } from 'vitest'
import { SetAttentionBlock, SetTransformer } from '../src/index.ts'

describe('heads that do not divide the channels are rejected', () => {
  test('by a block', () => {
    expect(() => new SetAttentionBlock({ inChannels: 4, channels: 6, heads: 4 })).toThrow(
      'expected channels a multiple of heads, received 6 channels and 4 heads',
    )
  })
  test('by a model', () => {
    expect(() => new SetTransformer({ inChannels: 4, outputs: 2, channels: 6, heads: 0 })).toThrow('received 6 channels and 0 heads')
  })
})
