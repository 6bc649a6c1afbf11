import { initialize, meanSquaredError, sgd } from '@equivar/nn'
import { squeeze, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  checkpointOf,
  compileEvaluator,
  decodeSafetensors,
  encodeSafetensors,
  fit,
  initialState,
  modelValuesOf,
  type RunState,
  runStateOf,
  startRun,
  trainedValues,
  trainStep,
} from '../src/index.ts'
import { examples, inputs, reference, toy } from './toy.ts'

const { model } = toy()
const objective = () => ({ loss: meanSquaredError(squeeze(model.forward(inputs.x), -1), inputs.target) })
const DECAY = 0.75
const step = trainStep(model, { inputs, objective, optimizer: sgd(), average: DECAY })
const values = initialize(model, 1)

/** All states of a run of so many epochs of three steps each. */
async function states(epochs: number, options: { from?: RunState; keepBest?: boolean } = {}, of = step): Promise<RunState[]> {
  const found: RunState[] = []
  const common = { step: of, backend: reference, train: examples, batchSize: 12, schedule: () => 0.2, seed: 3, validation: examples }
  const { from = startRun(of, values), keepBest = false } = options
  for await (const event of fit({ ...common, state: from, epochs, keepBest })) if (event.type === 'epoch') found.push(event.state)
  return found
}
const numbers = (value: TensorValue | undefined): number[] => Array.from(value?.data as Float32Array)

describe('the moving average of parameters', () => {
  test('is the weighted mean of all past parameters, by powers of the decay; the initial values have no weight', async () => {
    const all = await states(5)
    const past = all.map(({ values: { weight } }) => numbers(weight))
    for (const [t, { values: at }] of all.entries()) {
      const weights = past.slice(0, t + 1).map((_, i) => DECAY ** (t - i))
      const total = weights.reduce((a, b) => a + b)
      const expected = [0, 1].map((k) =>
        past.slice(0, t + 1).reduce((sum, w, i) => sum + ((w[k] as number) * (weights[i] as number)) / total, 0),
      )
      for (const [k, value] of numbers(at['optimizer.average.weight']).entries())
        expect(Math.abs(value - (expected[k] as number))).toBeLessThan(1e-6)
    }
  })

  test('does not change the parameters', async () => {
    const plain = trainStep(model, { inputs, objective, optimizer: sgd() })
    expect((await states(3, {}, plain)).at(-1)?.values.weight).toEqual((await states(3)).at(-1)?.values.weight)
  })

  test('is what validation, the best values and the trained values are of', async () => {
    const all = await states(3, { keepBest: true })
    const last = all.at(-1) as RunState
    const average = { weight: last.values['optimizer.average.weight'], bias: last.values['optimizer.average.bias'] }
    // The loss falls in every epoch, so the last is the best.
    expect(last.best).toEqual({ epoch: 3, values: average })
    expect(trainedValues(step, last)).toEqual(average)
    const { best: _, ...without } = last
    expect(trainedValues(step, without)).toEqual(average)
    expect(modelValuesOf(checkpointOf(without)).weight).toEqual(average.weight)
    const evaluator = await compileEvaluator(step, reference)
    expect(last.waiting?.best).toBe((await evaluator.evaluate(trainedValues(step, last), examples)).loss)
    expect(last.waiting?.best).not.toBe((await evaluator.evaluate(last.values, examples)).loss)
  })

  test('before the first step it is the initial values; it survives a file', async () => {
    expect(trainedValues(step, startRun(step, values))).toEqual(values)
    const [, second] = await states(2)
    const file = decodeSafetensors(encodeSafetensors(checkpointOf(second as RunState)), 'file')
    expect((await states(4, { from: runStateOf(file, step, 'file') })).at(-1)).toEqual((await states(4)).at(-1))
  })

  test('changes with the parameters only, where gradients are accumulated', () => {
    const slow = trainStep(model, { inputs, objective, optimizer: sgd(), average: DECAY, accumulate: 2 })
    expect(slow.state.filter(({ kind }) => kind === 'average').map(({ input: name }) => name)).toEqual([
      'optimizer.average.weight',
      'optimizer.average.bias',
    ])
    expect(initialState(slow, values)['optimizer.average.bias']).toEqual(values.bias)
  })

  test('a decay out of range is refused', () => {
    for (const average of [1, -0.5, Number.NaN])
      expect(() => trainStep(model, { inputs, objective, optimizer: sgd(), average })).toThrow(
        'trainStep: expected average, a decay, in [0, 1)',
      )
  })
})
