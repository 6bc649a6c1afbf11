import type { TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  CheckpointError,
  checkpointOf,
  decodeSafetensors,
  encodeSafetensors,
  modelValuesOf,
  type RunState,
  runStateOf,
} from '../src/index.ts'
import { start, toy } from './toy.ts'

const { step } = toy()
const at = (steps: number): Record<string, TensorValue> => ({
  ...start().values,
  step: { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(steps)) },
})
const { weight, bias } = start(2).values as Record<'weight' | 'bias', TensorValue>
const states: [string, RunState][] = [
  ['at the start', start()],
  ['within an epoch', { values: at(4), step: 4, sums: { loss: 1.25, examples: 5 } }],
  ['before any loss', { values: at(3), step: 3, sums: {}, waiting: { best: Number.POSITIVE_INFINITY, epochs: 1 } }],
  [
    'with a best epoch',
    { values: at(6), step: 6, sums: {}, waiting: { best: 0.1, epochs: 1 }, best: { epoch: 1, values: { weight, bias } } },
  ],
]
test.each(states)('a state %s survives its file', (_, state) => {
  const file = decodeSafetensors(encodeSafetensors(checkpointOf(state, { of: 'a run' })), 'file')
  expect(runStateOf(file, step, 'file')).toStrictEqual(state)
  expect(file.metadata.of).toBe('a run')
})

const bestState = (states[3] as (typeof states)[number])[1]
const whole = checkpointOf(bestState)
const withMetadata = (metadata: Readonly<Record<string, string>>): Checkpoint => ({
  ...whole,
  metadata: { ...whole.metadata, ...metadata },
})
const without = (name: string): Checkpoint => {
  const { [name]: _, ...metadata } = whole.metadata
  return { ...whole, metadata }
}
const withValue = (name: string, value: TensorValue): Checkpoint => ({ ...whole, values: { ...whole.values, [name]: value } })
const number = (dtype: 'float32' | 'int64', data: TensorValue['data']): TensorValue => ({ dtype, shape: [], data })

describe('a damaged checkpoint is refused', () => {
  test.each<[string, Checkpoint, string]>([
    [
      'no step',
      without('step'),
      'a.safetensors: expected "step" to be the number of completed steps, received none. The checkpoint is damaged.',
    ],
    [
      'a step in words',
      withMetadata({ step: 'six' }),
      'a.safetensors: expected "step" to be the number of completed steps, received "six". The checkpoint is damaged.',
    ],
    [
      'a negative step',
      withMetadata({ step: '-6' }),
      'a.safetensors: expected "step" to be the number of completed steps, received "-6". The checkpoint is damaged.',
    ],
    [
      'half a step',
      withMetadata({ step: '6.5' }),
      'a.safetensors: expected "step" to be the number of completed steps, received "6.5". The checkpoint is damaged.',
    ],
    [
      'an endless step',
      withMetadata({ step: 'Infinity' }),
      'a.safetensors: expected "step" to be the number of completed steps, received "Infinity". The checkpoint is damaged.',
    ],
    [
      'a step with zeros',
      withMetadata({ step: '06' }),
      'a.safetensors: expected "step" to be the number of completed steps, received "06". The checkpoint is damaged.',
    ],
    [
      'an empty step',
      withMetadata({ step: '' }),
      'a.safetensors: expected "step" to be the number of completed steps, received "". The checkpoint is damaged.',
    ],
    [
      'another step than its values',
      withMetadata({ step: '7' }),
      'a.safetensors: expected "step" to be the value of "step", 6, received "7". The checkpoint is damaged.',
    ],
    [
      'sums that are no JSON',
      withMetadata({ sums: '{' }),
      'a.safetensors: expected "sums" to be finite sums over the examples of an epoch, received "{". The checkpoint is damaged.',
    ],
    [
      'sums in a list',
      withMetadata({ sums: '[1]' }),
      'a.safetensors: expected "sums" to be finite sums over the examples of an epoch, received "[1]". The checkpoint is damaged.',
    ],
    [
      'no sum',
      withMetadata({ sums: 'null' }),
      'a.safetensors: expected "sums" to be finite sums over the examples of an epoch, received "null". The checkpoint is damaged.',
    ],
    [
      'sums in words',
      withMetadata({ sums: '{"loss":"1"}' }),
      'a.safetensors: expected "sums" to be finite sums over the examples of an epoch, received "{\\"loss\\":\\"1\\"}". The checkpoint is damaged.',
    ],
    [
      'an odd count',
      withMetadata({ waiting: '{"best":1,"epochs":-1}' }),
      'a.safetensors: expected "waiting" to be a loss and a number of epochs, received "{\\"best\\":1,\\"epochs\\":-1}". The checkpoint is damaged.',
    ],
    [
      'a loss in words',
      withMetadata({ waiting: '{"best":"1","epochs":1}' }),
      'a.safetensors: expected "waiting" to be a loss and a number of epochs, received "{\\"best\\":\\"1\\",\\"epochs\\":1}". The checkpoint is damaged.',
    ],
    [
      'a best epoch in words',
      withMetadata({ best: 'constructor' }),
      'a.safetensors: expected "best" to be the number of an epoch, received "constructor". The checkpoint is damaged.',
    ],
    [
      'a missing value',
      { ...whole, values: {} },
      'a.safetensors: expected a value "weight" float32 [2, 1], received none. It is a checkpoint of another model.',
    ],
    [
      'a value of another shape',
      withValue('bias', weight),
      'a.safetensors: expected a value "bias" float32 [1], received float32 [2, 1]. It is a checkpoint of another model.',
    ],
    [
      'a value of another type',
      withValue('step', number('float32', Float32Array.of(6))),
      'a.safetensors: expected a value "step" int64 [], received float32 []. It is a checkpoint of another model.',
    ],
    [
      'a missing best value',
      { ...whole, values: at(6) },
      'a.safetensors: expected a value "best:weight" float32 [2, 1], received none. It is a checkpoint of another model.',
    ],
  ])('%s', (_, checkpoint, message) => {
    const read = (): RunState => runStateOf(checkpoint, step, 'a.safetensors')
    expect(read).toThrow(CheckpointError)
    expect(read).toThrow(message)
  })
})

test.each<[string, string]>([
  ['step', '123456789012345'],
  ['step', '1234567890123456'],
  ['step', '6 '],
  ['step', ' 6'],
  ['sums', `{"loss": ${'1'.repeat(60)}, "examples": null}`],
  ['waiting', 'null'],
  ['waiting', '[1, 2]'],
  ['waiting', '{'],
  ['waiting', '{"best":1,"epochs":0.5}'],
  ['waiting', '{"epochs":1}'],
  ['waiting', '{"best":1}'],
  ['best', '-1'],
])('%s of %s is refused', (name, text) => {
  const expected = {
    step: text.length === 15 ? 'the value of "step", 6' : 'the number of completed steps',
    sums: 'finite sums over the examples of an epoch',
    waiting: 'a loss and a number of epochs',
    best: 'the number of an epoch',
  }[name]
  expect(() => runStateOf(withMetadata({ [name]: text }), step, 'a')).toThrow(
    new CheckpointError(
      `a: expected "${name}" to be ${expected}, received ${JSON.stringify(text).slice(0, 60)}. The checkpoint is damaged.`,
    ),
  )
})

test('what a checkpoint lacks is not in its state', () => {
  const state = runStateOf(without('sums'), step, 'a')
  expect(state).toStrictEqual({ ...bestState, sums: {} })
  const { best: _, ...early } = bestState
  expect(Object.keys(checkpointOf(early).metadata)).toEqual(['step', 'sums', 'waiting'])
  expect(Object.keys(checkpointOf(start()).metadata)).toEqual(['step', 'sums'])
  expect(runStateOf(whole, { state: [] }, 'a')).toMatchObject({ values: {}, step: 6, best: { epoch: 1, values: {} } })
  const best = [{ input: 'toString', output: 'x', kind: 'buffer', shape: [] }] as const
  expect(() => runStateOf(whole, { state: best }, 'a')).toThrow('a: expected a value "toString" float32 [], received none.')
})

test('the values of the model are the best ones if there are any', () => {
  expect(modelValuesOf(whole)).toEqual({ weight, bias })
  expect(modelValuesOf(whole).weight).toBe(weight)
  const state = start()
  expect(modelValuesOf(checkpointOf(state))).toEqual(state.values)
})

test.each(['step', 'sums', 'waiting', 'best'])('metadata cannot replace %s', (name) => {
  expect(() => checkpointOf(start(), { [name]: '7' })).toThrow(
    new RangeError(`checkpointOf: expected metadata other than step, sums, waiting, best, received "${name}".`),
  )
})
