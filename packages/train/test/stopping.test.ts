import { constantRate, stepDecay } from '@equivar/nn'
import type { TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  checkpointOf,
  decodeSafetensors,
  encodeSafetensors,
  type FitOptions,
  fit,
  type RunState,
  runStateOf,
  type TrainEvent,
} from '../src/index.ts'
import { examples, reference, start, toy } from './toy.ts'

const { step } = toy()

/** A run of the toy with given validation losses, one an epoch; after the last of them the loss stays the same. */
async function run(
  losses: readonly number[],
  { from = start(), ...options }: { from?: RunState } & Partial<FitOptions>,
): Promise<{ state: RunState; events: TrainEvent[] }> {
  const events: TrainEvent[] = []
  let state = from
  // The epoch is read from the step count, so that a resumed run validates like one that never stopped.
  const validate = async (values: Readonly<Record<string, TensorValue>>) => {
    const epoch = Number(values.step?.data[0]) / 3
    return { loss: losses[Math.min(epoch, losses.length) - 1] as number }
  }
  const common = { step, backend: reference, train: examples, validate, batchSize: 5, schedule: constantRate(0.1), seed: 3, state: from }
  for await (const event of fit({ ...common, epochs: 20, ...options })) {
    if (event.type !== 'step') state = event.state
    events.push(event)
  }
  return { state, events }
}
const epochsOf = (events: readonly TrainEvent[]): number[] => events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))
const reload = (state: RunState): RunState => {
  const file = encodeSafetensors(checkpointOf(state))
  return runStateOf(decodeSafetensors(file, 'file'), step, 'file')
}

describe('early stopping', () => {
  const losses = [3, 2, 2.5, 2, 1, 4]
  test('stops after so many epochs without a lower loss; the same loss is not lower', async () => {
    expect(epochsOf((await run(losses, { patience: 2 })).events)).toEqual([1, 2, 3, 4])
    expect(epochsOf((await run(losses, { patience: 3 })).events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('a run that has stopped trains no further epoch, however often it is resumed', async () => {
    const { state, events } = await run(losses, { patience: 2 })
    expect(events.at(-1)).toMatchObject({ type: 'stopped', reason: 'patience', epoch: 4 })
    let again = state
    for (let i = 0; i < 3; i++) {
      const resumed = await run(losses, { patience: 2, from: reload(again) })
      expect(resumed.events).toEqual([{ type: 'stopped', reason: 'patience', epoch: 4, state: again }])
      again = resumed.state
    }
    expect(epochsOf((await run(losses, { patience: 3, from: state })).events)).toEqual([5, 6, 7, 8])
  })

  test('resumed after any epoch, it stops where the unbroken run stops', async () => {
    const whole = await run(losses, { patience: 3 })
    for (let epochs = 0; epochs <= 8; epochs++) {
      const part = await run(losses, { patience: 3, epochs })
      const rest = await run(losses, { patience: 3, from: reload(part.state) })
      expect([...epochsOf(part.events), ...epochsOf(rest.events)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(rest.state).toEqual(whole.state)
    }
  })

  test('the values of the best epoch are kept, also across a resume', async () => {
    const whole = await run(losses, { keepBest: true, epochs: 6 })
    const { state: fifth } = await run(losses, { epochs: 5 })
    expect(whole.state.best?.epoch).toBe(5)
    expect(whole.state.best?.values).toEqual({ weight: fifth.values.weight, bias: fifth.values.bias })
    const part = await run(losses, { keepBest: true, epochs: 5 })
    expect((await run(losses, { keepBest: true, epochs: 6, from: reload(part.state) })).state).toEqual(whole.state)
    expect((await run(losses, { epochs: 6 })).state.best).toBeUndefined()
  })

  test('without validate, patience and keepBest are refused', async () => {
    for (const options of [{ patience: 2 }, { keepBest: true }]) {
      const name = Object.keys(options)[0]
      const { validate: _, ...rest } = { validate: undefined, step, backend: reference, train: examples, epochs: 1, batchSize: 5, seed: 3 }
      const events = fit({ ...rest, schedule: constantRate(1), state: start(), ...options })
      await expect(events.next()).rejects.toThrow(
        `fit: expected validation or validate beside ${name}, which compares validation losses, received none.`,
      )
    }
  })

  test('a validation without a loss is refused', async () => {
    await expect(run([1], { validate: async () => ({ accuracy: 1 }) as unknown as { loss: number } })).rejects.toThrow(
      'fit: expected validate to return a loss, received a report without "loss".',
    )
  })
})

test('a schedule is asked once an epoch, or once a step', async () => {
  const asked: Record<'epoch' | 'step', number[]> = { epoch: [], step: [] }
  const rates: Record<'epoch' | 'step', number[]> = { epoch: [], step: [] }
  const inner = stepDecay({ rate: 0.1, every: 2, factor: 0.5 })
  for (const scheduleBy of ['epoch', 'step'] as const) {
    const schedule = (at: number): number => {
      asked[scheduleBy].push(at)
      return inner(at)
    }
    const { events } = await run([1], { epochs: 3, schedule, scheduleBy })
    for (const event of events) if (event.type === 'epoch') rates[scheduleBy].push(event.learningRate)
  }
  // Three steps an epoch; the last question of each epoch is for its report.
  expect(asked).toEqual({ epoch: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], step: [0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8] })
  expect(rates).toEqual({ epoch: [0.1, 0.1, 0.05], step: [0.05, 0.025, 0.00625] })
  for (const [rate, received] of [
    [Number.NaN, 'one that is not a number'],
    [-1, '-1'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ] as const)
    await expect(run([1], { schedule: (epoch) => (epoch < 1 ? 0 : rate) })).rejects.toThrow(
      new RangeError(`fit: expected a learning rate of 0 or more at step 4 (epoch 2), received ${received}.`),
    )
})

test.each<[string, Partial<FitOptions>, string]>([
  ['a batch size of 0', { batchSize: 0 }, 'fit: expected batchSize to be a whole number of 1 or more, received 0.'],
  ['a fraction of an example', { batchSize: 1.5 }, 'fit: expected batchSize to be a whole number of 1 or more, received 1.5.'],
  ['-1 epochs', { epochs: -1 }, 'fit: expected epochs to be a whole number of 0 or more, received -1.'],
  ['epochs that are no number', { epochs: Number.NaN }, 'fit: expected epochs to be a whole number of 0 or more, received no number.'],
  ['no steps', { stepsPerEpoch: 0 }, 'fit: expected stepsPerEpoch to be a whole number of 1 or more, received 0.'],
  ['no patience', { patience: 0 }, 'fit: expected patience to be a whole number of 1 or more, received 0.'],
  ['a negative seed', { seed: -1 }, 'fit: expected seed to be a whole number of 0 or more, received -1.'],
  ['no examples', { train: { ...examples, length: 0 } }, 'fit: expected at least one example, received none.'],
  ['sizes of others', { train: { ...examples, sizes: [1] } }, 'fit: expected a size for each of 12 examples, received 1.'],
  [
    'a state beyond the end',
    { state: { ...start(), step: 61 } },
    'fit: expected a state of at most step 60, the end of epoch 20, received step 61. Raise epochs, or start again.',
  ],
  [
    'half a step',
    { state: { ...start(), step: 0.5 } },
    'fit: expected the step of the state to be a whole number of 0 or more, received 0.5.',
  ],
])('%s is refused before anything runs', async (_, options, message) => {
  const backend = { name: 'none', compile: () => Promise.reject(new Error('compiled')) }
  await expect(run([1], { ...options, backend })).rejects.toThrow(message)
})
