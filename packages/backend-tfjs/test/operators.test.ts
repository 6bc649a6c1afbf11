import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { beforeAll, describe } from 'vitest'
import { describeOperators } from '../../tensor/test/backend-cases.ts'
import { tfjsBackend } from '../src/index.ts'

describe.each(['cpu', 'wasm'])('%s', (name) => {
  beforeAll(async () => {
    await tf.setBackend(name)
    await tf.ready()
  })
  describeOperators(`tfjs ${name}`, () => tfjsBackend(tf), 1e-5)
})
