import { adam, initialize, Linear, meanSquaredError } from '@equivar/nn'
import { type Backend, evaluate, input, Random, squeeze, type TensorValue } from '@equivar/tensor'
import { type RunState, startRun, type TrainStep, trainStep } from '../src/index.ts'

/** The float64 reference as a backend: slow, and enough for a toy. */
export const reference: Backend = {
  name: 'reference',
  compile: async (program) => ({
    run: async (feeds) => {
      const host = Object.entries(feeds).map(async ([name, value]) => {
        const data = typeof value.data === 'function' ? await value.data() : value.data
        return [name, { dtype: value.dtype, shape: value.shape, data }] as const
      })
      const outputs = evaluate(program, Object.fromEntries(await Promise.all(host)))
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { dtype, shape, data }]) => {
          const typed = dtype === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data)
          return [name, { dtype, shape, data: async () => typed, dispose: () => {} }]
        }),
      )
    },
    dispose: async () => {},
  }),
}

export const inputs = { x: input('x', 'float32', ['batch', 2]), target: input('target', 'float32', ['batch']) }
const random = new Random({ seed: 1 })
export const points = Array.from({ length: 12 }, () => [random.normal(), random.normal()])
export const examples = {
  length: 12,
  batch: (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const rows = Array.from(indices, (i) => points[i] as number[])
    return {
      x: { dtype: 'float32', shape: [rows.length, 2], data: Float32Array.from(rows.flat()) },
      target: { dtype: 'float32', shape: [rows.length], data: Float32Array.from(rows, ([a = 0, b = 0]) => 3 * a - b) },
    }
  },
}

/** A plane that is learnt from 12 points. */
export function toy(): {
  model: Linear
  step: TrainStep
  objective: () => { loss: ReturnType<typeof meanSquaredError> }
} {
  const model = new Linear({ inChannels: 2, outChannels: 1 })
  const objective = () => ({ loss: meanSquaredError(squeeze(model.forward(inputs.x), -1), inputs.target) })
  return { model, step: trainStep(model, { inputs, objective, optimizer: adam() }), objective }
}

/** The state of the toy before its first step. */
export function start(seed = 1): RunState {
  const { model, step } = toy()
  return startRun(step, initialize(model, seed))
}
