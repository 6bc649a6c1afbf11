import { adam, BatchNorm, initialize, Linear, Mlp, meanSquaredError, randomSource, sgd } from '@equivar/nn'
import { add, cast, constant, evaluate, input, reduceMean, segmentSum, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { gradientProgram, inferenceProgram, initialState, repeatedStep, type TrainStep, trainStep } from '../src/index.ts'
import { inputs, toy } from './toy.ts'

const model = new Mlp({ channels: [2, 1], norm: 'batch', finalActivation: true })
const loss = (): Tensor => reduceMean(model.forward(inputs.x))
const objective = () => ({ loss: loss(), metrics: { twice: add(loss(), loss()) } })
const data = { x: inputs.x }
const inputsOf = (program: TrainStep['program']): string[] => program.inputs.map(({ name }) => name)
const outputsOf = (program: TrainStep['program']): string[] => program.outputs.map(({ name }) => name)

const entry = (name: string, kind: string, shape: readonly number[]) => ({ input: name, output: `${name}.next`, kind, shape })
const parameters = [
  entry('layers.0.weight', 'parameter', [2, 1]),
  entry('layers.0.bias', 'parameter', [1]),
  entry('norms.0.scale', 'parameter', [1]),
  entry('norms.0.offset', 'parameter', [1]),
]
const buffers = [entry('norms.0.runningMean', 'buffer', [1]), entry('norms.0.runningVariance', 'buffer', [1])]
const slots = (slot: string) => parameters.map(({ input: path, shape }) => entry(`${slot}.${path}`, 'slot', shape))
const counter = entry('step', 'step', [])

test('the names of a step: state, inputs, outputs, metadata', () => {
  const step = trainStep(model, { inputs: data, objective, optimizer: adam(), accumulate: 2, metadata: { task: 'a test' } })
  const moments = parameters.flatMap(({ input: path, shape }) =>
    ['first', 'second'].map((slot) => entry(`optimizer.${slot}.${path}`, 'slot', shape)),
  )
  const state = [...parameters, ...buffers, ...slots('accumulated'), ...moments, counter]
  expect(step.state).toEqual(state)
  expect(step.metrics).toEqual(['loss', 'twice'])
  expect(inputsOf(step.program)).toEqual(['x', ...state.map((part) => part.input), 'learning_rate', 'seed'])
  expect(outputsOf(step.program)).toEqual(['loss', 'twice', ...state.map((part) => part.output)])
  expect(step.program.metadata).toEqual({ task: 'a test', 'equivar.state': JSON.stringify(state), 'equivar.optimizer': 'adam' })
})

test('a step without metrics, slots and metadata', () => {
  const step = trainStep(model, { inputs: data, objective: () => ({ loss: loss() }), optimizer: sgd() })
  expect(step.state).toEqual([...parameters, ...buffers, counter])
  expect(step.metrics).toEqual(['loss'])
  expect(Object.keys(step.program.metadata)).toEqual(['equivar.state', 'equivar.optimizer'])
})

test('the program of repeated steps has the same names, and a first axis of steps where the data changes', () => {
  const step = trainStep(model, { inputs: data, objective, optimizer: sgd({ momentum: 0.5 }), metadata: { task: 'a test' } })
  for (const [count, axis] of [
    [undefined, 'steps'],
    [7, 7],
  ] as const) {
    const repeated = repeatedStep(step, count)
    expect(repeated).toMatchObject({ state: step.state, metrics: step.metrics })
    expect(inputsOf(repeated.program).toSorted()).toEqual(inputsOf(step.program).toSorted())
    expect(outputsOf(repeated.program).toSorted()).toEqual(outputsOf(step.program).toSorted())
    expect(repeated.program.metadata).toEqual(step.program.metadata)
    const shapes = Object.fromEntries(repeated.program.inputs.map(({ name, tensor }) => [name, tensor.shape.map(String)]))
    expect(shapes).toMatchObject({ x: [`${axis}`, 'batch', '2'], 'layers.0.weight': ['2', '1'], step: [], learning_rate: [], seed: [] })
  }
})

test('repeated steps on graphs: the number of graphs is one for all steps, and still tells the size', () => {
  const linear = new Linear({ inChannels: 2, outChannels: 1 })
  const graphs = {
    x: input('x', 'float32', ['nodes', 2]),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }
  const objective = () => ({ loss: reduceMean(segmentSum(linear.forward(graphs.x), graphs.batch, 'graphs')) })
  const step = trainStep(linear, { inputs: graphs, objective, optimizer: sgd() })
  const rows = [
    [1, 2, 3, 4, 5, 6],
    [0, 1, 0, 2, 7, 1],
  ]
  const settings = {
    num_graphs: tensorValue('int64', [], [2]),
    learning_rate: tensorValue('float32', [], [0.5]),
    seed: tensorValue('int64', [], [0]),
  }
  // Numbers that float32 holds exactly.
  const ones = Object.entries(initialize(linear, 1)).map(([name, { shape, data }]) => [
    name,
    tensorValue(
      'float32',
      shape,
      Array.from({ length: data.length }, () => 1),
    ),
  ])
  const first = initialState(step, Object.fromEntries(ones))
  const together = evaluate(repeatedStep(step).program, {
    ...first,
    ...settings,
    x: tensorValue('float32', [2, 3, 2], rows.flat()),
    batch: tensorValue('int64', [2, 3], [0, 1, 1, 0, 0, 1]),
  })
  const batches = [
    [0, 1, 1],
    [0, 0, 1],
  ]
  let state: Record<string, TensorValue> = first
  const losses = rows.map((row, i) => {
    const fed = { x: tensorValue('float32', [3, 2], row), batch: tensorValue('int64', [3], batches[i] as number[]) }
    const outputs = evaluate(step.program, { ...state, ...settings, ...fed })
    state = Object.fromEntries(
      step.state.map(({ input: name, output, shape }) => {
        const values = Array.from(outputs[output]?.data ?? [], Number)
        return [name, tensorValue(name === 'step' ? 'int64' : 'float32', shape, values)]
      }),
    )
    return Number(outputs.loss?.data[0])
  })
  expect(Array.from(together.loss?.data ?? [], Number)).toEqual(losses)
})

test('the gradient has the trainable parameters, and inference all values, with the metadata', () => {
  const gradient = gradientProgram(model, { inputs: data, objective, metadata: { task: 'a test' } })
  const values = [...parameters, ...buffers].map((part) => part.input).toSorted()
  expect(inputsOf(gradient).toSorted()).toEqual([...values, 'seed', 'x'])
  expect(outputsOf(gradient)).toEqual(['loss', ...parameters.map((part) => `gradient.${part.input}`)])
  expect(gradient.metadata).toEqual({ task: 'a test' })
  expect(gradientProgram(model, { inputs: data, objective }).metadata).toEqual({})
  const outputs = (): Record<string, Tensor> => ({ y: model.forward(inputs.x) })
  const inference = inferenceProgram(model, { inputs: data, outputs, metadata: { task: 'a test' } })
  expect(inputsOf(inference).toSorted()).toEqual([...values, 'x'])
  expect(outputsOf(inference)).toEqual(['y'])
  expect(inference.metadata).toEqual({ task: 'a test' })
  expect(inferenceProgram(model, { inputs: data, outputs }).metadata).toEqual({})
})

test('each step has its own seed: 8 bits of the seed, 16 of the step', () => {
  const linear = new Linear({ inChannels: 2, outChannels: 1 })
  const seeded = () => ({ loss: reduceMean(linear.forward(inputs.x)), metrics: { own: cast(randomSource('test').seed, 'float32') } })
  const { program } = trainStep(linear, { inputs: data, objective: seeded, optimizer: sgd() })
  const ownOf = (seed: bigint, step: bigint): unknown =>
    evaluate(program, {
      x: tensorValue('float32', [1, 2], [1, 2]),
      ...initialize(linear, 1),
      learning_rate: tensorValue('float32', [], [0]),
      seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(seed) },
      step: { dtype: 'int64', shape: [], data: BigInt64Array.of(step) },
    }).own?.data[0]
  expect(ownOf(3n, 7n)).toBe(3 * 65536 + 7)
  expect(ownOf(255n, 65535n)).toBe(2 ** 24 - 1)
  expect(ownOf(256n, 65536n)).toBe(0)
})

test('a buffer without an update keeps its value', () => {
  const norm = new BatchNorm({ channels: 2 })
  const linear = new Linear({ inChannels: 2, outChannels: 1 })
  const both = Object.assign(new Mlp({ channels: [2, 1] }), { norm, linear })
  const step = trainStep(both, { inputs: data, objective: () => ({ loss: reduceMean(linear.forward(inputs.x)) }), optimizer: sgd() })
  const state = initialState(step, initialize(both, 1))
  const next = evaluate(step.program, {
    x: tensorValue('float32', [1, 2], [1, 2]),
    ...state,
    learning_rate: tensorValue('float32', [], [1]),
    seed: { dtype: 'int64', shape: [], data: new BigInt64Array(1) },
  })
  expect(Array.from(next['norm.runningVariance.next']?.data ?? [], Number)).toEqual([1, 1])
  expect(Array.from(next['linear.bias.next']?.data ?? [], Number)).toEqual([Number(state['linear.bias']?.data[0]) - 1])
})

test('the state before the first step: slots and the counter are 0', () => {
  const step = trainStep(model, { inputs: data, objective, optimizer: adam() })
  const values = initialize(model, 1)
  const state = initialState(step, { ...values, unused: tensorValue('float32', [], [1]) })
  expect(Object.keys(state)).toEqual(step.state.map((part) => part.input))
  expect(state['norms.0.runningMean']).toBe(values['norms.0.runningMean'])
  expect(state['optimizer.second.layers.0.weight']).toEqual({ dtype: 'float32', shape: [2, 1], data: new Float32Array(2) })
  expect(state.step).toEqual({ dtype: 'int64', shape: [], data: new BigInt64Array(1) })
})

test('numbers out of range are refused', () => {
  const { objective: plane, model: linear } = toy()
  const made = (options: object) => () => trainStep(linear, { inputs, objective: plane, optimizer: sgd(), ...options })
  expect(made({ accumulate: 1.5 })).toThrow(new RangeError('trainStep: expected accumulate of 1 or more steps, received 1.5.'))
  expect(made({ clipNorm: 0 })).toThrow('clipByGlobalNorm: expected a finite maxNorm of more than 0, received 0.')
  const targets = { ...inputs, target: input('target', 'float32', []) }
  const scalar = () => ({ loss: meanSquaredError(constant(1), targets.target), metrics: { seed: constant(1) } })
  expect(() => trainStep(linear, { inputs: targets, objective: scalar, optimizer: sgd() })).toThrow(
    new RangeError('trainStep: expected names of metrics other than step, learning_rate, seed, loss, examples, received "seed".'),
  )
})
