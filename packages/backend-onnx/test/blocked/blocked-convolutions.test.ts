import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import * as t from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { differenceOf, judged, violation } from '../../../tensor/test/law/law.ts'
import { after, before } from '../../../tensor/test/law/pass.ts'
import { channelBlock } from '../../src/channel-block.ts'
import { onnxBackend } from '../../src/index.ts'
import { blockedConvolutions } from '../../src/passes/blocked-convolutions.ts'
import { blockedSums } from '../../src/passes/blocked-sums.ts'
import { channelsLastFromBlocks } from '../../src/passes/channels-last-from-blocks.ts'
import type { Runtime } from '../../src/runtime.ts'
import { targetOf } from '../../src/targets.ts'
import { randomNetwork } from './networks.ts'

const always = (): number => Infinity
const pass = blockedConvolutions({ block: 8, gain: always })
const x = t.input('x', 'float32', ['n', 8, 6, 6])
const w = t.input('w', 'float32', [16, 8, 3, 3])
const b = t.input('b', 'float32', [16])
const inputs = [x, w, b]
const y = t.conv(x, w, { pads: 1 })
const count = (text: string, name: string): number => text.split(`${name}(`).length - 1

describe('before and after', () => {
  test('a convolution between reorders', () => {
    const window = 'kernel [3 3], strides [1 1], pads [1 1 1 1], dilations [1 1]'
    expect(before(t.conv(x, w, { pads: 1, bias: b }), inputs)).toBe(`Conv(${window}, groups 1)(x, w, b)`)
    expect(after([pass, t.simplify].reduce(sequence), t.conv(x, w, { pads: 1, bias: b }), inputs)).toBe(
      'BlockedReorderOutput(8, 16)(BlockedConv([3 3], [1 1], [1 1 1 1], [1 1], 8, none)' +
        '(BlockedReorderInput(8)(x), ' +
        'Reshape([16 8 3 3])(Transpose([0 1 3 2 4])(Reshape([2 1 8 9 8])(BlockedReorderInput(8)(Reshape([2 8 1 72])(w))))), b))',
    )
  })
  test('what lies between convolutions is done in blocks', () => {
    const v = t.input('v', 'float32', [16, 16, 3, 3])
    const pooled = t.maxPool(t.relu(t.add(t.mul(y, 2), y)), { kernel: 2 })
    const text = after(pass, t.conv(pooled, v, { pads: 1 }), [...inputs, v])
    // One reorder of the signal, and one of each weight.
    const counts = ['BlockedReorderInput', 'BlockedConv', 'BlockedMaxPool', 'BlockedReorderOutput'].map((name) => count(text, name))
    expect(counts).toEqual([3, 2, 1, 1])
  })
  test('relu becomes the activation of the convolution that nothing else reads', () => {
    expect(after(pass, t.relu(y), inputs)).toMatch(/BlockedConv\([^)]*Relu\)/)
    expect(after(pass, [t.relu(y), t.neg(y)], inputs)).toMatch(/BlockedConv\([^)]*none\)/)
    const v = t.input('v', 'float32', [8, 16, 3, 3])
    const twice = after(pass, t.conv(t.mul(t.relu(y), y), v), [...inputs, v])
    expect(twice).not.toContain('Relu)')
  })
  test('gradients too: the signal is convolved with the flipped kernel, the weight reads the plain order', () => {
    const [dx, dw] = t.differentiate(t.reduceSum(t.mul(y, y)), [x, w])
    const text = after(pass, [dx as t.Tensor, dw as t.Tensor], inputs)
    expect(text).not.toContain('ConvInputGradient')
    expect(text).toMatch(/ConvWeightGradient\([^)]*\)\(x/)
    expect(text.match(/BlockedConv\(/g)).toHaveLength(2)
  })
  test('a mean over places of what is in blocks is never put in the plain order before', () => {
    expect(after(pass, t.reduceMean(y, { axis: [2, 3] }), inputs)).not.toContain('ReorderOutput')
  })
  test('bodies of loops', () => {
    const [iteration, state, v] = [t.input('i', 'int64', []), t.input('state', 'float32', x.shape), t.input('v', 'float32', [8, 8, 3, 3])]
    const body = t.program({ inputs: [iteration, state, v], outputs: { next: t.relu(t.conv(state, v, { pads: 1 })) } })
    const captured = t.input('captured', 'float32', v.shape)
    const [z] = t.repeat(body, { count: 2, states: [x], captured: [captured] }) as [t.Tensor]
    expect(after(pass, z, [x, captured])).toMatch(/Loop\(\{.*BlockedConv/)
  })
})

function sequence(a: t.Pass, c: t.Pass): t.Pass {
  return { name: `${a.name}, ${c.name}`, run: (p, context) => c.run(a.run(p, context), context) }
}

describe('does not apply', () => {
  const half = t.conv(t.cast(x, 'float16'), t.cast(w, 'float16'))
  const grouped = t.conv(x, t.slice(w, { axis: 1, end: 4 }), { groups: 2 })
  const strided = t.differentiate(t.reduceSum(t.conv(x, w, { strides: 2 })), x)
  const open = t.input('open', 'float32', [16, 'c', 3, 3])
  const cube = t.input('cube', 'float32', [1, 8, 3, 3, 3])
  test.each<[string, t.Tensor]>([
    ['float16', half],
    ['groups', grouped],
    ['the gradient of a strided convolution', strided],
    ['channels that are not known', t.conv(t.input('x', 'float32', ['n', 'c', 6, 6]), open)],
    ['three spatial axes', t.conv(cube, t.input('v', 'float32', [2, 8, 1, 1, 1]))],
    ['a pooling without a convolution', t.maxPool(x, { kernel: 2 })],
  ])('%s', (_, z) => {
    const leaves = t.topological([z]).flatMap(({ output }) => (output instanceof t.Input ? [output] : []))
    expect(after(pass, z, leaves)).toBe(before(z, leaves))
  })
  test('a runtime without blocks', () => {
    const p = t.program({ inputs, outputs: { y } })
    expect(blockedConvolutions({ block: undefined, gain: always }).run(p, { fixed: new Set() })).toBe(p)
  })
  test('where reorders take longer than is gained: few channels, windows of one place', () => {
    const measured = blockedConvolutions({ block: 8 })
    const single = t.input('single', 'float32', ['n', 1, 28, 28])
    const few = t.conv(single, t.input('v', 'float32', [32, 1, 3, 3]))
    const pointwise = t.conv(x, t.input('u', 'float32', [8, 8, 1, 1]))
    for (const z of [few, pointwise]) {
      const leaves = t.topological([z]).flatMap(({ output }) => (output instanceof t.Input ? [output] : []))
      expect(after(measured, z, leaves)).toBe(before(z, leaves))
    }
    const [many, v] = [t.input('many', 'float32', ['n', 64, 16, 16]), t.input('v', 'float32', [64, 64, 3, 3])]
    const wide = t.conv(many, v, { pads: 1 })
    expect(after(measured, wide, [many, v])).toContain('BlockedConv')
  })
  test('the gradient of max-pooling is worth a reorder', () => {
    const [image, kernel] = [t.input('image', 'float32', ['n', 3, 64, 64]), t.input('kernel', 'float32', [32, 3, 3, 3])]
    const pooled = t.maxPool(t.relu(t.conv(image, kernel, { pads: 1 })), { kernel: 2 })
    const gradient = t.differentiate(t.reduceSum(t.mul(pooled, pooled)), kernel)
    expect(after(blockedConvolutions({ block: 8 }), gradient, [image, kernel])).toContain('BlockedUpsample')
  })
  test('files for any runtime', () => {
    for (let seed = 0; seed < 20; seed++) {
      const nodes = onnxNodes(exportOnnx(randomNetwork(seed).program), 'test')
      expect(nodes.filter(({ operator }) => operator.includes('.'))).toEqual([])
    }
  })
})

/** The largest magnitude in lanes of the signals of convolutions whose weights are all 0: those without a channel. */
function inEmptyLanes(p: t.Program, feeds: Record<string, t.TensorValue>, block: number): number {
  const convolutions = p.nodes.filter(
    ({ operator, inputs: [signal] }) => operator.name === 'BlockedConv' && Number(signal?.shape[1]) >= block,
  )
  const read = Object.fromEntries(
    convolutions.flatMap(({ inputs: [signal, weight] }, i) => [
      [`signal${i}`, signal],
      [`weight${i}`, weight],
    ]),
  )
  const values = t.evaluate(
    new t.Program(
      p.inputs,
      Object.entries(read).map(([name, tensor]) => ({ name, tensor: tensor as t.Tensor })),
      {},
    ),
    feeds,
  )
  let largest = 0
  for (const i of convolutions.keys()) {
    const [signal, weight] = [values[`signal${i}`], values[`weight${i}`]] as [t.ReferenceValue, t.ReferenceValue]
    const [slabs, taps] = [(signal.shape[1] as number) / block, t.elementCount(weight.shape.slice(2))]
    const places = t.elementCount(signal.shape.slice(2))
    const used = new Set<number>()
    weight.data.forEach((value, at) => {
      const slab = Math.floor(at / (taps * block * block)) % slabs
      if (value !== 0) used.add(slab * block + (Math.floor(at / block) % block))
    })
    signal.data.forEach((value, at) => {
      const lane = (Math.floor(at / (places * block)) % slabs) * block + (at % block)
      if (!used.has(lane) && value !== 0) largest = Math.max(largest, Math.abs(value))
    })
  }
  return largest
}

describe.each([4, 8, 16])('blocks of %i channels change no value', (block) => {
  const one = blockedConvolutions({ block, gain: always })
  const target = {
    name: one.name,
    passes: [
      one,
      blockedSums(block),
      t.convolutionGradients({ columns: 128, weightForm: () => 'patchRows' }),
      t.maxPoolGradients(),
      t.simplify,
      channelsLastFromBlocks,
    ],
  }
  test.each([0, 20, 40, 60])('random networks from %i', (from) => {
    for (let seed = from; seed < from + 20; seed++) expect(violation(randomNetwork(seed), target)).toBeUndefined()
  })
  test('lanes without a channel are 0 wherever a convolution reads them', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { program: given, feeds } = randomNetwork(seed)
      expect(inEmptyLanes(one.run(given, { fixed: new Set() }), feeds, block), `seed ${seed}`).toBe(0)
    }
  })
})

describe('on ONNX Runtime', async () => {
  const block = await channelBlock(runtime as Runtime)
  test.skipIf(block === undefined).each([100, 120])('random networks have the values of the reference, from %i', async (from) => {
    const backend = onnxBackend({ threads: 1 })
    const counts = { compared: 0, sensitive: 0 }
    for (let seed = from; seed < from + 20; seed++) {
      const { program: given, feeds } = randomNetwork(seed)
      const blocked = t.optimize(given, {
        name: 'blocked',
        passes: [blockedConvolutions({ block, gain: always }), blockedSums(block), ...targetOf('cpu', { inPieces: false }).passes],
      })
      const executable = await backend.compile(blocked)
      const outputs = Object.entries(await executable.run(feeds))
      const got = Object.fromEntries(
        await Promise.all(
          outputs.map(async ([name, y]) => [name, { dtype: y.dtype, shape: y.shape, data: t.toNumbers(await y.data()) }] as const),
        ),
      )
      const found = judged(
        given,
        feeds,
        () => 2 ** -21,
        'all',
        counts,
        (exact, others, counted) => {
          for (const [name, expected] of Object.entries(exact)) {
            const disturbed = others.map((one) => one[name])
            const difference = differenceOf(expected, got[name], disturbed, { limit: 1e-5, granted: 0, signs: false }, counted)
            if (difference !== undefined) return `${name}: ${difference}`
          }
          return undefined
        },
      )
      expect(found, `seed ${seed}`).toBeUndefined()
      await executable.dispose()
    }
    expect(counts.sensitive).toBeLessThan(counts.compared / 10)
  })
})
