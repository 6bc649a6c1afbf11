import { loadOnnx } from '@equivar/backend-onnx'
import { exportOnnx } from '@equivar/export-onnx'
import { initialize } from '@equivar/nn'
import { dimensionValue, type Input, Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { expect, test } from 'vitest'
import { classes } from '../src/goals.ts'
import type { Facts } from '../src/model.ts'
import { buildModel } from '../src/registry.ts'

const SIZES = new Map([
  ['batch', 2],
  ['set', 3],
  ['n', 5],
  ['length', 20],
  ['nodes', 8],
  ['edges', 16],
  ['graphs', 2],
])

/** Graphs that are rings of four nodes, with all optional inputs. */
function exampleOf({ name, dtype, shape, binds }: Input, random: Random): TensorValue {
  const sizes = shape.map((d) => dimensionValue(d, SIZES))
  const count = sizes.reduce((a, b) => a * b, 1)
  const numbers = Array.from({ length: count }, (_, i) => {
    if (dtype === 'float32') return random.normal()
    if (dtype === 'bool') return 1
    if (binds !== undefined) return SIZES.get(binds) ?? 0
    return name === 'batch' ? Math.floor(i / 4) : (i % 16 < 8 ? i : i + 1 + (i >> 4)) % 8
  })
  return tensorValue(dtype, sizes, numbers)
}

const facts: Facts = { channels: 1, outputs: 3 }

test.each<[string, Facts]>([
  ['dss', facts],
  ['deepsets', facts],
  ['pointnet', { channels: 3, outputs: 3 }],
  ['settransformer', facts],
  ['gin', { channels: 4, outputs: 2 }],
  ['gcn', { channels: 4, outputs: 2 }],
  ['gat', { channels: 4, outputs: 2 }],
  ['ign', { channels: 4, outputs: 2 }],
  ['ppgn', { channels: 4, outputs: 2 }],
  ['p4cnn', facts],
  ['p4mcnn', facts],
  ['c8-steerable', facts],
  ['s2cnn', { channels: 1, outputs: 3, bandwidth: 6 }],
  ['dss-images', facts],
  ['lstm', { ...facts, element: 'image' }],
])('%s in float16 opens in ONNX Runtime and agrees with float32 to 2e-3', async (name, given) => {
  const model = buildModel(name, {}, given, classes)
  const random = new Random({ seed: 3 })
  const feeds = Object.fromEntries(Object.entries(model.inputs).map(([key, one]) => [key, exampleOf(one, random)]))
  const p = inferenceProgram(model.module, { inputs: model.inputs, outputs: () => ({ y: model.output() }) })
  const values = initialize(model.module, 1)
  const run = async (float16: boolean): Promise<Float32Array> => {
    const executable = await loadOnnx(exportOnnx(p, { values, float16 }), { threads: 1 })
    const { y } = await executable.run(feeds)
    const data = (await y?.data()) as Float32Array
    await executable.dispose()
    return data
  }
  const [wide, half] = [await run(false), await run(true)]
  const largest = wide.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-6)
  const errors = wide.map((v, i) => Math.abs(v - (half[i] ?? Number.NaN)) / Math.max(1, largest))
  expect(Math.max(...errors)).toBeLessThan(2e-3)
})
