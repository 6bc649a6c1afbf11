import { onnxBackend } from '@equivar/backend-onnx'
import { countParameters, initialize, parametersOf, trace } from '@equivar/nn'
import { evaluate, input, program, type TensorValue, toNumbers } from '@equivar/tensor'
import { derivativeError, expectEquivariant, parity, relativeError } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { GroupEquivariantNetwork, type GroupEquivariantNetworkOptions, gridActions } from '../src/index.ts'
import { feedsOf, layerProgram, normal, rotate90, rounded } from './programs.ts'

test('the networks have the published numbers of parameters', () => {
  const count = (options: Omit<GroupEquivariantNetworkOptions, 'outputs'>): number =>
    countParameters(new GroupEquivariantNetwork({ outputs: 10, ...options }))
  expect(count({ group: 'p4' })).toBe(24_680)
  expect(count({ group: 'p4m' })).toBe(49_080)
  // Z2CNN with 20 channels has 21,380 kernel weights, 130 biases and 240 norm parameters; rotation pooling has as many.
  expect(count({ group: 'p1', channels: 20 })).toBe(21_750)
  expect(count({ group: 'p4', channels: 20, groupPooling: 'everyLayer' })).toBe(21_750)
})

const small = { outputs: 3, channels: 2, kernels: [3, 3, 3, 2], poolAfter: [2] } as const
const networks: [string, GroupEquivariantNetwork, 'p4' | 'p4m'][] = [
  ['p4', new GroupEquivariantNetwork({ ...small, group: 'p4' }), 'p4'],
  ['p4m', new GroupEquivariantNetwork({ ...small, group: 'p4m' }), 'p4m'],
  ['p4 with rotation pooling', new GroupEquivariantNetwork({ ...small, group: 'p4', groupPooling: 'everyLayer' }), 'p4'],
]

describe.each(networks)('%s', (_, network, group) => {
  // The sizes are 12-10-8, pooled 4, 2, 1; and 14-12-10, pooled 5, 3, 2.
  test.each([12, 14])('logits are invariant under the point group to 1e-12, on images of side %i', (size) => {
    const { image } = gridActions(group, size)
    const feeds = { ...initialize(network, 5), x: normal([2, 1, size, size]) }
    expectEquivariant(layerProgram(network, [2, 1, size, size]), { inputActions: { x: { 2: image } }, feeds, tolerance: 1e-12 })
  })

  test('logits are invariant in training, with batch statistics', () => {
    const x = input('x', 'float32', [3, 1, 12, 12])
    const { result, updates } = trace({ training: true }, () => network.forward(x))
    expect(updates.size).toBe(6)
    const p = program({ inputs: { x, ...Object.fromEntries(parametersOf(network)) }, outputs: { y: result } })
    const feeds = feedsOf(network, [3, 1, 12, 12])
    const at = (value: TensorValue): Float64Array => evaluate(p, { ...feeds, x: value }).y?.data as Float64Array
    expect(relativeError(at(rotate90(feeds.x as TensorValue)), at(feeds.x as TensorValue))).toBeLessThan(1e-12)
    expect(derivativeError(p, { feeds, samples: 1, step: 1e-7 })).toBeLessThan(1e-6)
  })
})

test('negative control: a plain network is not invariant', () => {
  const network = new GroupEquivariantNetwork({ ...small, group: 'p1' })
  const feeds = { ...initialize(network, 5), x: normal([2, 1, 12, 12]) }
  const actions = { inputActions: { x: { 2: gridActions('p4', 12).image } } }
  expect(() => expectEquivariant(layerProgram(network, [2, 1, 12, 12]), { ...actions, feeds, tolerance: 0.05 })).toThrow(
    'expected f(g x) = g f(x)',
  )
})

test('P4CNN on 28 x 28 images in ONNX Runtime agrees with the reference and is invariant to 1e-5, for a symbolic batch', async () => {
  const network = new GroupEquivariantNetwork({ group: 'p4', outputs: 10 })
  const p = layerProgram(network, ['batch', 1, 'height', 'width'])
  const feeds = feedsOf(network, [2, 1, 28, 28])
  for (const { error } of await parity(p, [onnxBackend()], feeds)) expect(error).toBeLessThan(1e-5)
  const executable = await onnxBackend().compile(p)
  const logits = async (x: TensorValue): Promise<Float64Array> =>
    toNumbers((await (await executable.run({ ...feeds, x: rounded(x) })).y?.data()) ?? new Float64Array())
  const plain = await logits(feeds.x as TensorValue)
  let moved = feeds.x as TensorValue
  for (let k = 1; k < 4; k++) {
    moved = rotate90(moved)
    expect(relativeError(await logits(moved), plain)).toBeLessThan(1e-5)
  }
  await executable.dispose()
})

test('sizes that break the law and invalid options are refused', () => {
  const network = new GroupEquivariantNetwork({ group: 'p4', outputs: 10 })
  expect(() => network.forward(input('x', 'float32', ['batch', 1, 29, 29]))).toThrow(
    'SpatialPooling: expected a size of 24 or 26 along spatial axis 0, for which windows of stride 2 lie symmetrically, received 25.',
  )
  expect(() => new GroupEquivariantNetwork({ group: 'p4', outputs: 10, poolAfter: [7] })).toThrow(
    'expected poolAfter from 1 to 6, received 7.',
  )
  expect(() => new GroupEquivariantNetwork({ group: 'p4', outputs: 10, kernels: [] })).toThrow('expected at least one kernel')
})
