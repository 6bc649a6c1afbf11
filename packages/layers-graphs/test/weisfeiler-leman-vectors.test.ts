import { expect, test } from 'vitest'
import { type TaggedGraph, type WeisfeilerLemanOptions, weisfeilerLeman } from '../src/index.ts'

/** A directed graph without symmetries, with a loop and a double edge. */
const plain: TaggedGraph = { nodes: 4, edges: { sources: [0, 1, 1, 2, 3, 0], targets: [1, 0, 2, 3, 3, 1] } }
const tagged: TaggedGraph = { ...plain, edges: { ...plain.edges, tags: [1, 0, 2, -1, 3, 1] }, tags: [5, 0, -2, 0] }

/**
 * Test vectors: the certificate, which depends on every colour, and the colour of the first item. Users may have stored certificates, so a change of the hash
 * must not pass unnoticed. What the hash must be good for is tested in `weisfeiler-leman.test.ts`.
 */
test.each<[WeisfeilerLemanOptions, TaggedGraph, string, bigint]>([
  [{ k: 1 }, plain, '01c5508e25db8333baa4da44b6b3a564', 0xf4a163e2a3a205fdn],
  [{ k: 1 }, tagged, '8719c8513e7afd56b2a8e473b55ed8e3', 0x3b2090fb83ec09fbn],
  [{ k: 2 }, plain, 'f14712d0bd44cb7e58c099d97cc0fb0d', 0x6535480cef63e34fn],
  [{ k: 2 }, tagged, 'cf29c19684278755f5a2ee8fa7bbbb77', 0xae7446583c326e27n],
  [{ k: 3 }, plain, '98625af1647c5d8a77fd2acdc31fec61', 0x364aeb1714ce0ed6n],
  [{ k: 3 }, tagged, 'ec8ba0bef7b92f196bb11ed69dc10f3a', 0x182cb24680ede050n],
  [{ k: 2, folklore: true }, plain, '8a97fc52ebc2ec0bdaa4abbcf88b27c0', 0xb2ca4661184d28b7n],
  [{ k: 2, folklore: true }, tagged, 'c9883eafa553a5ce28442f5bbd0dc8f4', 0xf15f00867c6a694bn],
  [{ k: 3, folklore: true }, plain, '26a12aefb635babe1443e510ff507173', 0x6ef0e49fc2ea86e3n],
  [{ k: 3, folklore: true }, tagged, '82d0f54631d94f5ebf534b3b645bc3a7', 0x1d5956dcf3274bb3n],
])('%j', (options, graph, certificate, first) => {
  const result = weisfeilerLeman(graph, options)
  expect([result.certificate, result.colours[0]]).toEqual([certificate, first])
})

test('a certificate of an empty graph, and of one without edges', () => {
  const empty = weisfeilerLeman({ nodes: 0, edges: { sources: [], targets: [] } })
  expect(empty).toEqual({ certificate: expect.stringMatching(/^[0-9a-f]{32}$/), rounds: 0, classes: 0, colours: new BigUint64Array(0) })
})
