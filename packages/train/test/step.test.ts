import { adam, initialize, Linear, Module, type Parameter, parameter, sgd } from '@equivar/nn'
import { add, asSizes, input, matMul, reduceMax, reduceMean, segmentSum, type Tensor } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { gradientProgram, inferenceProgram, initialState, type Objective, trainStep } from '../src/index.ts'
import { inputs, toy } from './toy.ts'

const model = new Linear({ inChannels: 2, outChannels: 1 })
const output = (): Tensor => model.forward(inputs.x)
const loss = (): Tensor => reduceMean(output())
const data = { x: inputs.x }

test.each<[string, () => Objective, string]>([
  ['a loss of each example', () => ({ loss: output() }), 'expected the loss to be a scalar, received [batch, 1]. Use reduceMean.'],
  [
    'a metric of each example',
    () => ({ loss: loss(), metrics: { error: output() } }),
    'expected the metric "error" to be a scalar, received [batch, 1]. Use reduceMean.',
  ],
  [
    'a metric named loss',
    () => ({ loss: loss(), metrics: { loss: loss() } }),
    'expected names of metrics other than step, learning_rate, seed, loss, examples, received "loss".',
  ],
  [
    'a metric named examples',
    () => ({ loss: loss(), metrics: { examples: loss() } }),
    'expected names of metrics other than step, learning_rate, seed, loss, examples, received "examples".',
  ],
])('%s is refused', (_, objective, message) => {
  expect(() => trainStep(model, { inputs: data, objective, optimizer: sgd() })).toThrow(`trainStep: ${message}`)
  expect(() => gradientProgram(model, { inputs: data, objective })).toThrow(`gradientProgram: ${message}`)
})

test('names of data that are taken are refused', () => {
  for (const [name, owner] of [
    ['seed', 'an input of the step itself'],
    ['step', 'an input of the step itself'],
    ['learning_rate', 'an input of the step itself'],
    ['weight', 'a parameter'],
  ] as const) {
    const taken = { x: inputs.x, [name]: input(name, 'float32', []) }
    const given = { inputs: taken, objective: () => ({ loss: loss() }) }
    const message = `expected other names of the data, received "${name}", which is ${owner}.`
    expect(() => trainStep(model, { ...given, optimizer: adam() })).toThrow(`trainStep: ${message}`)
    expect(() => gradientProgram(model, given)).toThrow(`gradientProgram: ${message}`)
  }
})

test('a parameter that is no field is named by its shape', () => {
  class Hidden extends Module {
    readonly #hidden: Parameter = parameter([2, 3])
    forward(x: Tensor): Tensor {
      return matMul(x, this.#hidden)
    }
  }
  const hidden = new Hidden()
  const objective = (): Objective => ({ loss: add(reduceMean(hidden.forward(inputs.x)), 0) })
  expect(() => trainStep(hidden, { inputs: data, objective, optimizer: sgd() })).toThrow(
    /"parameter", float32 \[2, 3\], which is not among the inputs .*a field of a Module.*not in a closure, a private field/,
  )
})

test('initial values of another shape are refused', () => {
  const { step } = toy()
  const { weight, ...rest } = initialize(model, 1)
  expect(() => initialState(step, rest)).toThrow('initialState: expected a value for the parameter "weight", received none.')
  const flat = { ...rest, weight: { dtype: 'float32', shape: [2], data: new Float32Array(2) } } as const
  expect(() => initialState(step, flat)).toThrow('initialState: expected a value for the parameter "weight" of shape [2, 1], received [2].')
})

test('a size that no input tells is refused where the program is made, with what to write', () => {
  const batch = input('batch', 'int64', ['batch'])
  const graphs = (): Tensor => segmentSum(output(), batch, 'graphs')
  const objective = (): Objective => ({ loss: reduceMean(graphs()) })
  const message =
    'expected an input that tells the size "graphs", received x [batch, 2], batch [batch]. ' +
    "Add one whose value it is, num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }), as graphInputs of @equivar/layers-graphs does."
  const given = { ...data, batch }
  expect(() => trainStep(model, { inputs: given, objective, optimizer: sgd() })).toThrow(`trainStep: ${message}`)
  expect(() => gradientProgram(model, { inputs: given, objective })).toThrow(`gradientProgram: ${message}`)
  expect(() => inferenceProgram(model, { inputs: given, outputs: () => ({ y: graphs() }) })).toThrow(`inferenceProgram: ${message}`)
  const told = { ...given, num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }) }
  expect(trainStep(model, { inputs: told, objective, optimizer: sgd() }).metrics).toEqual(['loss'])
  // A size that is computed is told by its node.
  const [counted = 0] = asSizes(add(reduceMax(batch), 1), ['graphs'])
  const computed = (): Objective => ({ loss: reduceMean(segmentSum(output(), batch, counted)) })
  expect(trainStep(model, { inputs: given, objective: computed, optimizer: sgd() }).metrics).toEqual(['loss'])
})
