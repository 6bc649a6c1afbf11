import { type TensorFlow, tfjsBackend } from '@equivar/backend-tfjs'
import { adam, crossEntropy, initialize } from '@equivar/nn'
import { Random, tensorValue } from '@equivar/tensor'
import { initialState, trainStep } from '@equivar/train'
import { classes } from '../../../apps/train/src/goals.ts'
import { buildModel } from '../../../apps/train/src/registry.ts'

/** A batch of the signals task, of random numbers. */
export function randomSignals(shape: readonly [number, number, number]): { x: Float32Array; target: Int32Array } {
  const random = new Random({ seed: 1 })
  const x = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, () => random.normal())
  return { x, target: Int32Array.from({ length: shape[0] }, () => random.integer(3)) }
}

/** A training step of the signals model on a backend of TensorFlow.js, every output read. */
export async function equivarStep(tf: TensorFlow, [sets, size, length]: readonly [number, number, number]): Promise<() => Promise<number>> {
  const model = buildModel('dss', {}, { channels: 1, outputs: 3 }, classes)
  const objective = () => ({ loss: crossEntropy(model.output(), model.target) })
  const step = trainStep(model.module, { inputs: { ...model.inputs, target: model.target }, objective, optimizer: adam() })
  const { x, target } = randomSignals([sets, size, length])
  const feeds = {
    x: tensorValue('float32', [sets, size, 1, length], x),
    mask: tensorValue('bool', [sets, size], new Uint8Array(sets * size).fill(1)),
    target: tensorValue('int64', [sets], Array.from(target)),
    learning_rate: tensorValue('float32', [], [5e-3]),
    seed: tensorValue('int64', [], [1]),
    ...initialState(step, initialize(model.module, 1)),
  }
  const executable = await tfjsBackend(tf).compile(step.program)
  return async () => {
    const outputs = await executable.run(feeds)
    const loss = Number((await outputs.loss?.data())?.[0])
    for (const output of Object.values(outputs)) output.dispose()
    return loss
  }
}

/** Milliseconds of the fastest of some steps, after one that is not counted. */
export async function fastest(step: () => unknown, count: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i <= count; i++) {
    const started = performance.now()
    await step()
    if (i > 0) best = Math.min(best, performance.now() - started)
  }
  return best
}
