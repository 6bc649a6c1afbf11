import { initialize, parametersOf } from '@equivar/nn'
import { evaluate, flip, input, program, type TensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'
import { describe, expect, test } from 'vitest'
import { Convolution, CyclicConvolution } from '../src/index.ts'

const random = new Random({ seed: 9 })

function run(
  layer: Convolution | CyclicConvolution,
  shape: number[],
  data: Float64Array,
): { shape: readonly number[]; data: Float64Array } {
  const x = input('x', 'float32', shape)
  const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(layer)) }, outputs: { y: layer.forward(x) } })
  return evaluate(p, { x: { dtype: 'float32', shape, data } satisfies TensorValue, ...initialize(layer, 1) }).y as {
    shape: readonly number[]
    data: Float64Array
  }
}

/** Shifts the last axis cyclically by k. */
const shifted = (data: Float64Array, length: number, k: number): Float64Array =>
  data.map((_, at) => data[at - (at % length) + (((at % length) - k + length) % length)] as number)

describe.each([
  [3, 7],
  [4, 8],
  [5, 6],
  [9, 10],
])('kernel %i on %i points', (kernel, length) => {
  test('commutes with every cyclic shift', () => {
    const layer = new CyclicConvolution({ dimensions: 1, inChannels: 2, outChannels: 3, kernel })
    const data = Float64Array.from({ length: 4 * length }, () => random.normal())
    const plain = run(layer, [2, 2, length], data)
    expect(plain.shape).toEqual([2, 3, length])
    for (let k = 1; k < length; k++) {
      const moved = run(layer, [2, 2, length], shifted(data, length, k)).data
      shifted(plain.data, length, k).forEach((v, i) => {
        expect(moved[i]).toBeCloseTo(v, 12)
      })
    }
  })
})

test('works in two and three dimensions, and with a stride', () => {
  const data = Float64Array.from({ length: 2 * 4 * 6 }, () => random.normal())
  const flat = new CyclicConvolution({ dimensions: 2, inChannels: 2, outChannels: 1, kernel: 3 })
  const plain = run(flat, [1, 2, 4, 6], data)
  const moved = run(flat, [1, 2, 4, 6], shifted(data, 6, 2))
  shifted(plain.data, 6, 2).forEach((v, i) => {
    expect(moved.data[i]).toBeCloseTo(v, 12)
  })
  expect(run(new CyclicConvolution({ dimensions: 3, inChannels: 2, outChannels: 1, kernel: 2 }), [1, 2, 2, 3, 4], data).shape).toEqual([
    1, 1, 2, 3, 4,
  ])
  const strided = new CyclicConvolution({ dimensions: 1, inChannels: 1, outChannels: 2, kernel: 3, stride: 2 })
  const signal = Float64Array.from({ length: 8 }, () => random.normal())
  const half = run(strided, [1, 1, 8], signal)
  expect(half.shape).toEqual([1, 2, 4])
  const movedHalf = run(strided, [1, 1, 8], shifted(signal, 8, 2))
  shifted(half.data, 4, 1).forEach((v, i) => {
    expect(movedHalf.data[i]).toBeCloseTo(v, 12)
  })
})

test('negative control: zero padding breaks cyclic shifts', () => {
  const layer = new Convolution({ dimensions: 1, inChannels: 1, outChannels: 1, kernel: 3, padding: 1 })
  const signal = Float64Array.from({ length: 6 }, () => random.normal())
  const plain = shifted(run(layer, [1, 1, 6], signal).data, 6, 1)
  const moved = run(layer, [1, 1, 6], shifted(signal, 6, 1)).data
  expect(Math.max(...plain.map((v, i) => Math.abs(v - (moved[i] as number))))).toBeGreaterThan(1e-3)
  expect(() => flip(input('x', 'float32', [2]), 3)).toThrow('expected an axis from -1 to 0, received 3.')
})
