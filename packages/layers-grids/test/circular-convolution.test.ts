import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, type Program } from '@equivar/tensor'
import { derivativeError, parity, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { spectrumIsCheaper } from '../src/circular-convolution.ts'
import { Convolution, CyclicConvolution } from '../src/index.ts'
import { feedsOf, type Layer, layerProgram } from './programs.ts'

const [inChannels, outChannels] = [20, 24]
const operators = ({ nodes }: Program): Set<string> => new Set(nodes.map(({ operator }) => operator.name))

describe.each([
  ['as long as the signal', { kernel: 30 }, 30],
  ['of a signal of odd length', { kernel: 25 }, 25],
  ['of stride 2', { kernel: 30, stride: 2 }, 30],
  ['of stride 3 with an even kernel', { kernel: 28, stride: 3 }, 33],
  ['of dilation 2, longer than the circle', { kernel: 16, dilation: 2 }, 20],
] as const)('a kernel %s', (_, options, length) => {
  const layers: [string, Layer][] = [
    ['Convolution', new Convolution({ dimensions: 1, inChannels, outChannels, padding: 'same', paddingMode: 'wrap', ...options })],
    ['CyclicConvolution', new CyclicConvolution({ dimensions: 1, inChannels, outChannels, ...options })],
  ]
  test.each(layers)('%s by Fourier transform agrees with the sum over the kernel', (_name, layer) => {
    const [fast, slow] = [layerProgram(layer, ['batch', inChannels, length]), layerProgram(layer, ['batch', inChannels, 'length'])]
    expect([operators(fast).has('Conv'), operators(slow).has('Conv')]).toEqual([false, true])
    for (const batch of [1, 3]) {
      const feeds = feedsOf(layer, [batch, inChannels, length])
      const [a, b] = [fast, slow].map((p) => evaluate(p, feeds).y)
      expect(a?.shape).toEqual(b?.shape)
      expect(relativeError(a?.data ?? [], b?.data ?? [])).toBeLessThan(1e-13)
    }
  })
})

test('has a correct derivative, and agrees with ONNX Runtime, also for an empty batch', async () => {
  const layer = new Convolution({
    dimensions: 1,
    inChannels: 16,
    outChannels: 18,
    kernel: 31,
    stride: 2,
    padding: 'same',
    paddingMode: 'wrap',
  })
  const p = layerProgram(layer, ['batch', 16, 31])
  expect(operators(p).has('Conv')).toBe(false)
  const feeds = feedsOf(layer, [2, 16, 31])
  expect(derivativeError(p, { feeds })).toBeLessThan(1e-6)
  for (const { error } of await parity(p, [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
  expect(evaluate(p, { ...feeds, x: { dtype: 'float32', shape: [0, 16, 31], data: new Float32Array(0) } }).y?.shape).toEqual([0, 18, 16])
})

test('is used if it takes less than half of the multiplications', () => {
  const window = { length: 100, stride: 1, dilation: 1, before: 0, outputs: 100 }
  expect(spectrumIsCheaper({ ...window, kernel: 100 }, 32, 32)).toBe(true)
  expect(spectrumIsCheaper({ ...window, kernel: 9 }, 32, 32)).toBe(false)
  expect(spectrumIsCheaper({ ...window, kernel: 100 }, 1, 32)).toBe(false)
  // 2 (32 100 102 + 2 32 32 102 + 32 102 100) = 1,723,392 lies between 32 32 100 times 16 and times 17.
  expect([16, 17].map((kernel) => spectrumIsCheaper({ ...window, kernel }, 32, 32))).toEqual([false, true])
  // With 20 channels and length 8, 2 (20 8 10 + 2 20 20 10 + 20 10 8) is 20 20 8 times 7: equal cost does not count as cheaper.
  expect([7, 8].map((kernel) => spectrumIsCheaper({ ...window, length: 8, outputs: 8, kernel }, 20, 20))).toEqual([false, true])
  expect([512, 513].map((length) => spectrumIsCheaper({ ...window, length, outputs: length, kernel: length }, 32, 32))).toEqual([
    true,
    false,
  ])
  const grouped = new CyclicConvolution({ dimensions: 1, inChannels: 24, outChannels: 24, kernel: 30, groups: 2 })
  expect(operators(layerProgram(grouped, ['batch', 24, 30])).has('Conv')).toBe(true)
})
