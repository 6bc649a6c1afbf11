import { onnxBackend } from '@equivar/backend-onnx'
import { exportOnnx, importOnnx } from '@equivar/export-onnx'
import { adam, crossEntropy, initialize, Linear, Module, ProgramModule, parametersOf } from '@equivar/nn'
import {
  type DeviceTensor,
  evaluate,
  type Feeds,
  gather,
  input,
  mul,
  nonZero,
  Random,
  reduceMean,
  squeeze,
  type Tensor,
  type TensorValue,
  tensorValue,
  toNumbers,
} from '@equivar/tensor'
import { inferenceProgram, initialState, trainStep } from '@equivar/train'
import { describe, expect, test } from 'vitest'
import { declared, file, floats, integers, node } from '../../packages/export-onnx/test/hand-made-files.ts'

const random = new Random({ seed: 1 })
const normal = (count: number): number[] => Array.from({ length: count }, () => random.normal() / 2)

/** A small network as others write it: a convolution, a batch normalization, a pooling, a classifier of ten classes. */
const bytes = file({
  input: [declared('x', ['batch', 1, 6, 6])],
  initializer: [
    floats('conv.weight', [4, 1, 3, 3], normal(36)),
    floats('bn.weight', [4], [1, 1.2, 0.8, 1]),
    floats('bn.bias', [4], normal(4)),
    floats('bn.running_mean', [4], normal(4)),
    floats('bn.running_var', [4], [1, 0.5, 2, 1]),
    floats('mask', [2], [0, Number.NEGATIVE_INFINITY]),
    floats('classifier.weight', [10, 4], normal(40)),
    integers('one', [1], [1]),
  ],
  node: [
    node('Conv', ['x', 'conv.weight'], ['a']),
    node('BatchNormalization', ['a', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'], ['b']),
    node('Relu', ['b'], ['c']),
    node('GlobalAveragePool', ['c'], ['d']),
    node('Flatten', ['d'], ['features']),
    node('Gemm', ['features', 'classifier.weight'], ['logits'], { transB: 1 }),
  ],
  output: [declared('logits', ['batch', 10])],
})

class Tuned extends Module {
  readonly body = new ProgramModule(importOnnx(bytes, { outputs: ['features'] }))
  readonly head = new Linear({ inChannels: 4, outChannels: 2 })
  forward(): Tensor {
    return this.head.forward(this.body.forward().features as Tensor)
  }
}

/** Images of stripes, of which the label tells the direction. */
function stripes(count: number): Readonly<Record<'x' | 'label', TensorValue>> {
  const labels = Array.from({ length: count }, (_, i) => i % 2)
  const pixels = labels.flatMap((label) =>
    Array.from({ length: 36 }, (_, i) => Math.sin((label === 0 ? i % 6 : Math.floor(i / 6)) * 2) + random.normal() / 10),
  )
  return { x: tensorValue('float32', [count, 1, 6, 6], pixels), label: tensorValue('int64', [count], labels) }
}

async function tuned(
  model: Tuned,
  steps: number,
  freeze: readonly string[] = [],
): Promise<{ losses: number[]; values: Record<string, TensorValue> }> {
  const label = input('label', 'int64', ['batch'])
  const step = trainStep(model, {
    inputs: { ...model.body.inputs, label },
    objective: () => ({ loss: crossEntropy(model.forward(), label) }),
    optimizer: adam(),
    freeze,
  })
  const executable = await onnxBackend({ threads: 1 }).compile(step.program)
  let state: Feeds = initialState(step, initialize(model, 1))
  const losses: number[] = []
  const fixed = { learning_rate: tensorValue('float32', [], [0.05]), seed: tensorValue('int64', [], [1]) }
  for (let i = 0; i < steps; i++) {
    const outputs = await executable.run({ ...stripes(16), ...state, ...fixed })
    state = Object.fromEntries(step.state.map(({ input: name, output }) => [name, outputs[output] as DeviceTensor]))
    losses.push(Number((await outputs.loss?.data())?.[0]))
  }
  const host = Object.entries(state).map(async ([name, { dtype, shape, data }]): Promise<[string, TensorValue]> => {
    if (typeof data !== 'function') return [name, { dtype, shape, data }]
    return [name, { dtype, shape, data: (await (state[name] as DeviceTensor).data()).slice() }]
  })
  const values = Object.fromEntries(await Promise.all(host))
  await executable.dispose()
  return { losses, values }
}

describe('a foreign file with a new head', () => {
  const model = new Tuned()

  test('has the parameters of the file under their names; statistics, masks and what the outputs do not need are none', () => {
    const parameters = parametersOf(model)
    expect([...parameters.keys()]).toEqual([
      'body.conv.weight',
      'body.bn.weight',
      'body.bn.bias',
      'body.bn.running_mean',
      'body.bn.running_var',
      'head.weight',
      'head.bias',
    ])
    const fixed = [...parameters].filter(([, { trainable }]) => !trainable).map(([path]) => path)
    expect(fixed).toEqual(['body.bn.running_mean', 'body.bn.running_var'])
  })

  test('starts with the numbers of the file', () => {
    const { program, values } = importOnnx(bytes, { outputs: ['features'] })
    const { x } = stripes(3)
    const body = new ProgramModule(importOnnx(bytes, { outputs: ['features'] }))
    const again = inferenceProgram(body, { inputs: body.inputs, outputs: () => body.forward() })
    expect(evaluate(again, { x, ...initialize(body, 5) })).toEqual(evaluate(program, { x, ...values }))
  })

  test('is trained, and exported again', async () => {
    const { losses, values } = await tuned(model, 40)
    expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] as number))
    expect(values['body.bn.running_mean']).toEqual(initialize(model, 1)['body.bn.running_mean'])
    const program = inferenceProgram(model, { inputs: model.body.inputs, outputs: () => ({ logits: model.forward() }) })
    const parameters = Object.fromEntries([...parametersOf(model).keys()].map((path) => [path, values[path] as TensorValue]))
    const read = importOnnx(exportOnnx(program, { values: parameters }))
    const { x } = stripes(5)
    const [expected, received] = [evaluate(program, { x, ...parameters }), evaluate(read.program, { x, ...read.values })]
    expect(received.logits?.shape).toEqual([5, 2])
    toNumbers(expected.logits?.data ?? new Float64Array()).forEach((number, i) => {
      expect(received.logits?.data[i]).toBeCloseTo(number, 5)
    })
  })
})

test('what is frozen stays as it is in the file', async () => {
  const model = new Tuned()
  const { losses, values } = await tuned(model, 3, ['body'])
  const first = initialize(model, 1)
  for (const path of parametersOf(model).keys()) {
    if (path.startsWith('body')) expect(values[path]).toEqual(first[path])
    else expect(values[path]).not.toEqual(first[path])
  }
  expect(losses).toHaveLength(3)
})

test('a training step may have sizes that only a run tells', () => {
  const layer = new Linear({ inChannels: 2, outChannels: 1 })
  const [x, mask] = [input('x', 'float32', ['n', 2]), input('mask', 'bool', ['n'])]
  const rows = layer.forward(gather(x, squeeze(nonZero(mask, 'kept'), 0)))
  const objective = (): { loss: Tensor } => ({ loss: reduceMean(mul(rows, rows)) })
  expect([...trainStep(layer, { inputs: { x, mask }, objective, optimizer: adam() }).program.toldSymbols]).toEqual(['kept'])
})

test('what does not fit is refused', () => {
  expect(() => importOnnx(bytes, { outputs: ['feature'] })).toThrow(
    'importOnnx: expected outputs to name values of the file, received "feature".',
  )
  const body = new ProgramModule(importOnnx(bytes))
  expect(() => body.forward({ z: input('z', 'float32', [1]) })).toThrow('ProgramModule.forward: expected inputs x, received "z".')
  expect(() => body.forward({ x: input('x', 'float32', ['n', 1, 6, 6]) })).toThrow(
    'ProgramModule.forward: expected "x" as float32 [batch, 1, 6, 6], received float32 [n, 1, 6, 6].',
  )
  expect(() => new ProgramModule({ ...importOnnx(bytes), statistics: ['w'] })).toThrow(
    'ProgramModule: expected statistics to name values, received "w".',
  )
})
