import { DeepSets } from '@equivar/layers-sets'
import { adam, crossEntropy, initialize, type Module } from '@equivar/nn'
import { type Input, input, Random, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { inferenceProgram, type TrainStep, trainStep } from '@equivar/train'
import { buildModel, type ModelName } from '../../apps/train/src/models.ts'
import type { Comparison } from '../../packages/tensor/test/backend-parity.ts'

/** A model with a batch for it. */
interface BatchModel {
  readonly module: Module
  readonly inputs: Readonly<Record<string, Input>>
  readonly target: Input
  readonly batch: Readonly<Record<string, TensorValue>>
  logits(): Tensor
}

const CLASSES = 3

const drawn = (random: Random, shape: readonly number[], draw: (i: number) => number): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => draw(i)),
  )
const integers = (shape: readonly number[], numbers: readonly number[]): TensorValue => tensorValue('int64', shape, numbers)
const labels = (random: Random, count: number): TensorValue =>
  integers(
    [count],
    Array.from({ length: count }, () => random.integer(CLASSES)),
  )

/** Sets of 5, of which the last ones are shorter. */
const masks = (sets: number, size: number): TensorValue =>
  tensorValue(
    'bool',
    [sets, size],
    Array.from({ length: sets * size }, (_, i) => i % size < size - Math.floor(i / size / 2)),
  )

function signals(name: 'dss' | 'siamese', random: Random): BatchModel {
  const model = buildModel(name, { elements: 6, hidden: 8, kernel: 5 }, { channels: 1, classes: CLASSES })
  const batch = { x: drawn(random, [4, 5, 1, 20], () => random.normal()), mask: masks(4, 5), target: labels(random, 4) }
  return { ...model, batch, logits: () => model.logits() }
}

function deepSets(random: Random): BatchModel {
  const inputs = { x: input('x', 'float32', ['batch', 'n', 3]), mask: input('mask', 'bool', ['batch', 'n']) }
  const module = new DeepSets({ channels: [3, 16, 16], head: [16], outputs: CLASSES, pool: 'max' })
  const batch = { x: drawn(random, [4, 5, 3], () => random.normal()), mask: masks(4, 5), target: labels(random, 4) }
  return { module, inputs, target: input('target', 'int64', ['batch']), batch, logits: () => module.forward(inputs.x, inputs.mask) }
}

/** Three rings of 4, 5 and 6 nodes. */
function gin(random: Random): BatchModel {
  const model = buildModel('gin', { hidden: 8, layers: 3 }, { channels: 4, classes: CLASSES })
  const rings = [4, 5, 6]
  const starts = [0, 4, 9]
  const pairs = rings.flatMap((size, g) =>
    Array.from({ length: size }, (_, i) => [i, (i + 1) % size].map((v) => v + (starts[g] as number))),
  )
  const both = [...pairs, ...pairs.map(([a, b]) => [b, a])] as [number, number][]
  const batch = {
    x: drawn(random, [15, 4], () => random.normal()),
    edge_index: integers([2, both.length], [...both.map(([a]) => a), ...both.map(([, b]) => b)]),
    batch: integers(
      [15],
      rings.flatMap((size, g) => Array.from({ length: size }, () => g)),
    ),
    num_graphs: integers([], [3]),
    target: labels(random, 3),
  }
  return { ...model, batch, logits: () => model.logits() }
}

function ign(random: Random): BatchModel {
  const model = buildModel('ign', {}, { channels: 2, classes: CLASSES })
  const batch = {
    x: drawn(random, [4, 5, 2], () => random.normal()),
    adj: drawn(random, [4, 5, 5], (i) => (((i % 5) - (Math.floor(i / 5) % 5)) ** 2 === 1 ? 1 : 0)),
    mask: masks(4, 5),
    target: labels(random, 4),
  }
  return { ...model, batch, logits: () => model.logits() }
}

const builders: Readonly<Record<ModelName | 'deep sets', (random: Random) => BatchModel>> = {
  dss: (random) => signals('dss', random),
  siamese: (random) => signals('siamese', random),
  'deep sets': deepSets,
  gin,
  ign,
}

/** Models that run everywhere, small. */
export type TestModel = keyof typeof builders
export const testModels: readonly TestModel[] = Object.keys(builders) as TestModel[]

const build = (name: TestModel): BatchModel => builders[name](new Random({ seed: 3, stream: name }))

/** A model with initial values, and inputs for it. */
export function inference(name: TestModel): Comparison & { readonly values: Record<string, TensorValue> } {
  const { module, inputs, batch, logits } = build(name)
  const feeds = Object.fromEntries(Object.keys(inputs).map((key) => [key, batch[key] as TensorValue]))
  const values = initialize(module, 1)
  return { program: inferenceProgram(module, { inputs, outputs: () => ({ logits: logits() }) }), feeds, values }
}

/** A training step of a model with Adam, its first values, and a batch. */
export function training(name: TestModel): { step: TrainStep; values: Record<string, TensorValue>; batch: Record<string, TensorValue> } {
  const { module, inputs, target, batch, logits } = build(name)
  const objective = () => ({ loss: crossEntropy(logits(), target) })
  return { step: trainStep(module, { inputs: { ...inputs, target }, objective, optimizer: adam() }), values: initialize(module, 1), batch }
}
