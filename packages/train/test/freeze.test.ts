import { adam, adamW, BatchNorm, initialize, Linear, Module, meanSquaredError, sgd } from '@equivar/nn'
import { evaluate, input, squeeze, type Tensor, type TensorValue } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { gradientProgram, initialState, type TrainStep, trainStep } from '../src/index.ts'
import { examples, inputs } from './toy.ts'

class TwoParts extends Module {
  readonly encoder: Linear = new Linear({ inChannels: 2, outChannels: 3 })
  readonly norm: BatchNorm = new BatchNorm({ channels: 3 })
  readonly head: Linear = new Linear({ inChannels: 3, outChannels: 1 })
  forward(x: Tensor): Tensor {
    return this.head.forward(this.norm.forward(this.encoder.forward(x)))
  }
}
const model = new TwoParts()
const objective = () => ({ loss: meanSquaredError(squeeze(model.forward(inputs.x), -1), inputs.target) })
const common = { inputs, objective, optimizer: sgd({ momentum: 0.9, weightDecay: 0.1 }) }
const settings: Record<string, TensorValue> = {
  learning_rate: { dtype: 'float32', shape: [], data: Float32Array.of(0.125) },
  seed: { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) },
}
const after = (step: TrainStep): Record<string, readonly number[]> => {
  const outputs = evaluate(step.program, { ...examples.batch([0, 1, 2, 3]), ...initialState(step, initialize(model, 1)), ...settings })
  return Object.fromEntries(step.state.map(({ input: name, output }) => [name, Array.from(outputs[output]?.data ?? [], Number)]))
}
const first = (name: string): readonly number[] => Array.from(initialize(model, 1)[name]?.data as Float32Array)

describe('frozen parameters', () => {
  test('stay, and the others take the step that they take without', () => {
    const [whole, part] = [after(trainStep(model, common)), after(trainStep(model, { ...common, freeze: ['encoder'] }))]
    for (const name of ['encoder.weight', 'encoder.bias']) {
      expect(part[name]).toEqual(first(name))
      expect(whole[name]).not.toEqual(first(name))
    }
    for (const name of ['head.weight', 'head.bias', 'norm.scale', 'optimizer.momentum.head.weight'].filter((n) => n in whole))
      expect(part[name]).toEqual(whole[name])
  })

  test('have no state of the optimizer, no weight decay, no average and no gradient', () => {
    const step = trainStep(model, { ...common, optimizer: adamW(), average: 0.9, accumulate: 2, freeze: ['encoder.*'] })
    const encoder = step.state.filter(({ input: name }) => name.includes('encoder'))
    expect(encoder).toEqual([
      { input: 'encoder.weight', output: 'encoder.weight.next', kind: 'parameter', shape: [2, 3] },
      { input: 'encoder.bias', output: 'encoder.bias.next', kind: 'parameter', shape: [3] },
    ])
    const products = (of: TrainStep): number => of.program.nodes.filter(({ operator }) => operator.name === 'MatMul').length
    // The product of the encoder's weight gradient is gone.
    expect(products(trainStep(model, { ...common, freeze: ['encoder'] }))).toBeLessThan(products(trainStep(model, common)))
    const gradients = gradientProgram(model, { inputs, objective, freeze: ['encoder'] }).outputs.map(({ name }) => name)
    expect(gradients.filter((name) => name.includes('encoder'))).toEqual([])
    expect(gradients).toContain('gradient.head.weight')
  })

  test('running statistics stay too where their path is frozen', () => {
    const statistics = Object.keys(after(trainStep(model, common))).filter((name) => /^norm\.(running|mean|var)/i.test(name))
    expect(statistics.length).toBe(2)
    const [whole, part] = [after(trainStep(model, common)), after(trainStep(model, { ...common, freeze: ['norm'] }))]
    for (const name of statistics) {
      expect(whole[name]).not.toEqual(first(name))
      expect(part[name]).toEqual(first(name))
    }
  })

  test('a pattern names a parameter, a module, or several by a star; never a part of a name', () => {
    const frozen = (...freeze: string[]): string[] => {
      const { state } = trainStep(model, { ...common, optimizer: adam(), freeze })
      const trained = new Set(state.flatMap(({ input: name }) => (name.startsWith('optimizer.first.') ? [name.slice(16)] : [])))
      return state.filter(({ input: name, kind }) => kind === 'parameter' && !trained.has(name)).map(({ input: name }) => name)
    }
    expect(frozen('head.bias')).toEqual(['head.bias'])
    expect(frozen('*.bias', 'encoder').sort()).toEqual(expect.arrayContaining(['encoder.bias', 'encoder.weight', 'head.bias']))
    expect(() => frozen('head.b')).toThrow(
      /^trainStep: expected freeze to name paths of parameters \(encoder.weight, .*\), received "head.b"\.$/,
    )
    expect(() => frozen('h.ad')).toThrow('received "h.ad"')
    expect(() => frozen('*')).toThrow('trainStep: expected a parameter that is not frozen, received freeze *, which leaves none.')
  })
})

test('the frozen input of an exported step is an output as well, so a loop over its state needs no exception', () => {
  const step = trainStep(model, { ...common, freeze: ['encoder'] })
  const names = step.program.outputs.map(({ name }) => name)
  for (const { output } of step.state) expect(names).toContain(output)
  expect(step.program.metadata['equivar.state']).toBe(JSON.stringify(step.state))
})

test('data may not take the name of a frozen parameter', () => {
  expect(() =>
    trainStep(model, { ...common, inputs: { ...inputs, 'encoder.bias': input('encoder.bias', 'float32', [3]) }, freeze: ['encoder'] }),
  ).toThrow('received "encoder.bias", which is a parameter.')
})
