import type { TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  CheckpointError,
  checkpointOf,
  decodeSafetensors,
  encodeSafetensors,
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
  expect(runStateOf(file, step, 'file')).toEqual(state)
  expect(file.metadata.of).toBe('a run')
})

const whole = checkpointOf(states[3]?.[1] as RunState)
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
    ['a step in words', withMetadata({ step: 'six' }), 'expected "step" to be the number of completed steps, received "six".'],
    ['a negative step', withMetadata({ step: '-6' }), 'received "-6"'],
    ['half a step', withMetadata({ step: '6.5' }), 'received "6.5"'],
    ['an endless step', withMetadata({ step: 'Infinity' }), 'received "Infinity"'],
    ['a step with zeros', withMetadata({ step: '06' }), 'received "06"'],
    ['an empty step', withMetadata({ step: '' }), 'received ""'],
    ['another step than its values', withMetadata({ step: '7' }), 'expected "step" to be the value of "step", 6, received "7".'],
    [
      'sums that are no JSON',
      withMetadata({ sums: '{' }),
      'expected "sums" to be finite sums over the examples of an epoch, received "{".',
    ],
    ['sums in a list', withMetadata({ sums: '[1]' }), 'expected "sums" to be finite sums'],
    ['no sum', withMetadata({ sums: 'null' }), 'expected "sums" to be finite sums'],
    ['sums in words', withMetadata({ sums: '{"loss":"1"}' }), 'expected "sums" to be finite sums'],
    ['an odd count', withMetadata({ waiting: '{"best":1,"epochs":-1}' }), 'expected "waiting" to be a loss and a number of epochs'],
    ['a loss in words', withMetadata({ waiting: '{"best":"1","epochs":1}' }), 'expected "waiting" to be a loss and a number of epochs'],
    [
      'a best epoch in words',
      withMetadata({ best: 'constructor' }),
      'expected "best" to be the number of an epoch, received "constructor".',
    ],
    [
      'a missing value',
      { ...whole, values: {} },
      'expected a value "weight" float32 [2, 1], received none. It is a checkpoint of another model.',
    ],
    ['a value of another shape', withValue('bias', weight), 'expected a value "bias" float32 [1], received float32 [2, 1].'],
    [
      'a value of another type',
      withValue('step', number('float32', Float32Array.of(6))),
      'expected a value "step" int64 [], received float32 []',
    ],
    ['a missing best value', { ...whole, values: at(6) }, 'expected a value "best:weight" float32 [2, 1], received none.'],
  ])('%s', (_, checkpoint, message) => {
    const read = (): RunState => runStateOf(checkpoint, step, 'a.safetensors')
    expect(read).toThrow(CheckpointError)
    expect(read).toThrow(message)
  })
})

test('metadata cannot replace what belongs to the state', () => {
  expect(() => checkpointOf(start(), { step: '7' })).toThrow(
    'checkpointOf: expected metadata other than step, sums, waiting, best, received "step".',
  )
})
