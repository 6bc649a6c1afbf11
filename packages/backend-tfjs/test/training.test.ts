import * as tf from '@tensorflow/tfjs-core'
import './wasm.ts'
import { onnxBackend } from '@equivar/backend-onnx'
import { DeepSets } from '@equivar/layers-sets'
import { adam, crossEntropy, initialize } from '@equivar/nn'
import { add, type Backend, type DeviceTensor, input, matMul, program, Random, range, type TensorValue, tensorValue } from '@equivar/tensor'
import { initialState, trainStep } from '@equivar/train'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { DeviceLostError, tfjsBackend } from '../src/index.ts'

const inputs = {
  x: input('x', 'float32', ['batch', 'n', 3]),
  mask: input('mask', 'bool', ['batch', 'n']),
  target: input('target', 'int64', ['batch']),
}

/** A step of a DeepSets network with max pooling, and a batch for each step. */
function toy() {
  const model = new DeepSets({ channels: [3, 16, 16], outputs: 4, pool: 'max' })
  const objective = () => ({ loss: crossEntropy(model.forward(inputs.x, inputs.mask), inputs.target) })
  const step = trainStep(model, { inputs, objective, optimizer: adam() })
  const batch = (index: number): Record<string, TensorValue> => {
    const random = new Random({ seed: 1, stream: 'batch', index })
    return {
      x: tensorValue(
        'float32',
        [8, 5, 3],
        Array.from({ length: 120 }, () => random.normal()),
      ),
      mask: tensorValue(
        'bool',
        [8, 5],
        Array.from({ length: 40 }, () => random.uniform() < 0.8),
      ),
      target: tensorValue(
        'int64',
        [8],
        Array.from({ length: 8 }, () => random.integer(4)),
      ),
      learning_rate: tensorValue('float32', [], [0.01]),
      seed: tensorValue('int64', [], [1]),
    }
  }
  return { step, batch, first: initialState(step, initialize(model, 1)) }
}

async function losses(backend: Backend, steps: number): Promise<number[]> {
  const { step, batch, first } = toy()
  const executable = await backend.compile(step.program)
  let state: Record<string, TensorValue | DeviceTensor> = first
  const found: number[] = []
  for (let i = 0; i < steps; i++) {
    const outputs = await executable.run({ ...batch(i), ...state })
    found.push(Number((await outputs.loss?.data())?.[0]))
    outputs.loss?.dispose()
    for (const value of Object.values(state)) if (typeof value.data === 'function') (value as DeviceTensor).dispose()
    state = Object.fromEntries(step.state.map(({ input: name, output }) => [name, outputs[output] as DeviceTensor]))
  }
  for (const value of Object.values(state)) (value as DeviceTensor).dispose()
  await executable.dispose()
  return found
}

describe.each(['cpu', 'wasm'])('tfjs %s', (name) => {
  beforeAll(async () => {
    await tf.setBackend(name)
    await tf.ready()
  })

  let before = 0
  beforeAll(() => {
    before = tf.memory().numTensors
  })
  afterEach(() => expect(tf.memory().numTensors).toBe(before))

  test('50 steps give the losses that ONNX Runtime gives', async () => {
    const [here, there] = [await losses(tfjsBackend(tf), 50), await losses(onnxBackend({ threads: 1 }), 50)]
    here.forEach((loss, i) => {
      expect(Math.abs(loss - (there[i] as number)), `step ${i}`).toBeLessThan(1e-4)
    })
    expect(here.at(-1)).not.toBe(here[0])
  })

  test('not one tensor is left over from 1,000 steps', async () => {
    await losses(tfjsBackend(tf), 1000)
  }, 120_000)

  test('a run that fails frees what it made', async () => {
    const [a, b] = [input('a', 'float32', ['n', 2]), input('b', 'float32', [2, 2])]
    const executable = await tfjsBackend(tf).compile(program({ inputs: [a, b], outputs: { y: matMul(a, b), r: range('n') } }))
    const good = tensorValue('float32', [2, 2], [1, 2, 3, 4])
    await expect(executable.run({ a: good })).rejects.toThrow('run: the input "b" float32 [2, 2] is missing.')
    await expect(executable.run({ a: good, b: { ...good, shape: [2, 3], data: new Float32Array(6) } })).rejects.toThrow(
      'axis 1: expected size 2, received 3',
    )
    await expect(executable.run({ a: good, b: { ...good, data: new Float32Array(3) } })).rejects.toThrow('expected 4 numbers for input "b"')
    await executable.dispose()
  })

  test('an integer beyond 32 bits is refused', async () => {
    const k = input('k', 'int64', [])
    const executable = await tfjsBackend(tf).compile(program({ inputs: [k], outputs: { same: k } }))
    await expect(executable.run({ k: tensorValue('int64', [], [2n ** 40n]) })).rejects.toThrow(
      'run: expected integers of 32 bits in "k", which is what TensorFlow.js has, received 1099511627776.',
    )
    await executable.dispose()
  })

  test('a tensor of another backend is refused', async () => {
    const a = input('a', 'float32', [1])
    const p = program({ inputs: [a], outputs: { same: a } })
    const [here, there] = [await tfjsBackend(tf).compile(p), await onnxBackend({ threads: 1 }).compile(p)]
    const { same: foreign } = await there.run({ a: tensorValue('float32', [1], [1]) })
    await expect(here.run({ a: foreign as DeviceTensor })).rejects.toThrow('lives on another backend')
    await here.dispose()
    await there.dispose()
  })
})

test('what goes wrong in reading from a GPU that is lost is its loss', async () => {
  await tf.setBackend('cpu')
  let lose: (info: { message: string }) => void = () => {}
  const lost = new Promise((resolve) => {
    lose = resolve
  })
  const gpu = { ...tf, getBackend: () => 'webgpu', backend: () => ({ device: { lost } }) } as unknown as typeof tf
  const a = input('a', 'float32', [1])
  const executable = await tfjsBackend(gpu).compile(program({ inputs: [a], outputs: { y: add(a, a) } }))
  const { y } = await executable.run({ a: tensorValue('float32', [1], [1]) })
  const reading = vi.spyOn((y as unknown as { tensor: tf.Tensor }).tensor, 'data').mockRejectedValue(new Error('mapAsync'))
  await expect(y?.data()).rejects.toThrow('mapAsync')
  const read = y?.data()
  lose({ message: 'the driver was reset' })
  await expect(read).rejects.toThrow('run: the GPU of tfjs/webgpu was lost (the driver was reset), and all tensors on it.')
  reading.mockRestore()
})

test('a GPU that is lost is an error, not a result', async () => {
  await tf.setBackend('cpu')
  let lost = false
  const gpu = {
    ...tf,
    getBackend: () => 'webgl',
    backend: () => ({ gpgpu: { gl: { isContextLost: () => lost } } }),
  } as unknown as typeof tf
  const a = input('a', 'float32', [1])
  const executable = await tfjsBackend(gpu).compile(program({ inputs: [a], outputs: { y: add(a, a) } }))
  const feeds = { a: tensorValue('float32', [1], [1]) }
  const { y } = await executable.run(feeds)
  expect(await y?.data()).toEqual(Float32Array.of(2))
  lost = true
  await expect(y?.data()).rejects.toThrow(DeviceLostError)
  await expect(executable.run(feeds)).rejects.toThrow('run: the GPU of tfjs/webgl was lost (its WebGL context), and all tensors on it.')
})
