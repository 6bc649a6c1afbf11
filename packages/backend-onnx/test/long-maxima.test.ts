import { onnxBackend } from '@equivar/backend-onnx'
import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { after, before } from '../../tensor/test/law/pass.ts'
import { longMaxima } from '../src/passes/long-maxima.ts'
import { targetOf } from '../src/targets.ts'
import { feedsFor } from './linear-and-norm.ts'

const x = t.input('x', 'float32', ['b', 'n', 5])
const wide = t.input('wide', 'float32', [2, 'b', 'n', 'c'])
const few = t.input('few', 'float32', ['b', 63, 5])
const half = t.input('half', 'float16', ['b', 'n', 5])
const scale = t.input('scale', 'float32', [])
const inputs = [x, wide, few, half, scale]
const result = (y: t.Tensor): string => after(longMaxima, y, inputs, [scale])
const largest = t.reduceMax(x, { axis: 1 })

describe('long maxima', () => {
  test('before and after', () => {
    expect(before(largest, inputs)).toBe('ReduceMax([1], false)(x)')
    expect(result(largest)).toMatch(
      /^Reshape\(\[b 5\]\)\(ReduceMax\(\[1\], false\)\(Reshape\(\[b [^\]]* 1 5\]\)\(MaxPool\(kernel \[32 1\], strides \[32 1\], pads \[0 0 31 0\][^)]*\)\(Reshape\(\[b 1 n 5\]\)\(x\)\)\)\)\)$/,
    )
  })

  test('is done once', () => {
    const program = t.program({ inputs: { x, scale }, outputs: { largest } })
    const relu = t.program({ inputs: { x, scale }, outputs: { y: t.reduceMax(t.relu(t.mul(x, scale)), { axis: 1 }) } })
    const pools = t.optimize(relu, targetOf('cpu'), { fixed: ['scale'] }).nodes.filter(({ operator }) => operator.name === 'MaxPool')
    expect(pools).toHaveLength(1)
    const once = longMaxima.run(program, { fixed: new Set([scale]) })
    expect(longMaxima.run(once, { fixed: new Set([scale]) })).toBe(once)
  })

  test.each<[string, t.Tensor]>([
    ['another axis', t.reduceMax(x, { axis: 2 })],
    ['two axes', t.reduceMax(x, { axis: [0, 1] })],
    ['few rows', t.reduceMax(few, { axis: 1 })],
    ['float16', t.reduceMax(half, { axis: 1 })],
    ['a sum', t.reduceSum(x, { axis: 1 })],
  ])('does not apply: %s', (_, y) => expect(result(y)).toBe(before(y, inputs)))

  test('does not apply where nothing is known', () => expect(after(longMaxima, largest, inputs)).toBe(before(largest, inputs)))

  test('ONNX Runtime gives what the reference gives, bit for bit', async () => {
    const program = t.program({
      inputs: { x, wide, scale },
      outputs: {
        of: largest,
        kept: t.reduceMax(t.relu(t.mul(x, scale)), { axis: 1, keepDims: true }),
        ofWide: t.reduceMax(wide, { axis: 2 }),
      },
    })
    const values = { scale: t.tensorValue('float32', [], [-2]) }
    const executable = await onnxBackend({ threads: 1 }).compile(program, { values })
    for (const sizes of [
      { b: 2, n: 1, c: 3 },
      { b: 1, n: 32, c: 1 },
      { b: 3, n: 33, c: 2 },
      { b: 2, n: 100, c: 4 },
      { b: 0, n: 40, c: 2 },
      { b: 2, n: 40, c: 0 },
    ]) {
      const { x: points, wide: tables } = feedsFor(program, sizes) as Record<'x' | 'wide', t.TensorValue>
      // Whole columns of what a mask leaves out.
      const masked = Float32Array.from(points.data as Float32Array, (v, i) => (i % 5 === 2 ? Number.NEGATIVE_INFINITY : v))
      const fed = {
        x: { ...points, data: masked } as t.TensorValue,
        wide: { ...tables, data: Float32Array.from(tables.data as Float32Array, (v) => v - 2) } as t.TensorValue,
      }
      const expected = t.evaluate(program, { ...fed, ...values })
      const found = await executable.run(fed)
      for (const name of ['of', 'kept', 'ofWide'] as const) {
        expect(found[name].shape).toEqual(expected[name].shape)
        expect([...((await found[name].data()) as Float32Array)]).toEqual([...Float32Array.from(t.toNumbers(expected[name].data))])
      }
    }
    await executable.dispose()
  })

  test('the largest of an empty set is what the program says it is', async () => {
    const isThere = t.greater(t.sizeOf(x.size(1)), 0)
    const y = t.where(isThere, largest, t.constant([-1], []))
    const program = t.program({ inputs: { x, scale }, outputs: { y: t.mul(y, scale) } })
    const executable = await onnxBackend({ threads: 1 }).compile(program, { values: { scale: t.tensorValue('float32', [], [3]) } })
    const { y: found } = await executable.run({ x: t.tensorValue('float32', [2, 0, 5], []) })
    expect([...((await found.data()) as Float32Array)]).toEqual(Array.from({ length: 10 }, () => -3))
    await executable.dispose()
  })
})
