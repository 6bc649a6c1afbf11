import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { conv, relu, type Tensor } from '@equivar/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeOperators } from '../../tensor/test/backend-cases.ts'
import { backendDifference, valueAndGradients } from '../../tensor/test/backend-parity.ts'
import type { OperatorCase } from '../../tensor/test/operator-cases.ts'
import { tfjsBackend } from '../src/index.ts'

describe.each(['cpu', 'wasm'])('%s', (name) => {
  beforeAll(async () => {
    await tf.setBackend(name)
    await tf.ready()
  })
  describeOperators(`tfjs ${name}`, () => tfjsBackend(tf), 1e-5)

  test.each([1, 2])('a convolution of an empty batch, stride %i', async (strides) => {
    const empty: OperatorCase = {
      name: 'conv of an empty batch',
      inputs: { x: { shape: ['batch', 2, 7] }, weight: { shape: [3, 2, 4] } },
      sizes: { batch: 0 },
      build: ({ x, weight }) => relu(conv(x as Tensor, weight as Tensor, { strides })),
    }
    expect(await backendDifference(tfjsBackend(tf), valueAndGradients(empty))).toBe(0)
  })
})
