import { loadOnnx, onnxBackend } from '@equivar/backend-onnx'
import { exportOnnx } from '@equivar/export-onnx'
import { adam, crossEntropy, initialize } from '@equivar/nn'
import { type DeviceTensor, input, Random, type TensorValue } from '@equivar/tensor'
import { inferenceProgram, initialState, trainStep } from '@equivar/train'
import { parity, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type EulerAngles, projectImage, SphericalNetwork, type SphericalNetworkOptions } from '../src/index.ts'
import { bandLimited, layerProgram, normals, rotated, rotations, type Value } from './shared.ts'

/** A 28 x 28 image of a stroke and a dot. */
const image = Float64Array.from({ length: 784 }, (_, i) => {
  const [r, c] = [Math.floor(i / 28) - 13.5, (i % 28) - 13.5]
  return Math.exp(-((r - 2) ** 2) / 60 - (c + 1) ** 2 / 4) + Math.exp(-((r - 5) ** 2 + (c - 6) ** 2) / 6)
})

describe('the published network', () => {
  const model = new SphericalNetwork({ outputs: 10 })
  const x = input('x', 'float32', ['batch', 1, 60, 60])
  const program = inferenceProgram(model, { inputs: { x }, outputs: () => ({ logits: model.forward(x) }) })
  const values = initialize(model, 1)

  test('exports to standard ONNX of 1.2 MB, half of it weights, and the file agrees with the model', async () => {
    const file = exportOnnx(program, { values })
    const weights = 4 * 154_550
    expect(file.length - weights).toBeLessThan(540_000)
    const loaded = await loadOnnx(file)
    const images = normals([3, 1, 60, 60], 4)
    const feeds = { x: { ...images, data: Float32Array.from(images.data) } }
    const [live, reloaded] = [await onnxBackend().compile(program, { values }), loaded]
    const [a, b] = [await live.run(feeds), await reloaded.run(feeds)]
    expect(relativeError((await b.logits?.data()) as Float32Array, (await a.logits?.data()) as Float32Array)).toBeLessThan(1e-6)
    for (const { error } of await parity(program, [onnxBackend()], {
      ...values,
      x: { ...images, shape: [1, 1, 60, 60], data: images.data.slice(0, 3600) },
    }))
      expect(error).toBeLessThan(1e-4)
    await live.dispose()
    await reloaded.dispose()
  })

  test('changes its outputs by less than 2 % when an image is rotated', async () => {
    const executable = await onnxBackend().compile(program, { values })
    const logits = async (rotation: EulerAngles): Promise<Float32Array> => {
      const data = projectImage(image, { rows: 28, columns: 28, bandwidth: 30, rotation })
      const { logits: y } = await executable.run({ x: { dtype: 'float32', shape: [1, 1, 60, 60], data } })
      return (await y?.data()) as Float32Array
    }
    const plain = await logits({ alpha: 0, beta: 0, gamma: 0 })
    for (const q of rotations(4)) expect(relativeError(await logits(q), plain)).toBeLessThan(0.02)
    await executable.dispose()
  })
})

test('the aliasing of whole networks decreases with oversampling, b = 16', async () => {
  const errorOf = async (options: Partial<SphericalNetworkOptions>): Promise<number> => {
    const model = new SphericalNetwork({ bandwidths: [16, 16, 8], channels: [1, 4, 4], outputs: 6, ...options })
    const x = bandLimited('sphere', 16, 1, 2, 1)
    // Without the biases of the head, which are invariant.
    const values = { ...initialize(model, 1), 'head.bias': { dtype: 'float32', shape: [6], data: new Float32Array(6) } as const }
    const executable = await onnxBackend().compile(layerProgram(model, [1, 1, 32, 32]), { values })
    const run = async (v: Value): Promise<Float32Array> => {
      const { y } = await executable.run({ x: { ...v, data: Float32Array.from(v.data) } })
      return (await y?.data()) as Float32Array
    }
    const plain = await run(x)
    let worst = 0
    for (const q of rotations(2)) worst = Math.max(worst, relativeError(await run(rotated('sphere', x, q)), plain))
    await executable.dispose()
    return worst
  }
  const errors: number[] = []
  for (const oversampling of [1, 1.5, 2]) errors.push(await errorOf({ oversampling }))
  const [plain, finer, double] = errors as [number, number, number]
  expect(plain).toBeLessThan(2e-2)
  expect(finer).toBeLessThan(plain)
  expect(double).toBeLessThan(2e-3)
})

test('a small network learns to distinguish two patterns in any orientation', async () => {
  const model = new SphericalNetwork({ bandwidths: [8, 4, 3], channels: [1, 6, 8], outputs: 2 })
  const [x, target] = [input('x', 'float32', ['batch', 1, 16, 16]), input('target', 'int64', ['batch'])]
  const step = trainStep(model, {
    inputs: { x, target },
    objective: () => ({ loss: crossEntropy(model.forward(x), target) }),
    optimizer: adam(),
  })
  const executable = await onnxBackend().compile(step.program)
  const random = new Random({ seed: 3 })
  const one = image
  const two = image.map((_, i) => image[28 * (i % 28) + Math.floor(i / 28)] as number).map((v, i) => v + (i % 28 < 10 ? 0.5 : 0))
  let state: Record<string, unknown> = initialState(step, initialize(model, 1))
  const losses: number[] = []
  for (let i = 0; i < 120; i++) {
    const labels = Array.from({ length: 8 }, () => random.integer(2))
    const images = labels.map((label, k) =>
      projectImage(label === 0 ? one : two, {
        rows: 28,
        columns: 28,
        bandwidth: 8,
        rotation: rotations(1, 100 + 8 * i + k)[0] as EulerAngles,
      }),
    )
    const data = new Float32Array(8 * 256)
    for (const [k, values] of images.entries()) data.set(values, k * 256)
    const outputs = await executable.run({
      ...(state as Record<string, TensorValue>),
      x: { dtype: 'float32', shape: [8, 1, 16, 16], data },
      target: { dtype: 'int64', shape: [8], data: BigInt64Array.from(labels, BigInt) },
      learning_rate: { dtype: 'float32', shape: [], data: Float32Array.of(0.01) },
      seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(1n) },
    })
    losses.push(Number((await (outputs.loss as DeviceTensor).data())[0]))
    state = Object.fromEntries(step.state.map((entry) => [entry.input, outputs[entry.output]]))
  }
  await executable.dispose()
  expect(losses.slice(-5).reduce((s, v) => s + v, 0) / 5).toBeLessThan(0.2)
})
