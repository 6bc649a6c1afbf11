import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { beforeAll, describe } from 'vitest'
import { describeBackendLaw } from '../../tensor/test/law/backend.ts'
import { describeLaw, programCount } from '../../tensor/test/law/many.ts'
import { tfjsBackend } from '../src/index.ts'
import { tfjsTarget } from '../src/target.ts'

describeLaw(tfjsTarget, programCount(400), 2_000_000)

// On wasm max and relu do not hand NaN on.
describe.each(['cpu', 'wasm'])('%s', (name) => {
  beforeAll(async () => {
    await tf.setBackend(name)
    await tf.ready()
  })
  describeBackendLaw(`tfjs ${name}`, () => tfjsBackend(tf), programCount(150), name !== 'wasm')
})
