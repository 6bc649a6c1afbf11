import { onnxBackend } from '@equivar/backend-onnx'
import { symmetric } from '@equivar/groups'
import { cumSum, evaluate, input, program, Random, type Tensor, type TensorValue, tensorValue, toNumbers } from '@equivar/tensor'
import { parseAction, permuteAxis, relativeError, runToHost } from '@equivar/verify'
import { expect, test } from 'vitest'
import { symmetrize, type Tensors } from '../src/index.ts'
import { close, drawn } from './drawn.ts'
import { likeItsInput, withoutSymmetry } from './networks.ts'

const model = ({ x }: Tensors): Tensors => ({ y: likeItsInput(x as Tensor), z: withoutSymmetry(x as Tensor) })

test('an average is the sum over the elements, one after the other', () => {
  const x = input('x', 'float32', ['batch', 4, 2])
  const plain = program({ inputs: { x }, outputs: model({ x }) })
  const actions = { inputs: { x: parseAction('S4 on axis 1') }, outputs: { y: parseAction('S4 on axis 1') } }
  const average = program({ inputs: { x }, outputs: { ...symmetrize(model, { actions, method: 'average' })({ x }) } })
  const value = drawn([2, 4, 2])
  const sums = { y: new Float64Array(16), z: new Float64Array(4) }
  for (const p of symmetric(4).elements()) {
    const { y, z } = evaluate(plain, { x: permuteAxis(value, 1, p.images) }) as { y: TensorValue; z: TensorValue }
    const back = permuteAxis(y, 1, p.inverse().images).data as Float64Array
    for (const [i, v] of back.entries()) sums.y[i]! += v / 24
    for (const [i, v] of (z.data as Float64Array).entries()) sums.z[i]! += v / 24
  }
  const { y, z } = evaluate(average, { x: value }) as { y: TensorValue; z: TensorValue }
  close(y.data, sums.y)
  close(z.data, sums.z)
})

test('frames of a set run the model once, on sorted rows', () => {
  const x = input('x', 'float32', ['batch', 'n', 2])
  const first = ({ x: rows }: Tensors): Tensors => ({ y: rows as Tensor })
  const actions = { inputs: { x: parseAction('S on axis 1') } }
  const sorted = program({ inputs: { x }, outputs: { ...symmetrize(first, { actions })({ x }) } })
  const rows = [
    [3, 1],
    [2, 5],
    [2, -1],
    [3, 0],
    [2, 5],
  ]
  const value = tensorValue('float32', [1, 5, 2], rows.flat())
  close(evaluate(sorted, { x: value }).y!.data, [2, -1, 2, 5, 2, 5, 3, 0, 3, 1])
  const hundred = drawn([1, 100, 2])
  const ordered = evaluate(sorted, { x: hundred }).y!.data
  for (let i = 1; i < 100; i++) expect(Number(ordered[2 * i])).toBeGreaterThanOrEqual(Number(ordered[2 * i - 2]))
})

test('samples of one seed are the same, and their mean comes nearer with their number', () => {
  const x = input('x', 'float32', ['batch', 6, 2])
  const actions = { inputs: { x: parseAction('S6 on axis 1') } }
  const call = ({ x: rows }: Tensors): Tensors => ({ z: withoutSymmetry(rows as Tensor) })
  const value = drawn([3, 6, 2])
  const at = (options: Parameters<typeof symmetrize>[1]): number[] => {
    const outputs = symmetrize(call, options)({ x })
    return Array.from(evaluate(program({ inputs: { x }, outputs: { ...outputs } }), { x: value }).z!.data, Number)
  }
  const exact = at({ actions, method: 'average' })
  const rms = (numbers: readonly number[], from: readonly number[]): number =>
    Math.sqrt(numbers.reduce((sum, v, i) => sum + (v - (from[i] as number)) ** 2, 0) / numbers.length)
  const many = { actions, method: 'sample', samples: 400, seed: 4 } as const
  expect(at(many)).toEqual(at(many))
  const told = rms(
    at({ ...many, statistic: 'standard error' }),
    exact.map(() => 0),
  )
  // The error is what the standard error says, within a factor that 6 numbers leave open.
  expect(rms(at(many), exact)).toBeLessThan(2.5 * told)
  expect(rms(at(many), exact)).toBeGreaterThan(told / 4)
  expect(rms(at({ ...many, samples: 10 }), exact)).toBeGreaterThan(rms(at(many), exact))
})

test('float16 models have frames in float32', () => {
  const x = input('x', 'float16', ['batch', 5, 3])
  const actions = {
    inputs: { x: parseAction('E(3) on axes 1 2 x S5 on axis 1') },
    outputs: { y: parseAction('E(3) on axes 1 2 x S5 on axis 1') },
  }
  const { y } = symmetrize(({ x: given }) => ({ y: given as Tensor }), { actions })({ x })
  expect(String(y)).toContain('float16 [batch, 5, 3]')
  const value = { ...drawn([2, 5, 3]), dtype: 'float16' as const }
  const received = evaluate(program({ inputs: { x }, outputs: { y: y as Tensor } }), { x: value }).y!.data
  for (const [i, v] of (value.data as Float64Array).entries()) expect(Number(received[i])).toBeCloseTo(v, 2)
})

test('sorting keeps the order of equal numbers on ONNX Runtime too', async () => {
  const x = input('x', 'float32', ['batch', 'n', 3])
  const actions = { inputs: { x: parseAction('S on axis 1') }, outputs: { y: parseAction('S on axis 1') } }
  const call = ({ x: given }: Tensors): Tensors => ({ y: cumSum(given as Tensor, 1) })
  const symmetric100 = program({ inputs: { x }, outputs: { ...symmetrize(call, { actions })({ x }) } })
  const random = new Random({ seed: 9 })
  const value = tensorValue(
    'float32',
    [3, 100, 3],
    Float32Array.from({ length: 900 }, () => random.integer(3)),
  )
  const executable = await onnxBackend({ threads: 1 }).compile(symmetric100)
  const { y } = await runToHost(executable, { x: value })
  expect(relativeError(toNumbers(y!.data), toNumbers(evaluate(symmetric100, { x: value }).y!.data))).toBeLessThan(1e-6)
  await executable.dispose()
})
