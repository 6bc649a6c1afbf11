import { InvariantGraphNetwork, pairFeatures } from '@equivar/layers-graphs'
import { DeepSets } from '@equivar/layers-sets'
import { adam, crossEntropy, initialize, type Module } from '@equivar/nn'
import { type Backend, type DeviceTensor, type Input, input, Random, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { inferenceProgram, initialState, trainStep } from '@equivar/train'
import { classes } from '../../apps/train/src/goals.ts'
import { buildModel } from '../../apps/train/src/registry.ts'
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

const drawn = (shape: readonly number[], draw: (i: number) => number): TensorValue =>
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
  const model = buildModel(name, { elements: 4, hidden: 4, kernel: 3 }, { channels: 1, outputs: CLASSES }, classes)
  const batch = { x: drawn([2, 4, 1, 16], () => random.normal()), mask: masks(2, 4), target: labels(random, 2) }
  return { ...model, batch, logits: () => model.output() }
}

function deepSets(random: Random): BatchModel {
  const inputs = { x: input('x', 'float32', ['batch', 'n', 3]), mask: input('mask', 'bool', ['batch', 'n']) }
  const module = new DeepSets({ channels: [3, 16, 16], head: [16], outputs: CLASSES, pool: 'max' })
  const batch = { x: drawn([4, 5, 3], () => random.normal()), mask: masks(4, 5), target: labels(random, 4) }
  return { module, inputs, target: input('target', 'int64', ['batch']), batch, logits: () => module.forward(inputs.x, inputs.mask) }
}

/** Three rings of 4, 5 and 6 nodes. */
function gin(random: Random): BatchModel {
  const model = buildModel('gin', { hidden: 8, layers: 2 }, { channels: 4, outputs: CLASSES }, classes)
  const rings = [4, 5, 6]
  const starts = [0, 4, 9]
  const pairs = rings.flatMap((size, g) =>
    Array.from({ length: size }, (_, i) => [i, (i + 1) % size].map((v) => v + (starts[g] as number))),
  )
  const both = [...pairs, ...pairs.map(([a, b]) => [b, a])] as [number, number][]
  const batch = {
    x: drawn([15, 4], () => random.normal()),
    edge_index: integers([2, both.length], [...both.map(([a]) => a), ...both.map(([, b]) => b)]),
    batch: integers(
      [15],
      rings.flatMap((size, g) => Array.from({ length: size }, () => g)),
    ),
    num_graphs: integers([], [3]),
    target: labels(random, 3),
  }
  return { ...model, batch, logits: () => model.output() }
}

/** Paths of up to 5 nodes. */
const paths = (random: Random): Record<string, TensorValue> => ({
  x: drawn([4, 5, 2], () => random.normal()),
  adj: drawn([4, 5, 5], (i) => (((i % 5) - (Math.floor(i / 5) % 5)) ** 2 === 1 ? 1 : 0)),
  mask: masks(4, 5),
  target: labels(random, 4),
})

function ign(random: Random): BatchModel {
  const model = buildModel('ign', {}, { channels: 2, outputs: CLASSES }, classes)
  return { ...model, batch: paths(random), logits: () => model.output() }
}

/**
 * The network of `ign` but for its widths. SwiftShader takes 50 microseconds for each workgroup that has a barrier, as TensorFlow.js and ONNX Runtime
 * have one for every number that a sum gives: with 256 channels as published that is 2 to 3 seconds a step.
 */
function narrowIgn(random: Random): BatchModel {
  const { inputs, target } = buildModel('ign', {}, { channels: 2, outputs: CLASSES }, classes)
  const { x, adj, mask } = inputs as Record<'x' | 'adj' | 'mask', Input>
  const module = new InvariantGraphNetwork({ inChannels: 3, channels: [8, 8, 16], head: [32, 16], outputs: CLASSES })
  return { module, inputs, target, batch: paths(random), logits: () => module.forward(pairFeatures(x, adj, mask), mask) }
}

const builders: Readonly<Record<'dss' | 'siamese' | 'deep sets' | 'gin' | 'ign', (random: Random) => BatchModel>> = {
  dss: (random) => signals('dss', random),
  siamese: (random) => signals('siamese', random),
  'deep sets': deepSets,
  gin,
  ign,
}

/** Models that run everywhere, small. */
export type TestModel = keyof typeof builders
export const testModels: readonly TestModel[] = Object.keys(builders) as TestModel[]

/** Learning rates of their recipes. */
const rates: Readonly<Partial<Record<TestModel, number>>> = { dss: 5e-3, 'deep sets': 1e-2, gin: 1e-2, ign: 6.4e-4 }
const trained: typeof builders = { ...builders, ign: narrowIgn }
/** Models whose training is compared. */
export const trainedModels: readonly TestModel[] = Object.keys(rates) as TestModel[]

const randomOf = (name: TestModel): Random => new Random({ seed: 3, stream: name })

/** Which form of a model is asked for. */
export interface InferenceOptions {
  /** Whether in the narrower layers of training; no by default. */
  readonly narrow?: boolean
}

/** A model with initial values, and inputs for it. */
export function inference(
  name: TestModel,
  { narrow = false }: InferenceOptions = {},
): Comparison & { readonly values: Record<string, TensorValue> } {
  const { module, inputs, batch, logits } = (narrow ? trained : builders)[name](randomOf(name))
  const feeds = Object.fromEntries(Object.keys(inputs).map((key) => [key, batch[key] as TensorValue]))
  const values = initialize(module, 1)
  return { program: inferenceProgram(module, { inputs, outputs: () => ({ logits: logits() }) }), feeds, values }
}

/** What some steps of training gave. */
export interface TrainingReport {
  readonly losses: number[]
  /** Of a step, without the first. */
  readonly milliseconds: number
}

/** Trains a model with Adam on one batch, from the same first values everywhere. @param afterStep - is told the steps done. */
export async function trainSteps(
  backend: Backend,
  name: TestModel,
  steps: number,
  afterStep: (done: number) => void = () => {},
): Promise<TrainingReport> {
  const { module, inputs, target, batch, logits } = trained[name](randomOf(name))
  const objective = () => ({ loss: crossEntropy(logits(), target) })
  const step = trainStep(module, { inputs: { ...inputs, target }, objective, optimizer: adam() })
  const executable = await backend.compile(step.program)
  const settings = { learning_rate: tensorValue('float32', [], [rates[name] ?? 1e-3]), seed: tensorValue('int64', [], [1]) }
  let state: Record<string, TensorValue | DeviceTensor> = initialState(step, initialize(module, 1))
  const release = (): void => {
    for (const value of Object.values(state)) if (typeof value.data === 'function') (value as DeviceTensor).dispose()
  }
  const losses: number[] = []
  let started = 0
  for (let i = 0; i < steps; i++) {
    if (i === 1) started = performance.now()
    const outputs = await executable.run({ ...batch, ...settings, ...state })
    losses.push(Number((await outputs.loss?.data())?.[0]))
    outputs.loss?.dispose()
    release()
    state = Object.fromEntries(step.state.map(({ input: key, output }) => [key, outputs[output] as DeviceTensor]))
    afterStep(i + 1)
  }
  const milliseconds = (performance.now() - started) / (steps - 1)
  release()
  await executable.dispose()
  return { losses, milliseconds }
}
