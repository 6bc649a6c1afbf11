import { type Program, type TensorValue, tensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { expectSameAsRuntime } from './same-as-runtime.ts'

const [STEPS, BATCH, INPUTS, CHANNELS] = [5, 3, 2, 4]
const gates = { RNN: 1, GRU: 3, LSTM: 4 } as const
type Attributes = NonNullable<Parameters<typeof node>[3]>

interface Case {
  readonly kind: keyof typeof gates
  readonly direction?: 'forward' | 'reverse' | 'bidirectional'
  /** Which result is y. */
  readonly result?: number
  readonly lengths?: readonly number[]
  readonly first?: boolean
  readonly bias?: boolean
  readonly peepholes?: boolean
  readonly attributes?: Attributes
}

const numbers = (...dims: number[]): number[] => {
  const count = dims.reduce((n, d) => n * d, 1)
  return Array.from({ length: count }, (_, i) => Math.sin(1 + 1.7 * i + count) * 0.8)
}

function recurrentFile(
  steps: number | string,
  { kind, direction = 'forward', result = 0, lengths, first, bias, peepholes, attributes }: Case,
): Uint8Array {
  const directions = direction === 'bidirectional' ? 2 : 1
  const rows = gates[kind] * CHANNELS
  const stored = (name: string, ...dims: number[]) => floats(name, dims, numbers(...dims))
  const inputs = ['x', 'w', 'r', bias === false ? '' : 'b', lengths === undefined ? '' : 'lengths', ...(first ? ['h', 'c'] : [])]
  if (peepholes) inputs.push('', '', 'p')
  return file({
    input: [declared('x', [steps, BATCH, INPUTS])],
    initializer: [
      stored('w', directions, rows, INPUTS),
      stored('r', directions, rows, CHANNELS),
      stored('b', directions, 2 * rows),
      stored('h', directions, BATCH, CHANNELS),
      stored('c', directions, BATCH, CHANNELS),
      stored('p', directions, 3 * CHANNELS),
      { name: 'lengths', dims: [BigInt(BATCH)], dataType: types.int32, int32Data: [...(lengths ?? [])] },
    ].filter(({ name = '' }) => inputs.includes(name)),
    node: [
      node(kind, kind === 'LSTM' ? inputs : inputs.slice(0, 6), ['', '', ''].slice(0, result).concat('y'), {
        hidden_size: CHANNELS,
        direction,
        ...attributes,
      }),
    ],
    output: [declared('y')],
  })
}

const x: TensorValue = tensorValue('float32', [STEPS, BATCH, INPUTS], numbers(STEPS, BATCH, INPUTS))

const compare = async (bytes: Uint8Array): Promise<Program> => (await expectSameAsRuntime(bytes, { x })).program

describe.each(['RNN', 'GRU', 'LSTM'] as const)('%s computes what ONNX Runtime computes', (kind) => {
  const cases: Case[] = [
    { kind },
    { kind, bias: false, direction: 'reverse' },
    { kind, direction: 'bidirectional', first: true },
    { kind, direction: 'bidirectional', result: 1 },
    { kind, direction: 'bidirectional', lengths: [5, 2, 3] },
    { kind, direction: 'bidirectional', first: true, lengths: [1, 2, 5], result: kind === 'LSTM' ? 2 : 1 },
  ]
  test.each(cases)('over a known number of steps: %j', async (one) => {
    const program = await compare(recurrentFile(STEPS, one))
    expect(program.nodes.some(({ operator }) => operator.name === 'Loop')).toBe(false)
  })

  test.each(cases)('over a number of steps that only a run tells: %j', async (one) => {
    const program = await compare(recurrentFile('steps', one))
    expect(program.nodes.some(({ operator }) => operator.name === 'Loop')).toBe(true)
  })
})

test.each([
  [0, true],
  [1, false],
  [256, false],
  [257, true],
])('%i steps become a loop: %s', (steps, isLoop) => {
  const { program } = importOnnx(recurrentFile(steps, { kind: 'RNN' }))
  expect(program.nodes.some(({ operator }) => operator.name === 'Loop')).toBe(isLoop)
})

test('the reset gate stands outside of the product where the file says so', async () => {
  await compare(recurrentFile(STEPS, { kind: 'GRU', attributes: { linear_before_reset: 1 } }))
  await compare(recurrentFile('steps', { kind: 'GRU', attributes: { linear_before_reset: 1 }, bias: false }))
})

test('activations may be chosen, for each direction', async () => {
  await compare(
    recurrentFile(STEPS, { kind: 'RNN', direction: 'bidirectional', attributes: { activations: { strings: ['Relu', 'Tanh'] } } }),
  )
  await compare(recurrentFile(STEPS, { kind: 'LSTM', attributes: { activations: { strings: ['Tanh', 'Relu', 'Sigmoid'] } } }))
  const both = (kind: Case['kind'], ...strings: string[]): Uint8Array =>
    recurrentFile(STEPS, { kind, direction: 'bidirectional', attributes: { activations: { strings } } })
  await compare(both('GRU', 'Tanh', 'Relu', 'Sigmoid', 'Tanh'))
  await compare(both('LSTM', 'Sigmoid', 'Relu', 'Tanh', 'Tanh', 'Sigmoid', 'Relu'))
})

test.each<[Case, string]>([
  [
    { kind: 'RNN', attributes: { activations: { strings: ['ThresholdedRelu'] } } },
    'expected activations sigmoid, tanh, relu, received ThresholdedRelu.',
  ],
  [
    { kind: 'RNN', attributes: { activations: { strings: ['constructor'] } } },
    'expected activations sigmoid, tanh, relu, received constructor.',
  ],
  [
    { kind: 'RNN', attributes: { activation_alpha: { floats: [0.5] } } },
    'expected activations without alpha and beta, received some with.',
  ],
  [{ kind: 'GRU', attributes: { activation_beta: { floats: [0.5] } } }, 'expected activations without alpha and beta, received some with.'],
  [{ kind: 'GRU', attributes: { activations: { strings: ['Tanh'] } } }, 'expected 2 activations a direction, received 1.'],
  [
    { kind: 'GRU', direction: 'bidirectional', attributes: { activations: { strings: ['Tanh', 'Relu', 'Tanh'] } } },
    'expected 2 activations a direction, received 1.',
  ],
  [{ kind: 'LSTM', peepholes: true }, 'expected an LSTM without peepholes, received some.'],
  [{ kind: 'LSTM', attributes: { input_forget: 1 } }, 'expected input_forget 0, received 1.'],
  [{ kind: 'RNN', attributes: { clip: { float: 3 } } }, 'expected gates without clip, received clip.'],
  [{ kind: 'RNN', attributes: { layout: 1 } }, 'expected layout 0, received 1.'],
])('refuses %j', (one, message) => {
  expect(() => importOnnx(recurrentFile(STEPS, one), { carry: false })).toThrow(
    expect.objectContaining({ message: `importOnnx: node ${one.kind}: ${message}` }),
  )
})

test('weights of another size are refused', () => {
  const bytes = file({
    input: [declared('x', [2, 1, 2]), declared('w', [1, 8, 2]), declared('r', [1, 9, 2])],
    initializer: [integers('unused', [1], [1])],
    node: [node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 2 })],
    output: [declared('y')],
  })
  expect(() => importOnnx(bytes)).toThrow(
    'importOnnx: node LSTM: expected weights [directions, 4 channels, channels] as input 2, received [1, 9, 2].',
  )
})
