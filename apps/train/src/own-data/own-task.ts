import { type Dataset, PAIR_CHANNELS } from '@equivar/datasets'
import { asUsage, UsageError } from '../errors.ts'
import { choice, classes, type Goal, nodes, numbers, rowNumbers } from '../goals.ts'
import type { Facts } from '../model.ts'
import type { FoldData, LoadOptions, Recipe, Task, TaskData } from '../task.ts'
import { exampleDataset } from './dataset.ts'
import { describeExamples, summaryOf } from './describe.ts'
import { channelsOf, type Example, type ExampleKind, type Examples, type Target } from './example.ts'
import { type Fitted, fit } from './fit.ts'
import { isLarge, readLargeFile } from './large-file.ts'
import { OWN } from './own-source.ts'
import { readExamples } from './read.ts'
import type { OwnSource } from './source.ts'
import { foldExamples, type SplitExamples, splitExamples } from './split.ts'
import { foldNodes, splitNodes, splitsNodes } from './split-nodes.ts'

/** The plain network comes first: it is right for digits and scenes, too, which quarter turns change. */
const ofImages = ['cnn-any-size', 'p4cnn-any-size'] as const
const ofImageSets = ['dss-any-size', 'siamese-any-size'] as const

/** Models by kind of example and what is predicted; the first is the default. */
const models: Readonly<Record<ExampleKind, Partial<Record<Target['kind'], readonly [string, ...string[]]>>>> = {
  set: {
    label: ['deepsets', 'settransformer', 'pointnet'],
    y: ['deepsets', 'settransformer'],
    labels: ['deepsets-elements'],
    ys: ['deepsets-elements'],
    chosen: ['deepsets-elements'],
  },
  graph: { label: ['gin'], y: ['gin'] },
  'dense graph': { label: ['ppgn', 'ign'], y: ['ppgn', 'ign'] },
  molecule: { label: ['ppgn', 'ign'], y: ['ppgn', 'ign'] },
  nodes: { labels: ['gcn', 'gat'], ys: ['gcn', 'gat'] },
  image: { label: ofImages, y: ofImages },
  'image set': { label: ofImageSets, y: ofImageSets, labels: ofImageSets, ys: ofImageSets, chosen: ofImageSets },
  'signal set': { label: ['dss', 'siamese'], y: ['dss', 'siamese'] },
}

/** Models that use features of edges, before the others. */
const withEdges: Readonly<Partial<Record<ExampleKind, string>>> = { graph: 'gine', nodes: 'gine-nodes' }

/** The goals by what is predicted. */
export const goals: Readonly<Record<Target['kind'], (facts: Facts) => Goal>> = {
  label: () => classes,
  labels: () => nodes,
  chosen: () => choice,
  y: ({ regression }) => numbers(regression?.scale ?? 1),
  ys: ({ regression }) => rowNumbers(regression?.scale ?? 1),
}

/** So many examples are many steps even in few epochs. */
const MANY = 100_000

/** Most epochs: one graph is one step; convolutions of images learn in about 1,000 steps, each of which takes long. */
function mostEpochs(count: number, perEpoch: number, ofImages: boolean): number {
  if (count === 1) return 200
  return ofImages ? Math.min(150, Math.max(30, Math.ceil(1000 / perEpoch))) : 150
}

/**
 * Training that reaches a reasonable network: about 4,000 steps, less for few examples, and it ends early when validation no longer improves.
 *
 * @param count - the number of examples. @param ofImages - whether they are images. @param given - what is chosen otherwise.
 */
export function recipeOf(count: number, ofImages: boolean, given: Partial<Recipe> = {}): Recipe {
  const { batchSize = count < 400 ? 16 : count < MANY ? 32 : 256 } = given
  const perEpoch = Math.max(1, Math.ceil(count / batchSize))
  const least = count < MANY ? 10 : 2
  const { epochs = Math.max(least, Math.min(mostEpochs(count, perEpoch, ofImages), Math.ceil(4000 / perEpoch))) } = given
  return {
    epochs,
    batchSize,
    learningRate: count === 1 ? 0.01 : 2e-3,
    decay: { every: Math.max(1, Math.ceil(epochs / 5)), factor: 0.5, minimum: 1e-5, stretches: true },
    patience: Math.max(10, Math.ceil(epochs / 5)),
    ...given,
  }
}

/** Numbers in a row of the output. */
function outputsOf({ target }: Example, classes: readonly string[]): number {
  if (target.kind === 'y') return target.y.length
  if (target.kind === 'ys') return target.ys.shape[1] as number
  return target.kind === 'chosen' ? 1 : classes.length
}

/** What a model has to know of the examples. */
function factsOf(
  { kind, columns, categoryNames, edgeCategoryNames }: Omit<Examples, 'examples'>,
  first: Example,
  { features, edgeFeatures, classes, regression }: Fitted,
): Facts {
  const edgeChannels = kind === 'molecule' ? PAIR_CHANNELS : (first.adjacency?.shape[2] ?? first.edges?.attributes?.shape[1])
  return {
    channels: channelsOf(kind, first),
    outputs: outputsOf(first, classes),
    features,
    ...(columns === undefined ? {} : { columns }),
    ...(edgeFeatures === undefined ? {} : { edgeFeatures }),
    ...(categoryNames === undefined || Object.keys(categoryNames).length === 0 ? {} : { categoryNames }),
    ...(edgeCategoryNames === undefined || Object.keys(edgeCategoryNames).length === 0 ? {} : { edgeCategoryNames }),
    predicts: first.target.kind,
    ...(kind === 'image' || kind === 'image set' ? { size: first.x.shape.slice(-2) as [number, number] } : {}),
    ...(edgeChannels === undefined ? {} : { edgeChannels }),
    ...(regression === undefined ? {} : { regression }),
  }
}

/** How examples are divided. */
interface Division {
  readonly seed: number
  /** Shares of training, validation and test part. */
  readonly shares?: readonly [number, number, number] | undefined
  /** The number of folds to divide them into instead. */
  readonly folds?: number | undefined
}

/** The parts of own data, and the lines that describe them. For a cross-validation, every part is the whole. */
function partsOf(all: Examples, { shares, seed, folds }: Division): { readonly split: SplitExamples; readonly found: readonly string[] } {
  const { examples } = all
  if (folds !== undefined)
    return { split: { train: examples, validation: examples, test: examples }, found: describeExamples(all, undefined) }
  const choice = { seed, ...(shares === undefined ? {} : { shares }) }
  if (splitsNodes(all)) {
    const { split, said } = splitNodes(all, choice)
    return { split, found: [...describeExamples(all, undefined), said] }
  }
  const split = splitExamples(all, choice)
  return { split, found: describeExamples(all, split) }
}

/** @throws UsageError if classes are to be predicted and there is only one. */
function demandClasses({ target: { kind: target } }: Example, classes: readonly string[]): void {
  if ((target !== 'label' && target !== 'labels') || classes.length >= 2) return
  throw new UsageError(`expected at least two classes, received ${classes.length === 0 ? 'none' : `only ${JSON.stringify(classes[0])}`}`)
}

/** Random folds of own data. Each has an encoding that is fitted to what it trains on. */
function foldsOf(all: Examples, count: number, seed: number): FoldData[] {
  const folds = splitsNodes(all) ? foldNodes(all, count, seed) : foldExamples(all, count, seed)
  return folds.map(({ train, test }) => {
    const fitted = fit(all, train)
    const dataset = (examples: readonly Example[]): Dataset => exampleDataset(all.kind, examples, fitted.classes)
    return { train: dataset(train), validation: dataset(test), facts: factsOf(all, all.examples[0] as Example, fitted) }
  })
}

/** Own data that stay on the disk. @throws UsageError if they are to be divided into folds. */
async function loadLarge(path: string, own: OwnSource, { seed, folds, signal }: LoadOptions): Promise<TaskData | undefined> {
  if (folds !== undefined) throw new UsageError(`--folds: expected a file of at most 128 MiB, received ${path}; train without folds`)
  const file = await readLargeFile(path, { seed, ...(own.shares === undefined ? {} : { shares: own.shares }) }, { kind: own.kind, signal })
  if (file === undefined) return undefined
  const { kind, first, fitted, found, constantLoss, parts, close } = file
  demandClasses(first, fitted.classes)
  return {
    ...parts,
    classes: fitted.classes,
    facts: factsOf({ kind }, first, fitted),
    found,
    constantLoss,
    models: modelsFor(kind, first),
    close,
  }
}

/** Splits and encodes examples. @throws UsageError if a part or a fold has none, or there is only one class. */
export async function dataOfExamples(all: Examples, division: Division): Promise<TaskData> {
  const { split, found } = partsOf(all, division)
  const { folds, seed } = division
  const fitted = fit(all, split.train)
  demandClasses(all.examples[0] as Example, fitted.classes)
  const dataset = (examples: readonly Example[]): Dataset => exampleDataset(all.kind, examples, fitted.classes)
  return {
    train: dataset(split.train),
    validation: dataset(split.validation),
    test: dataset(split.test),
    classes: fitted.classes,
    facts: factsOf(all, all.examples[0] as Example, fitted),
    found,
    constantLoss: summaryOf(all).constantLoss(),
    nameOf: (example) => split.test[example]?.where ?? `test example ${example}`,
    ...(folds === undefined ? {} : { folds: await asUsage('--folds', () => foldsOf(all, folds, seed)) }),
  }
}

/** Reads, splits and encodes own data. */
async function load(options: LoadOptions): Promise<TaskData> {
  const { own, seed, folds, signal } = options
  if (own === undefined) throw new UsageError('--data: expected a file or a folder with examples, received none')
  const large = isLarge(own) ? await loadLarge(own.paths[0] as string, own, options) : undefined
  if (large !== undefined) return large
  const all = await readExamples(own, signal)
  const data = await dataOfExamples(all, { seed, shares: own.shares, folds })
  return { ...data, models: modelsFor(all.kind, all.examples[0] as Example) }
}

/** The models that fit some examples. @throws UsageError if there is none. */
function modelsFor(kind: ExampleKind, { where, target, edges }: Example): readonly [string, ...string[]] {
  const fitting = models[kind][target.kind]
  const first = edges?.attributes === undefined ? undefined : withEdges[kind]
  if (fitting !== undefined) return first === undefined ? fitting : [first, ...fitting]
  const known = Object.keys(models[kind])
  throw new UsageError(
    `${where}: expected ${known.map((key) => `"${key}"`).join(' or ')} for a ${kind}, received "${target.kind}", for which there is no model`,
  )
}

/** The largest shift of training images: what they show is still there. */
const SHIFT = 0.1

/** The training for own data: images whose class is to be found are shifted at random; numbers may say where something is. */
function ownRecipe(data: TaskData | undefined): Recipe {
  const { size, predicts } = data?.facts ?? {}
  const recipe = recipeOf(data?.train.length ?? 1000, size !== undefined)
  return size === undefined || predicts === 'y' || predicts === 'ys' ? recipe : { ...recipe, shift: SHIFT }
}

/** Own data as a task: `equivar train --data PATH`. Its goal follows from the facts, so a run needs no files to be used. */
export const ownTask: Task = {
  name: OWN,
  description: 'your own data',
  data: 'files of your own',
  published: 'none',
  models: [...new Set([...Object.values(models).flatMap((byTarget) => Object.values(byTarget).flat()), ...Object.values(withEdges)])] as [
    string,
    ...string[],
  ],
  goal: (facts) => goals[facts.predicts ?? 'label'](facts),
  recipe: (_, data) => ownRecipe(data),
  load,
}
