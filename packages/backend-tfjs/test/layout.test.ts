import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import {
  add,
  conv,
  evaluate,
  input,
  matMul,
  maxPool,
  type Program,
  program,
  Random,
  relu,
  type TensorValue,
  tensorValue,
} from '@equivar/tensor'
import { beforeAll, expect, test } from 'vitest'
import { equivarStep } from '../bench/signals.ts'
import { tfjsBackend } from '../src/index.ts'

beforeAll(async () => {
  await tf.setBackend('wasm')
  await tf.ready()
})

/** A TensorFlow.js that counts its transposes, and the numbers that they move. */
function counting() {
  const counts = { transposes: 0, numbers: 0 }
  const transpose = (x: tf.Tensor, order?: number[]): tf.Tensor => {
    counts.transposes++
    counts.numbers += x.size
    return tf.transpose(x, order)
  }
  return { counts, counted: { ...tf, transpose } as unknown as typeof tf }
}

const drawn = (shape: readonly number[]): TensorValue => {
  const random = new Random({ seed: 1, stream: shape.join() })
  return tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )
}

async function transposesOf(p: Program, feeds: Record<string, TensorValue>): Promise<number> {
  const { counts, counted } = counting()
  const executable = await tfjsBackend(counted).compile(p)
  const { y } = await executable.run(feeds)
  const expected = evaluate(p, feeds).y as TensorValue
  const found = await y?.data()
  expected.data.forEach((value, i) => {
    expect(Math.abs(Number(found?.[i]) - Number(value))).toBeLessThan(1e-5 * Math.max(1, Math.abs(Number(value))))
  })
  y?.dispose()
  await executable.dispose()
  return counts.transposes
}

test('convolutions one after the other: the image is turned once at the start and once at the end', async () => {
  const [x, bias] = [input('x', 'float32', ['n', 3, 9, 9]), input('bias', 'float32', [4, 1, 1])]
  const [a, b] = [input('a', 'float32', [4, 3, 3, 3]), input('b', 'float32', [4, 4, 2, 2])]
  const h = maxPool(relu(add(conv(x, a, { pads: [1, 1, 1, 1] }), bias)), { kernel: [2, 2] })
  const p = program({ inputs: [x, bias, a, b], outputs: { y: relu(add(conv(h, b), bias)) } })
  const feeds = { x: drawn([2, 3, 9, 9]), bias: drawn([4, 1, 1]), a: drawn([4, 3, 3, 3]), b: drawn([4, 4, 2, 2]) }
  // Two for the image, one for each filter. Without a layout: two and one for each convolution, 6.
  expect(await transposesOf(p, feeds)).toBe(4)
})

test('a value that was widened for one reader is read by another as it is', async () => {
  const [x, w, m] = [input('x', 'float32', ['n', 2, 5, 5]), input('w', 'float32', [2, 2, 1, 1]), input('m', 'float32', [5, 5])]
  const p = program({ inputs: [x, w, m], outputs: { y: add(conv(x, w), add(m, matMul(relu(m), m))) } })
  const seen = program({ inputs: [x, w, m], outputs: { y: matMul(add(conv(x, w), relu(m)), relu(relu(m))) } })
  const feeds = { x: drawn([2, 2, 5, 5]), w: drawn([2, 2, 1, 1]), m: drawn([5, 5]) }
  await transposesOf(p, feeds)
  await transposesOf(seen, feeds)
})

test('a training step of the signals model moves a sixth of the numbers that it moves without a layout', async () => {
  const { counts, counted } = counting()
  await (await equivarStep(counted, [16, 10, 100]))()
  // Where each convolution turns its image there and back: 62 transposes of 6,156,704 numbers.
  expect(counts).toEqual({ transposes: 48, numbers: 1_044_576 })
})
