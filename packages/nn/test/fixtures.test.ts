import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { differentiate, evaluate, type Input, input, type Program, program, type Tensor } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import * as nn from '../src/index.ts'
import { feed, type Golden, golden, haveGoldenCases, unusedCases } from './golden.ts'

type Named = Readonly<Record<string, Input>>
type Results = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>

/** The executors of the cases, with their tolerances. */
const executors = [
  { name: 'the float64 reference', tolerance: 1e-10, run: async (p: Program, feeds: Feeds): Promise<Results> => evaluate(p, feeds) },
  { name: 'ONNX Runtime', tolerance: 1e-5, run: onOnnxRuntime },
]
type Feeds = Record<string, t.TensorValue>

async function onOnnxRuntime(p: Program, feeds: Feeds): Promise<Results> {
  const executable = await onnxBackend({ threads: 1 }).compile(p)
  const outputs = await executable.run(feeds)
  const results = Object.entries(outputs).map(
    async ([name, y]) => [name, { shape: y.shape, data: (await y.data()) as Float32Array }] as const,
  )
  return Object.fromEntries(await Promise.all(results))
}

function expectClose(ours: ArrayLike<number> | undefined, expected: readonly number[], tolerance: number, name: string): void {
  expected.forEach((value, i) => {
    expect(Math.abs((ours?.[i] as number) - value), `${name}[${i}]`).toBeLessThan(tolerance * Math.max(1, Math.abs(value)))
  })
}

describe.skipIf(!haveGoldenCases).each(executors)(
  'golden cases from other frameworks on $name (skipped without the folder of cases)',
  ({ tolerance, run }) => {
    /** Compares value and derivatives with those of the golden case. */
    async function expectGolden(
      name: string,
      build: (inputs: Named, config: Golden['config']) => Tensor,
      scales: Readonly<Record<string, number>> = {},
    ): Promise<void> {
      const { tensors, config } = golden(name)
      const inputs: Record<string, Input> = {}
      for (const [key, { shape }] of Object.entries(tensors)) {
        if (/^(in|param|state):/.test(key) && !key.endsWith('-after')) inputs[key.replace(/^\w+:/, '')] = input(key, 'float32', shape)
      }
      const cotangent = input('cotangent', 'float32', tensors.cotangent?.shape ?? [])
      const y = build(inputs, config)
      const wanted = Object.keys(tensors).filter((key) => key.startsWith('grad:'))
      const gradients = differentiate(
        t.reduceSum(t.mul(y, cotangent)),
        wanted.map((key) => inputs[key.replace(/^grad:\w+:/, '')] as Tensor),
      )
      const p = program({
        inputs: [...Object.values(inputs), cotangent],
        outputs: { out: y, ...Object.fromEntries(wanted.map((key, i) => [key, gradients[i] as Tensor])) },
      })
      const feeds = Object.fromEntries(p.inputs.map(({ name: key }) => [key, feed(tensors[key] as { shape: number[]; data: number[] })]))
      const result = await run(p, feeds)
      for (const key of ['out', ...wanted]) {
        const expected = tensors[key] as { shape: number[]; data: number[] }
        expect(result[key]?.shape, key).toEqual(expected.shape)
        const scaled = Array.from(result[key]?.data ?? [], (value) => value * (scales[key] ?? 1))
        expectClose(scaled, expected.data, tolerance, key)
      }
    }

    const x = (inputs: Named, name = 'input'): Tensor => inputs[name] as Tensor

    /** Replaces the parameters of a module by inputs of a golden case. */
    function withParameters<M extends nn.Module>(module: M, values: Readonly<Record<string, Tensor>>): M {
      return Object.assign(module, values)
    }

    test.each(['elu', 'gelu', 'geluTanh', 'logSoftmax', 'relu', 'sigmoid', 'silu', 'softmax', 'softplus', 'tanh'] as const)(
      'activation %s',
      (name) => expectGolden(`nn/activation-${name}`, (inputs) => nn.activation(name)(x(inputs))),
    )

    test('activation leakyRelu, slope 0.1', () => expectGolden('nn/activation-leakyRelu', (inputs) => t.leakyRelu(x(inputs), 0.1)))

    test('activation hardSigmoid, where the slope 1 / 6 of the golden derivative is rounded to float32', () =>
      expectGolden('nn/activation-hardSigmoid', (inputs) => nn.activation('hardSigmoid')(x(inputs)), {
        'grad:in:input': Math.fround(1 / 6) * 6,
      }))

    test('linear', () =>
      expectGolden('nn/linear', (inputs) =>
        withParameters(new nn.Linear({ inChannels: 5, outChannels: 3 }), {
          weight: t.transpose(x(inputs, 'weight')),
          bias: x(inputs, 'bias'),
        }).forward(x(inputs)),
      ))

    test('layer norm', () =>
      expectGolden('nn/layer-norm', (inputs) =>
        withParameters(new nn.LayerNorm({ channels: 6 }), { scale: x(inputs, 'weight'), offset: x(inputs, 'bias') }).forward(x(inputs)),
      ))

    const batchNorm = (inputs: Named): nn.BatchNorm =>
      withParameters(new nn.BatchNorm({ channels: 4, axis: 1 }), {
        scale: x(inputs, 'weight'),
        offset: x(inputs, 'bias'),
        runningMean: x(inputs, 'mean-before'),
        runningVariance: x(inputs, 'var-before'),
      })
    test('batch norm in inference', () => expectGolden('nn/batch-norm-eval', (inputs) => batchNorm(inputs).forward(x(inputs))))
    test('batch norm in training', () =>
      expectGolden('nn/batch-norm-train', (inputs) => nn.trace({ training: true }, () => batchNorm(inputs).forward(x(inputs))).result))

    test('running statistics of batch norm', async () => {
      const { tensors } = golden('nn/batch-norm-train')
      const norm = new nn.BatchNorm({ channels: 4, axis: 1 })
      const data = input('x', 'float32', [6, 4, 5])
      const { updates } = nn.trace({ training: true }, () => norm.forward(data))
      const p = program({
        inputs: { x: data, mean: norm.runningMean, variance: norm.runningVariance },
        outputs: { nextMean: updates.get(norm.runningMean) as Tensor, nextVariance: updates.get(norm.runningVariance) as Tensor },
      })
      const value = (name: string): { shape: number[]; data: number[] } => tensors[name] as { shape: number[]; data: number[] }
      const result = await run(p, {
        x: feed(value('in:input')),
        mean: feed(value('state:mean-before')),
        variance: feed(value('state:var-before')),
      })
      expectClose(result.nextMean?.data, value('state:mean-after').data, tolerance, 'mean')
      expectClose(result.nextVariance?.data, value('state:var-after').data, tolerance, 'variance')
    })

    const target = (config: Golden['config']): Tensor => t.constant(config.target as number[], undefined, 'int64')
    test.each([
      ['crossEntropy', (i: Named, c: Golden['config']) => nn.crossEntropy(x(i), target(c))],
      ['crossEntropySmoothed', (i: Named, c: Golden['config']) => nn.crossEntropy(x(i), target(c), { smoothing: 0.1 })],
      ['binaryCrossEntropyWithLogits', (i: Named) => nn.binaryCrossEntropyWithLogits(x(i), x(i, 'target'))],
      ['meanSquaredError', (i: Named) => nn.meanSquaredError(x(i), x(i, 'target'))],
      ['meanAbsoluteError', (i: Named) => nn.meanAbsoluteError(x(i), x(i, 'target'))],
      ['huber', (i: Named) => nn.huber(x(i), x(i, 'target'), { delta: 0.7 })],
    ])('loss %s', (name, build) => expectGolden(`nn/loss-${name}`, build))

    test('attention with a mask, built from products and softmax', () =>
      expectGolden('nn/multihead-attention-masked', (inputs, config) => {
        const projected = (source: Tensor, k: number): Tensor => {
          const weight = t.slice(x(inputs, 'in_proj_weight'), { axis: 0, start: 8 * k, end: 8 * (k + 1) })
          const bias = t.slice(x(inputs, 'in_proj_bias'), { axis: 0, start: 8 * k, end: 8 * (k + 1) })
          const y = t.add(t.matMul(source, t.transpose(weight)), bias)
          return t.transpose(t.reshape(y, [2, source.shape[1] as number, 2, 4]), [0, 2, 1, 3])
        }
        const [q, k, v] = [projected(x(inputs, 'q'), 0), projected(x(inputs, 'kv'), 1), projected(x(inputs, 'kv'), 2)]
        const padded = t.constant(config.keyPaddingMask as boolean[][], [2, 1, 1, 5], 'bool')
        const scores = t.where(padded, -Infinity, t.mul(t.matMul(q, t.swapAxes(k, -1, -2)), 0.5))
        const heads = t.reshape(t.transpose(t.matMul(t.softmax(scores), v), [0, 2, 1, 3]), [2, 4, 8])
        return t.add(t.matMul(heads, t.transpose(x(inputs, 'out_proj.weight'))), x(inputs, 'out_proj.bias'))
      }))

    const window = (c: Record<string, number | string>): t.ConvOptions => ({
      strides: c.stride as number,
      dilations: (c.dilation as number) ?? 1,
      groups: (c.groups as number) ?? 1,
    })
    test.each(['conv1d-0', 'conv1d-1', 'conv1d-2', 'conv2d-3', 'conv2d-4', 'conv2d-6', 'conv2d-8', 'conv3d-9'])('%s', (name) =>
      expectGolden(`convolution/${name}`, (inputs, config) => {
        const c = config as Record<string, number | string>
        const spatial = x(inputs).rank - 2
        const amount = [0, 0, ...Array.from({ length: spatial }, () => c.padding as number)]
        const circular = c.paddingMode === 'circular'
        const padded = circular ? t.pad(x(inputs), [...amount, ...amount], { mode: 'wrap' }) : x(inputs)
        return t.conv(padded, x(inputs, 'weight'), { ...window(c), pads: circular ? 0 : (c.padding as number), bias: x(inputs, 'bias') })
      }),
    )
    test.each(['conv-transpose2d-0', 'conv-transpose2d-1'])('%s', (name) =>
      expectGolden(`convolution/${name}`, (inputs, config) => {
        const c = config as Record<string, number>
        const options = { ...window(c), pads: c.padding as number, outputPadding: c.outputPadding as number, bias: x(inputs, 'bias') }
        return t.convTranspose(x(inputs), x(inputs, 'weight'), options)
      }),
    )
    test.each(['max-pool2d-0', 'max-pool2d-1', 'max-pool2d-2', 'avg-pool2d-0', 'avg-pool2d-2'])('%s', (name) =>
      expectGolden(`convolution/${name}`, (inputs, config) => {
        const c = config as Record<string, number>
        const options = { kernel: c.kernel as number, strides: c.stride as number, pads: c.padding as number }
        return name.startsWith('max') ? t.maxPool(x(inputs), options) : t.averagePool(x(inputs), options)
      }),
    )

    test.each([
      ['sgd', () => nn.sgd()],
      ['sgd-momentum-nesterov-decay', () => nn.sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.01 })],
      ['adam', () => nn.adam()],
      ['adamw', () => nn.adamW({ beta1: 0.8, beta2: 0.95, weightDecay: 0.05 })],
    ] as const)('optimizer %s', async (name, make) => {
      const { tensors, config } = golden(`optimizers/${name}`)
      const optimizer = make()
      const leaf = (key: string): Input => input(key, 'float32', [5])
      const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, leaf(slot)]))
      const scalars = { learningRate: input('rate', 'float32', []), step: input('step', 'float32', []) }
      const [parameter, gradient] = [leaf('parameter'), leaf('gradient')]
      const next = optimizer.update({ parameter, gradient, state: slots, ...scalars })
      const p = program({
        inputs: { parameter, gradient, ...slots, rate: scalars.learningRate, step: scalars.step },
        outputs: {
          next: next.parameter,
          ...Object.fromEntries(Object.entries(next.state).map(([slot, value]) => [`${slot}.next`, value])),
        },
      })
      let value = Float64Array.from(tensors.start?.data ?? [])
      const state = Object.fromEntries(optimizer.slots.map((slot) => [slot, new Float64Array(5)]))
      for (let k = 0; tensors[`grad-${k}`] !== undefined; k++) {
        const vector = (data: ArrayLike<number>): t.TensorValue => ({ dtype: 'float32', shape: [5], data: Float64Array.from(data) })
        const scalar = (number: number): t.TensorValue => ({ dtype: 'float32', shape: [], data: Float64Array.of(number) })
        const result = await run(p, {
          parameter: vector(value),
          gradient: vector(tensors[`grad-${k}`]?.data ?? []),
          ...Object.fromEntries(Object.entries(state).map(([slot, data]) => [slot, vector(data)])),
          rate: scalar(config.lr as number),
          step: scalar(k + 1),
        })
        value = Float64Array.from(result.next?.data ?? [])
        for (const slot of optimizer.slots) state[slot] = Float64Array.from(result[`${slot}.next`]?.data ?? [])
        expectClose(value, tensors[`value-${k}`]?.data ?? [], tolerance, `step ${k}`)
      }
    })

    test('clip by global norm', async () => {
      const { tensors } = golden('optimizers/clip-by-global-norm')
      const leaves = [input('a', 'float32', [3]), input('b', 'float32', [2, 2])]
      const { gradients, norm } = nn.clipByGlobalNorm(leaves, 0.5)
      const p = program({ inputs: leaves, outputs: { norm, first: gradients[0] as Tensor, second: gradients[1] as Tensor } })
      const value = (name: string): { shape: number[]; data: number[] } => tensors[name] as { shape: number[]; data: number[] }
      const result = await run(p, { a: feed(value('grad-0')), b: feed(value('grad-1')) })
      expectClose(result.norm?.data, value('norm').data, tolerance, 'norm')
      expectClose(result.first?.data, value('clipped-0').data, tolerance, 'first')
      expectClose(result.second?.data, value('clipped-1').data, tolerance, 'second')
    })
  },
)

describe.skipIf(!haveGoldenCases)('golden cases from other frameworks (skipped without the folder of cases)', () => {
  test.each([
    ['schedule-step', nn.stepDecay({ rate: 0.1, every: 3, factor: 0.5 })],
    ['schedule-cosine', nn.cosineDecay({ rate: 0.1, steps: 10, minimum: 0.001 })],
    ['schedule-one-cycle', nn.oneCycle({ maximum: 0.1, steps: 12 })],
  ] as const)('%s', (name, schedule) => {
    golden(`optimizers/${name}`).tensors.rates?.data.forEach((rate, step) => {
      expect(schedule(step)).toBeCloseTo(rate, 10)
    })
  })

  test('every golden case is used', () => {
    expect(unusedCases('convolution', 'nn', 'optimizers')).toEqual([])
  })
})
