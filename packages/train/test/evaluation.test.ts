import { accuracy, adam, BatchNorm, crossEntropy, Dropout, initialize, Linear, Module, maskedMean, meanSquaredError } from '@equivar/nn'
import {
  type Backend,
  cast,
  constant,
  gather,
  input,
  reduceSum,
  squeeze,
  type Tensor,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { compileEvaluator, confusionMatrix, fit, mae, r2, startRun, trainStep } from '../src/index.ts'
import { examples, inputs, points, reference } from './toy.ts'

const model = new Linear({ inChannels: 2, outChannels: 1 })
const step = trainStep(model, {
  inputs,
  objective: () => {
    const y = squeeze(model.forward(inputs.x), -1)
    const error = meanSquaredError(y, inputs.target)
    return { loss: error, metrics: { mse: error, mae: mae(y, inputs.target), r2: r2(y, inputs.target) } }
  },
  optimizer: adam(),
})
const values = initialize(model, 1)

/** The errors of the first plane, computed by hand. */
const errors = points.map(([x = 0, y = 0]) => {
  const [a = 0, b = 0, c = 0] = [...(values.weight?.data ?? []), ...(values.bias?.data ?? [])].map(Number)
  return a * x + b * y + c - (3 * x - y)
})

describe('the evaluator of a training step', () => {
  test('reports the loss and all metrics of a split, whatever the batches', async () => {
    for (const batchSize of [1, 5, 12, 64]) {
      const evaluator = await compileEvaluator(step, reference, { batchSize })
      const report = await evaluator.evaluate(values, examples)
      expect(Object.keys(report)).toEqual(['loss', 'mse', 'mae', 'r2'])
      expect(report.loss).toBeCloseTo(errors.reduce((sum, e) => sum + e * e, 0) / 12, 6)
      expect(report.mae).toBeCloseTo(errors.reduce((sum, e) => sum + Math.abs(e), 0) / 12, 6)
      await evaluator.dispose()
    }
  })

  test('the names of metrics are known to the compiler', async () => {
    const evaluator = await compileEvaluator(step, reference)
    const report = await evaluator.evaluate(values, examples)
    expectTypeOf(report.r2).toEqualTypeOf<number>()
    expectTypeOf(report).not.toHaveProperty('accuracy')
    const run = {
      step,
      backend: reference,
      train: examples,
      epochs: 1,
      batchSize: 6,
      schedule: () => 0.1,
      seed: 1,
      state: startRun(step, values),
    }
    for await (const event of fit({ ...run, validation: examples })) {
      if (event.type === 'step') expectTypeOf(event.report.mse).toEqualTypeOf<number>()
      if (event.type !== 'epoch') continue
      expectTypeOf(event.val.r2).toEqualTypeOf<number>()
      expectTypeOf(event.train.mse).toEqualTypeOf<number>()
      expectTypeOf(event.train).not.toHaveProperty('r2')
      expect(Object.keys(event.train)).toEqual(['loss', 'mse'])
      expect(Object.keys(event.val)).toEqual(['loss', 'mse', 'mae', 'r2'])
    }
    for await (const event of fit({ ...run, validate: async () => ({ loss: 1, own: 'text' }) }))
      if (event.type === 'epoch') expectTypeOf(event.val.own).toEqualTypeOf<string>()
  })

  test('device tensors are freed after every batch', async () => {
    let [alive, most] = [0, 0]
    const counting: Backend = {
      name: 'counting',
      compile: async (program) => {
        const executable = await reference.compile(program)
        return {
          ...executable,
          run: async (feeds) => {
            const outputs = Object.entries(await executable.run(feeds))
            alive += outputs.length
            most = Math.max(most, alive)
            return Object.fromEntries(outputs.map(([name, tensor]) => [name, { ...tensor, dispose: () => alive-- }]))
          },
        }
      },
    }
    const evaluator = await compileEvaluator(step, counting, { batchSize: 5 })
    await evaluator.evaluate(values, examples)
    expect(alive).toBe(0)
    expect(most).toBe(step.evaluation().program.outputs.length)
  })

  test('what it cannot do is refused', async () => {
    const evaluator = await compileEvaluator(step, reference)
    await expect(evaluator.evaluate(values, { ...examples, length: 0 })).rejects.toThrow(
      'evaluate: expected at least one example, received none.',
    )
    const nameless = { length: 1, batch: () => ({ y: tensorValue('float32', [1], [1]) }) }
    await expect(evaluator.evaluate(values, nameless)).rejects.toThrow(
      'evaluate: expected batches with the input "x", received y. Name inputs as the data set names them.',
    )
    await expect(compileEvaluator(step, reference, { batchSize: 0 })).rejects.toThrow(
      'compileEvaluator: expected batchSize to be a whole number',
    )
  })
})

class Noisy extends Module {
  readonly linear: Linear = new Linear({ inChannels: 2, outChannels: 3 })
  readonly norm: BatchNorm = new BatchNorm({ channels: 3 })
  readonly dropout: Dropout = new Dropout({ rate: 0.5 })
  forward(x: Tensor): Tensor {
    return this.dropout.forward(this.norm.forward(this.linear.forward(x)))
  }
}
const label = input('label', 'int64', ['batch'])
const labelled = {
  length: 12,
  batch: (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const { x } = examples.batch(indices)
    return {
      x: x as TensorValue,
      label: tensorValue(
        'int64',
        [indices.length],
        Array.from(indices, (i) => i % 3),
      ),
    }
  },
}

test('evaluation is in inference mode: no dropout, running statistics, no seed', async () => {
  const noisy = new Noisy()
  const objective = () => {
    const logits = noisy.forward(inputs.x)
    return { loss: crossEntropy(logits, label), metrics: { accuracy: accuracy(logits, label), confusion: confusionMatrix(logits, label) } }
  }
  const noisyStep = trainStep(noisy, { inputs: { x: inputs.x, label }, objective, optimizer: adam() })
  const [whole, parts] = [await compileEvaluator(noisyStep, reference), await compileEvaluator(noisyStep, reference, { batchSize: 1 })]
  const first = initialize(noisy, 1)
  const report = await whole.evaluate(first, labelled)
  expect((await parts.evaluate(first, labelled)).loss).toBeCloseTo(report.loss, 6)
  expect(report.confusion.flat().reduce((sum, n) => sum + n)).toBe(12)
  expect(report.confusion.reduce((sum, row, i) => sum + (row[i] as number), 0) / 12).toBeCloseTo(report.accuracy, 6)
})

test('means are weighted by what the objective says, in training and in evaluation', async () => {
  const linear = new Linear({ inChannels: 2, outChannels: 3 })
  const weight = [1, 2, 6]
  const objective = () => ({
    loss: crossEntropy(linear.forward(inputs.x), label, { weight }),
    examples: reduceSum(gather(constant(weight), label)),
  })
  const weighted = trainStep(linear, { inputs: { x: inputs.x, label }, objective, optimizer: adam() })
  const first = initialize(linear, 1)
  const losses: number[] = []
  for (const batchSize of [12, 5]) {
    const evaluator = await compileEvaluator(weighted, reference, { batchSize })
    losses.push((await evaluator.evaluate(first, labelled)).loss)
    // A rate of 0, so that all batches see the same parameters.
    const run = { step: weighted, backend: reference, train: labelled, epochs: 1, batchSize, schedule: () => 0, seed: 1 }
    for await (const event of fit({ ...run, state: startRun(weighted, first) })) if (event.type === 'epoch') losses.push(event.train.loss)
  }
  for (const loss of losses) expect(loss).toBeCloseTo(losses[0] as number, 6)
})

test('a batch without known examples changes no mean', async () => {
  const known = input('known', 'bool', ['batch'])
  const objective = () => {
    const count = reduceSum(cast(known, 'float32'))
    const error = meanSquaredError(squeeze(model.forward(inputs.x), -1), inputs.target, { reduction: 'none' })
    return { loss: maskedMean(error, known), examples: count }
  }
  const masked = trainStep(model, { inputs: { ...inputs, known }, objective, optimizer: adam() })
  const some = {
    length: 12,
    batch: (indices: ArrayLike<number>): Record<string, TensorValue> => ({
      ...examples.batch(indices),
      known: tensorValue(
        'bool',
        [indices.length],
        Array.from(indices, (i) => (i < 6 ? 1 : 0)),
      ),
    }),
  }
  const evaluator = await compileEvaluator(masked, reference, { batchSize: 3 })
  expect((await evaluator.evaluate(values, some)).loss).toBeCloseTo(errors.slice(0, 6).reduce((sum, e) => sum + e * e, 0) / 6, 6)
})
