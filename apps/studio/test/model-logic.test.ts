import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { exportOnnx } from '@equivar/export-onnx'
import { add, input, program, Random, type TensorValue, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { ModelProtoSchema, StringStringEntryProtoSchema } from '../../../packages/export-onnx/src/generated/onnx_pb.ts'
import * as trained from '../../train/src/symmetry.ts'
import { motions, pointPermutation } from '../../train/src/symmetry-points.ts'
import { barsOf } from '../src/model/answers.tsx'
import { check, claimsOf, nameOf, seeded } from '../src/model/check.ts'
import { declaredSymmetries } from '../src/model/declared.ts'
import { editorOf, gridOf, inOrder, nodesOf, numbersOf, withNumbers } from '../src/model/editors.ts'
import { drawValues } from '../src/model/first-values.ts'
import { drawnFrom, valueFrom } from '../src/model/graph-value.ts'
import { guessedAction } from '../src/model/guess.ts'
import { demandSize, readModelFile } from '../src/model/model-file.ts'
import { sampleFile } from '../src/model/samples.ts'
import { openSizes, shapesAt, sizesOf, sizesWith } from '../src/model/sizes.ts'
import { taskExample } from '../src/model/task-example.ts'

const names = {
  inputs: ['x', 'mask', 'adj', 'edge_index', 'edge_attr', 'batch', 'positions', 'velocities', 'elements'],
  outputs: ['logits', 'scores', 'forces', 'y'],
}
const declared = (symmetry: string) => declaredSymmetries({ symmetry }, names)
const actions = (symmetry: string) => declared(symmetry).map(({ claims }) => claims && nameOf(claims))

test('symmetries that equivar train writes are read, but for those that are no action on axes', () => {
  const found = [
    ...Object.values(trained).flatMap((each) => (typeof each === 'object' ? [each.name] : [])),
    motions({ forces: 'turns', y: 'moves' }).name,
    motions({}, { proper: true }).name,
    pointPermutation(['forces']).name,
    pointPermutation([]).name,
  ]
  expect(found.length).toBeGreaterThan(12)
  const unread = found.filter((text) => declared(text)[0]?.claims === undefined)
  expect(unread.sort()).toEqual([
    'permutations of the nodes of all elements, and of the edges',
    'reflections of the images',
    'rotations of the volumes by right angles',
  ])
})

test('what a declared symmetry does to inputs and outputs', () => {
  expect(actions('permutations of the elements, which permute the scores; cyclic shifts of the signals')).toEqual([
    'x: S on axis 1, mask: S on axis 1, scores: S on axis 1',
    'x: shifts on axis -1',
  ])
  expect(actions('rotations, reflections and translations of the points, which turn forces and move y')).toEqual([
    'positions: E(3) on axes 0 1, velocities: O(3) on axis -1, forces: O(3) on axis -1, y: E(3) on axes 0 1',
  ])
  expect(actions('x: S on axis 1 x shifts on axis 3, mask: S on axis 1')).toEqual(['x: S on axis 1 x shifts on axis 3, mask: S on axis 1'])
  expect(actions('toString; a dance; w: S on axis 1; x: S on axis one')).toEqual([undefined, undefined, undefined, undefined])
  expect(declared('')).toEqual([])
})

test('open sizes are named as in the file or by their place, and shapes follow them', () => {
  const inputs = [
    { name: 'x', dtype: 'float32', shape: ['batch', 'n', 3] },
    { name: 'mask', dtype: 'bool', shape: ['batch', 'n'] },
    { name: 'z', dtype: 'float32', shape: ['?', 2] },
  ] as const
  expect(openSizes(inputs)).toEqual({ batch: 1, n: 8, 'axis 0 of z': 1 })
  const shapes = shapesAt(inputs, { batch: 1, n: 5, 'axis 0 of z': 4 })
  expect(shapes).toEqual({ x: [1, 5, 3], mask: [1, 5], z: [4, 2] })
  expect(sizesOf(inputs, shapes)).toEqual({ batch: 1, n: 5, 'axis 0 of z': 4 })
  expect(sizesOf(inputs, { ...shapes, mask: [1, 6] })).toBeUndefined()
  expect(sizesOf(inputs, { ...shapes, x: [1, 5, 4] })).toBeUndefined()
  expect(() => shapesAt(inputs, { batch: 1, n: 2 ** 30, 'axis 0 of z': 1 })).toThrow(
    /x: expected at most 16,777,216 numbers.*Choose smaller sizes/,
  )
})

test('each input has the editor of its kind', () => {
  const zeros = (dtype: TensorValue['dtype'], ...shape: number[]): TensorValue =>
    tensorValue(dtype, shape, Array(shape.reduce((a, b) => a * b, 1)).fill(0))
  expect(editorOf('x', zeros('float32', 1, 7, 2))).toBe('points')
  expect(editorOf('positions', zeros('float32', 7, 3))).toBe('points')
  expect(editorOf('adj', zeros('float32', 1, 3, 3), 3)).toBe('graph')
  expect(editorOf('adj', zeros('float32', 2, 3, 3), 3)).toBe('grid')
  expect(editorOf('edge_index', zeros('int64', 2, 5), 4)).toBe('graph')
  expect(editorOf('edge_index', zeros('int64', 2, 5), 400)).toBe('grid')
  expect([nodesOf({ adj: zeros('float32', 1, 3, 3) }), nodesOf({ x: zeros('float32', 7, 2) }), nodesOf({})]).toEqual([3, 7, undefined])
  expect(editorOf('x', zeros('float32', 1, 1, 14, 14))).toBe('grid')
  expect(editorOf('x', zeros('int64', 1, 7, 2))).toBe('grid')
  expect(editorOf('x', zeros('float32', 100, 100))).toBe('too large')
  expect(inOrder({ x: zeros('float32', 3, 5), batch: zeros('int64', 3), edge_index: zeros('int64', 2, 2) })).toEqual([
    'edge_index',
    'x',
    'batch',
  ])
  expect(gridOf(zeros('float32', 1, 3, 4, 5))).toEqual({ rows: 12, columns: 5 })
  expect(gridOf(zeros('int64'))).toEqual({ rows: 1, columns: 1 })
})

test('numbers are changed in a copy', () => {
  const before = tensorValue('int64', [2], [3, 4])
  expect(withNumbers(before, [[1, 5.4]]).data).toEqual(BigInt64Array.of(3n, 5n))
  expect([...numbersOf(before)]).toEqual([3, 4])
})

test('a graph is drawn from an adjacency or a list of edges, and comes back', () => {
  const adjacency = tensorValue('float32', [1, 3, 3], [0, 1, 0, 1, 0, 0, 0, 0, 0])
  const drawn = drawnFrom(adjacency, 3)
  expect(drawn.edges).toEqual([[0, 1]])
  expect(drawn.places).toHaveLength(3)
  expect(valueFrom(drawn, adjacency)).toEqual(adjacency)
  const list = tensorValue('int64', [2, 3], [2, 0, 1, 0, 2, 1])
  expect(drawnFrom(list, 4).edges).toEqual([[0, 2]])
  const { shape, data } = valueFrom(drawnFrom(list, 4), list)
  expect([shape, data]).toEqual([[2, 2], BigInt64Array.of(0n, 2n, 2n, 0n)])
})

test('an input of another shape changes the open sizes, and no fixed one', () => {
  const inputs = [{ name: 'x', dtype: 'float32', shape: ['nodes', 3] }] as const
  expect(sizesWith(inputs, { nodes: 4, edges: 2 }, { x: [5, 3], other: [1] })).toEqual({ nodes: 5, edges: 2 })
  expect(() => sizesWith(inputs, { nodes: 4 }, { x: [4, 2] })).toThrow(/x: expected size 3 along axis 1, which the file fixes, received 2/)
})

test('first values: a mask is true, an adjacency symmetric, all nodes are of the first graph', () => {
  const inputs = [
    { name: 'adj', dtype: 'float32', shape: ['batch', 'n', 'n'] },
    { name: 'mask', dtype: 'bool', shape: ['batch', 'n'] },
    { name: 'batch', dtype: 'int64', shape: ['nodes'] },
  ] as const
  const { adj, mask, batch } = drawValues(inputs, { batch: 1, n: 6, nodes: 4 }, undefined, new Random({ seed: 1 })) as Record<
    string,
    TensorValue
  >
  const entries = numbersOf(adj as TensorValue)
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) expect(entries[6 * i + j]).toBe(i === j ? 0 : entries[6 * j + i])
  expect(new Set(numbersOf(mask as TensorValue))).toEqual(new Set([1]))
  expect(new Set(numbersOf(batch as TensorValue))).toEqual(new Set([0]))
})

test('logits become probabilities, other numbers stay what they are', () => {
  const bars = barsOf('logits', [1, 2], Float64Array.of(0, Math.log(3)), ['cat', 'dog'])
  expect(bars.map(({ name, text }) => [name, text])).toEqual([
    ['cat', '25.0 %'],
    ['dog', '75.0 %'],
  ])
  expect(barsOf('scores', [2, 2], Float64Array.of(1, -4, 2, 0), []).map(({ name, part }) => [name, part])).toEqual([
    ['[0, 0]', 0.25],
    ['[0, 1]', -1],
    ['[1, 0]', 0.5],
    ['[1, 1]', 0],
  ])
})

test('a sum over a set holds, the first element alone fails and the element is named', async () => {
  const claims = claimsOf({ x: 'S on axis 1', w: ' ' }, {})
  const values = { x: tensorValue('float32', [1, 3], [1, 2, 4]) }
  const output = (y: number) => ({ y: { dtype: 'float32', shape: [1], data: Float64Array.of(y) } as const })
  const sum = await check(async ({ x }) => output(numbersOf(x as TensorValue).reduce((a, b) => a + b)), claims, values, seeded(1))
  expect(sum).toMatchObject({ holds: true, error: 0, tried: 6 })
  const first = await check(async ({ x }) => output(numbersOf(x as TensorValue)[0] as number), claims, values, seeded(1))
  expect(first).toMatchObject({ holds: false, output: 'y' })
  expect(first.element).toMatch(/^S: (generator|permutation) \(/)
  expect(() => claimsOf({ x: '' }, {})).toThrow(/Expected an action on at least one input/)
  expect(() => claimsOf({ x: 'S on axes' }, {})).toThrow(/on axis 1/)
})

test('a guess fits the input', () => {
  const guess = (name: string, ...shape: (number | string)[]): string => guessedAction({ name, dtype: 'float32', shape })
  expect(guess('x', 'batch', 'n', 3)).toBe('S on axis 1')
  expect(guess('adj', 'batch', 'n', 'n')).toBe('S on axes 1 2')
  expect(guess('x', 'batch', 3, 8, 8)).toBe('C4 on axes 2 3')
  expect(guess('x', 'batch', 7)).toBe('')
})

test('a file says what it is; one that is none, or lacks its weights, or is huge says so', async () => {
  const { name, bytes } = await sampleFile('points')
  const file = readModelFile(name, bytes)
  expect(file.classes).toEqual(['ring', 'square', 'cross', 'heaps'])
  expect(file.symmetries.map(({ text }) => text)).toEqual(['x: S on axis 1'])
  expect(file.summary.weights).toBeGreaterThan(10_000)
  expect(taskExample(file, 0)).toMatchObject({ truth: 'ring', sizes: { batch: 1, n: 24 } })
  expect(() => readModelFile('poem.onnx', new TextEncoder().encode('a poem'))).toThrow(/poem.onnx: expected a complete ONNX model/)
  const proto = fromBinary(ModelProtoSchema, bytes)
  for (const tensor of proto.graph?.initializer.slice(0, 1) ?? []) {
    tensor.dataLocation = 1
    tensor.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: 'weights.bin' })]
  }
  const parted = toBinary(ModelProtoSchema, proto) as Uint8Array<ArrayBuffer>
  expect(() => readModelFile('parted.onnx', parted)).toThrow(/parted.onnx: expected a file that holds its weights, .* lie in weights.bin/)
  expect(() => demandSize('huge.onnx', 2 ** 31)).toThrow(/huge.onnx: expected a file of at most 1 GB, received 2 GB/)
  const x = input('x', 'float32', ['batch'])
  const plain = readModelFile('plain.onnx', exportOnnx(program({ inputs: { x }, outputs: { y: add(x, 1) } })) as Uint8Array<ArrayBuffer>)
  expect(taskExample(plain, 0)).toBeUndefined()
  expect(plain.symmetries).toEqual([])
})
