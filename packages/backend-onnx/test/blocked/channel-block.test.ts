import * as runtime from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { channelBlock } from '../../src/channel-block.ts'
import type { Runtime } from '../../src/runtime.ts'

/** A runtime whose ReorderInput makes that many channels of 4, and how many sessions it opened. */
function fake(channels: number | undefined): { readonly runtime: Runtime; readonly opened: () => number } {
  let opened = 0
  const session = { run: async () => ({ y: { dims: [1, channels, 1, 1] } }), release: async () => {} }
  const create = async (): Promise<unknown> => {
    opened++
    if (channels === undefined) throw new Error('ReorderInput(1) is not a registered function/op')
    return session
  }
  class Tensor {}
  return { runtime: { env: {}, InferenceSession: { create }, Tensor: Tensor as never }, opened: () => opened }
}

test.each([
  [8, 8],
  [16, 16],
  [4, undefined],
  [undefined, undefined],
])('a runtime that makes %s channels of 4 has blocks of %s', async (channels, block) => {
  const { runtime: one, opened } = fake(channels)
  expect(await channelBlock(one)).toBe(block)
  expect(await channelBlock(one)).toBe(block)
  expect(opened()).toBe(1)
})

test('WebAssembly has none, and is not asked', async () => {
  const { runtime: one, opened } = fake(8)
  expect(await channelBlock({ ...one, env: { versions: { web: '1.30.0' } } })).toBeUndefined()
  expect(opened()).toBe(0)
})

test('the one that is installed has blocks, or none', async () => {
  expect([undefined, 8, 16]).toContain(await channelBlock(runtime as Runtime))
})
