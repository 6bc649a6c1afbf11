import { onnxNodes, writeOnnx } from '@equivar/export-onnx'
import * as t from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import * as runtime from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { channelBlock } from '../../src/channel-block.ts'
import { blockedConvolution } from '../../src/operators/convolution.ts'
import { blockedAveragePool, blockedMaxPool, blockedUpsample } from '../../src/operators/pooling.ts'
import { reorderInput, reorderOutput, reorderOutputLast } from '../../src/operators/reorder.ts'
import { blockedScaling } from '../../src/operators/scaling.ts'
import { blockedWeight } from '../../src/passes/blocked-weights.ts'
import type { Runtime } from '../../src/runtime.ts'

const random = new Random({ seed: 1, stream: 'blocked' })

function feedsOf(p: t.Program, sizes: Readonly<Record<string, number>>): Record<string, t.TensorValue> {
  return Object.fromEntries(
    p.inputs.map(({ name, tensor }) => {
      const shape = tensor.shape.map((d) => (typeof d === 'number' ? d : (sizes[d.key] as number)))
      const data = Float32Array.from({ length: t.elementCount(shape) }, () => random.normal())
      return [name, t.tensorValue('float32', shape, data)]
    }),
  )
}

const window = (kernel: number[], strides: number[], pads: number[], dilations: number[] = [1, 1]): t.WindowAttributes => ({
  kernel,
  strides,
  pads,
  dilations,
})

/** Each operator between reorders, and what it is in the plain order. */
function cases(block: number): Record<string, readonly [inputs: readonly t.Input[], blocked: t.Tensor, plain: t.Tensor]> {
  const x = t.input('x', 'float32', ['n', 20, 5, 7])
  const inBlocks = reorderInput(x, block)
  const outOf = (y: t.Tensor, channels = 20): t.Tensor => reorderOutput(y, channels, block)
  const [w, b] = [t.input('w', 'float32', [12, 20, 3, 2]), t.input('b', 'float32', [12])]
  const [few, v] = [t.input('few', 'float32', ['n', 3, 5, 7]), t.input('v', 'float32', [12, 3, 3, 2])]
  const padded = Math.ceil(12 / block) * block
  const bias = t.pad(b, [0, padded - 12])
  const slid = window([3, 2], [2, 1], [1, 0, 2, 3], [1, 2])
  const options = { strides: [2, 1], pads: [1, 0, 2, 3], dilations: [1, 2], bias: b }
  const plainTerm = t.expand(t.reshape(b, [1, 12, 1, 1]), t.conv(x, w, options).shape)
  const term = reorderInput(plainTerm, block)
  const convolution = (signal: t.Tensor, weight: t.Tensor, activation: 'Relu' | 'none'): t.Tensor =>
    outOf(blockedConvolution(signal, blockedWeight(weight, block, false), bias, { ...slid, block, activation }), 12)
  const [factor, shift] = [t.input('factor', 'float32', [20]), t.input('shift', 'float32', [20])]
  const row = (v: t.Tensor): t.Tensor => t.reshape(v, [20, 1, 1])
  const lanes = (v: t.Tensor): t.Tensor => t.pad(v, [0, Math.ceil(20 / block) * block - 20])
  const scaled = (y: t.Tensor, activation: 'Relu' | 'none', term?: t.Tensor): t.Tensor =>
    outOf(blockedScaling(y, { factor: lanes(factor), shift: lanes(shift), term }, { block, activation }))
  const pooled = window([3, 2], [1, 2], [1, 0, 1, 1])
  const pooling = { kernel: [3, 2], strides: [1, 2], pads: [1, 0, 1, 1] }
  const copies = t.reshape(t.tile(t.reshape(x, ['n', 20, 5, 1, 7, 1]), [1, 1, 1, 2, 1, 3]), [t.symbol('n'), 20, 10, 21])
  return {
    'reorders undo each other': [[x], outOf(inBlocks), x],
    'channels last': [[x], reorderOutputLast(inBlocks, 18, block), t.transpose(t.slice(x, { axis: 1, end: 18 }), [0, 2, 3, 1])],
    convolution: [[x, w, b], convolution(inBlocks, w, 'none'), t.conv(x, w, options)],
    'convolution and relu': [[x, w, b], convolution(inBlocks, w, 'Relu'), t.relu(t.conv(x, w, options))],
    'convolution, a term and relu': [
      [x, w, b],
      outOf(blockedConvolution(inBlocks, blockedWeight(w, block, false), bias, { ...slid, block, activation: 'Relu' }, term), 12),
      t.relu(t.add(t.conv(x, w, options), t.reshape(b, [12, 1, 1]))),
    ],
    'convolution of fewer channels than a block': [[few, v, b], convolution(few, v, 'none'), t.conv(few, v, options)],
    scaling: [[x, factor, shift], scaled(inBlocks, 'none'), t.add(t.mul(x, row(factor)), row(shift))],
    'scaling, a term and relu': [
      [x, factor, shift],
      scaled(inBlocks, 'Relu', reorderInput(t.mul(x, x), block)),
      t.relu(t.add(t.add(t.mul(x, row(factor)), row(shift)), t.mul(x, x))),
    ],
    'the largest of windows': [[x], outOf(blockedMaxPool(inBlocks, pooled, block)), t.maxPool(x, pooling)],
    'means of windows': [[x], outOf(blockedAveragePool(inBlocks, pooled, block)), t.averagePool(x, pooling)],
    'pixels many times': [[x], outOf(blockedUpsample(inBlocks, [2, 3], block)), copies],
  }
}

const names = Object.keys(cases(8))

describe.each([4, 8, 16])('blocks of %i channels, by their references', (block) => {
  test.each(names)('%s', (name) => {
    const [inputs, blocked, plain] = cases(block)[name] as ReturnType<typeof cases>[string]
    const p = t.program({ inputs, outputs: { blocked, plain: t.add(plain, 0) } })
    for (const n of [0, 1, 3]) {
      const y = t.evaluate(p, feedsOf(p, { n }))
      expect(y.blocked?.shape).toEqual(y.plain?.shape)
      y.plain?.data.forEach((value, i) => {
        expect(y.blocked?.data[i]).toBeCloseTo(value, 12)
      })
    }
  })
})

test('lanes without a channel are 0', () => {
  const x = t.input('x', 'float32', [1, 4, 1, 2])
  const { y } = t.evaluate(t.program({ inputs: [x], outputs: { y: reorderInput(x, 8) } }), {
    x: t.tensorValue('float32', [1, 4, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
  })
  expect([...(y?.data ?? [])]).toEqual([1, 3, 5, 7, 0, 0, 0, 0, 2, 4, 6, 8, 0, 0, 0, 0])
})

describe('on ONNX Runtime, as by the reference', async () => {
  const block = await channelBlock(runtime as Runtime)
  test.skipIf(block === undefined).each(names)('%s', async (name) => {
    const [inputs, blocked] = cases(block as number)[name] as ReturnType<typeof cases>[string]
    const p = t.program({ inputs, outputs: { y: blocked } })
    const { bytes } = writeOnnx(p, { optimized: true })
    expect(onnxNodes(bytes, 'test').some(({ operator }) => operator.startsWith('com.microsoft.nchwc.'))).toBe(true)
    const session = await runtime.InferenceSession.create(bytes, { intraOpNumThreads: 1 })
    for (const n of [0, 1, 3]) {
      const feeds = feedsOf(p, { n })
      const given = Object.entries(feeds).map(([key, { data, shape }]) => [key, new runtime.Tensor('float32', data as Float32Array, shape)])
      const { y } = await session.run(Object.fromEntries(given))
      const expected = t.evaluate(p, feeds).y
      expect(y?.dims).toEqual(expected?.shape)
      const got = y?.data as Float32Array
      expected?.data.forEach((value, i) => {
        expect(got[i]).toBeCloseTo(value, 4)
      })
    }
    await session.release()
  })
})

test.each<[string, () => t.Tensor, RegExp]>([
  ['channels that ReorderInput does not take', () => reorderInput(t.input('x', 'float32', [1, 6, 2, 2]), 8), /multiple of 4 channels/],
  ['a number of channels that is not known', () => reorderInput(t.input('x', 'float32', [1, 'c', 2, 2]), 8), /known number of channels/],
  [
    'a part of a block',
    () =>
      blockedConvolution(t.input('x', 'float32', [1, 12, 2, 2]), t.input('w', 'float32', [8, 12, 1, 1]), t.zeros([8]), {
        ...window([1, 1], [1, 1], [0, 0, 0, 0]),
        block: 8,
        activation: 'none',
      }),
    /channels in blocks of 8/,
  ],
  [
    'a term of another shape',
    () => {
      const x = t.input('x', 'float32', [1, 8, 2, 2])
      const attributes = { ...window([1, 1], [1, 1], [0, 0, 0, 0]), block: 8, activation: 'none' as const }
      return blockedConvolution(x, t.input('w', 'float32', [8, 8, 1, 1]), t.zeros([8]), attributes, t.zeros([1, 8, 2, 3]))
    },
    /a term \[1, 8, 2, 2\]/,
  ],
  [
    'a shift of other channels',
    () =>
      blockedScaling(t.input('x', 'float32', [1, 8, 2, 2]), { factor: t.ones([8]), shift: t.zeros([4]) }, { block: 8, activation: 'none' }),
    /a factor \[8, 1, 1, 1\], a shift \[8\]/,
  ],
])('refuses %s', (_, make, message) => {
  expect(make).toThrow(message)
})
