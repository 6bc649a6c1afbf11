import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { feedOfPieces } from '../src/piece-size.ts'
import { targetOf } from '../src/targets.ts'

const numbers = (seed: number, shape: readonly number[]): t.TensorValue =>
  t.tensorValue(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
  )

/** Convolution, relu, pooling, a linear layer, squared errors; the loss and its gradients. */
function step(): t.Program {
  const [x, y] = [t.input('x', 'float32', ['batch', 2, 'n', 'n']), t.input('y', 'float32', ['batch', 3])]
  const [kernel, bias, weight] = [
    t.input('kernel', 'float32', [4, 2, 3, 3]),
    t.input('bias', 'float32', [4]),
    t.input('weight', 'float32', [4, 3]),
  ]
  const pooled = t.maxPool(t.relu(t.conv(x, kernel, { bias, pads: 1 })), { kernel: 2 })
  const error = t.sub(t.matMul(t.reduceMean(pooled, { axis: [2, 3] }), weight), y)
  const loss = t.reduceMean(t.mul(error, error))
  const gradients = t.differentiate(loss, [kernel, bias, weight])
  const outputs = Object.fromEntries(gradients.map((gradient, i) => [`gradient.${i}`, gradient]))
  return t.program({ inputs: [x, y, kernel, bias, weight], outputs: { loss, ...outputs } })
}

const feeds = (batch: number): Record<string, t.TensorValue> => ({
  x: numbers(1, [batch, 2, 8, 8]),
  y: numbers(2, [batch, 3]),
  kernel: numbers(3, [4, 2, 3, 3]),
  bias: numbers(4, [4]),
  weight: numbers(5, [4, 3]),
})

test.each([1, 2, 3, 7, undefined, false] as const)('%s examples at a time give what the reference gives', async (examplesPerPiece) => {
  const program = step()
  const backend = onnxBackend(examplesPerPiece === undefined ? {} : { examplesPerPiece })
  const executable = await backend.compile(program)
  for (const batch of [1, 5, 7]) {
    const [expected, results] = [t.evaluate(program, feeds(batch)), await executable.run(feeds(batch))]
    for (const [name, { data }] of Object.entries(expected)) {
      const got = await results[name]?.data()
      const scale = Math.max(...data.map(Math.abs))
      for (const [i, value] of data.entries()) expect(Math.abs(Number(got?.[i]) - value)).toBeLessThan(1e-5 * scale)
    }
  }
  await executable.dispose()
})

const loops = ({ nodes }: t.Program): number => nodes.filter((node) => node.operator.name === 'Loop').length

test('the cpu takes pieces, unless told not to; other devices take the whole', () => {
  expect(loops(t.optimize(step(), targetOf('cpu')))).toBe(1)
  expect(loops(t.optimize(step(), targetOf('cpu', { inPieces: false })))).toBe(0)
  expect(loops(t.optimize(step(), targetOf('webgpu')))).toBe(0)
})

test('a piece is as large as fits, and all are of nearly the same size', () => {
  const program = t.optimize(step(), targetOf('cpu'))
  const feed = feedOfPieces(program, undefined)
  const size = (batch: number, n: number): number => Number(Object.values(feed(new Map(Object.entries({ batch, n }))))[0]?.data[0])
  expect(size(32, 8)).toBe(32)
  expect(size(0, 8)).toBe(1)
  expect(size(32, 4096)).toBe(1)
  const most = size(10_000, 64)
  expect(most).toBeGreaterThan(1)
  expect(size(most + 1, 64)).toBe(Math.ceil((most + 1) / 2))
  expect(Number(Object.values(feedOfPieces(program, 3)(new Map()))[0]?.data[0])).toBe(3)
})

test('steps in a loop go through their batches in pieces too', async () => {
  const given = step()
  const inputs = Object.fromEntries(given.inputs.map(({ name, tensor }) => [name, t.input(name, tensor.dtype, tensor.shape)]))
  const iteration = t.input('iteration', 'int64', [])
  const total = t.input('total', 'float32', [])
  const replaced = new Map<t.Tensor, t.Tensor>(given.inputs.map(({ name, tensor }) => [tensor, inputs[name] as t.Tensor]))
  const [loss] = t.substitute([given.outputs[3]?.tensor as t.Tensor], replaced)
  const body = t.program({ inputs: { iteration, total, ...inputs }, outputs: { next: t.add(total, t.reduceSum(loss as t.Tensor)) } })
  const leaves = given.inputs.map(({ name, tensor }) => t.input(name, tensor.dtype, tensor.shape))
  const [y] = t.repeat(body, { count: 3, states: [t.constant(0, [], 'float32')], captured: leaves })
  const program = t.program({ inputs: leaves, outputs: { sum: y as t.Tensor } })
  const executable = await onnxBackend({ examplesPerPiece: 2 }).compile(program)
  const got = (await (await executable.run(feeds(5))).sum?.data())?.[0]
  expect(Number(got)).toBeCloseTo(t.evaluate(program, feeds(5)).sum?.data[0] as number, 4)
  await executable.dispose()
})
