import { fitAtomicEnergies, type Molecule } from '@equivar/datasets'
import type { Features } from '../model.ts'
import type { Regression } from '../models/regression.ts'
import { channelAxis, type Example, type Examples, type Numbers } from './example.ts'

/** What is learned from the training part before training: it travels in the run's configuration and in the exported file. */
export interface Fitted {
  readonly features: Features
  /** For edges that are a list with features. */
  readonly edgeFeatures?: Features
  /** Names of the classes, sorted: numbers by value, text by code point. */
  readonly classes: readonly string[]
  readonly regression?: Regression
}

/** Sums over the numbers of a channel. */
interface Moments {
  count: number
  mean: number
  squares: number
}

/** Adds a number: Welford's update, which cancels nothing for numbers far from 0. */
function include(moments: Moments, value: number): void {
  moments.count++
  const before = value - moments.mean
  moments.mean += before / moments.count
  moments.squares += before * (value - moments.mean)
}

/** Subtracts offset, divides by scale. */
interface Scale {
  readonly offset: number
  readonly scale: number
}

/** Mean and standard deviation; undefined for numbers that are all equal, up to rounding. */
function varying({ count, mean, squares }: Moments): Scale | undefined {
  const deviation = Math.sqrt(squares / Math.max(1, count))
  return deviation > 1e-6 * Math.abs(mean) && deviation > 0 ? { offset: mean, scale: deviation } : undefined
}

/** A channel that is constant becomes 1, not 0: the sum over the neighbours of a node without features must still count them. */
const featureScale = (moments: Moments): Scale =>
  varying(moments) ?? (moments.mean === 0 ? { offset: -1, scale: 1 } : { offset: 0, scale: moments.mean })

/** A number to predict that is constant is learned as an offset. */
const targetScale = (moments: Moments): Scale => varying(moments) ?? { offset: moments.mean, scale: 1 }

/** Mean and standard deviation of every channel. Channels of categories are left as they are. @param axis - the axis of channels. */
function fitFeatures(arrays: readonly Numbers[], axis: number, categoryNames: Examples['categoryNames'] = {}): Features {
  const channels = arrays[0]?.shape[axis] ?? 0
  const moments = Array.from({ length: channels }, (): Moments => ({ count: 0, mean: 0, squares: 0 }))
  for (const { shape, data } of arrays) {
    const after = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
    for (const [i, value] of data.entries()) include(moments[Math.floor(i / after) % channels] as Moments, value)
  }
  const scales = moments.map(featureScale)
  const categories = Object.fromEntries(Object.entries(categoryNames).map(([channel, names]) => [channel, names.length]))
  return {
    offset: scales.map(({ offset }) => offset),
    scale: scales.map(({ scale }) => scale),
    ...(Object.keys(categories).length === 0 ? {} : { categories }),
  }
}

const byValue = (a: string, b: string): number => {
  const [x, y] = [Number(a), Number(b)]
  if (a.trim() !== '' && b.trim() !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}

/** The names of all classes that occur, in order. */
function classNames(examples: readonly Example[]): string[] {
  const names = new Set<string>()
  for (const { target } of examples) {
    if (target.kind === 'label') names.add(target.label)
    else if (target.kind === 'labels') for (const label of target.labels) if (label !== undefined) names.add(label)
  }
  return [...names].sort(byValue)
}

/** Mean and standard deviation of every number to predict. */
function fitTargets(train: readonly Example[]): Regression | undefined {
  const rows = train.flatMap(({ target }) => {
    if (target.kind === 'y') return [target.y]
    if (target.kind !== 'ys') return []
    const { shape, data } = target.ys
    return Array.from({ length: shape[0] as number }, (_, row) =>
      Array.from(data.subarray(row * (shape[1] as number), (row + 1) * (shape[1] as number))),
    )
  })
  const [first] = rows
  if (first === undefined) return undefined
  const moments = first.map((): Moments => ({ count: 0, mean: 0, squares: 0 }))
  for (const row of rows) for (const [i, value] of row.entries()) if (Number.isFinite(value)) include(moments[i] as Moments, value)
  const scales = moments.map(targetScale)
  return { offset: scales.map(({ offset }) => offset), scale: scales.map(({ scale }) => scale) }
}

/** The energy of each element, and the scale of what is left, for molecules with one number to predict. */
function fitMolecules(train: readonly Example[], elements: readonly string[]): Regression | undefined {
  const molecules = train.map(({ molecule }) => molecule as Molecule)
  const energies = train.map(({ target }) => (target.kind === 'y' && target.y.length === 1 ? (target.y[0] as number) : Number.NaN))
  if (energies.some(Number.isNaN)) return undefined
  const perChannel = fitAtomicEnergies(molecules, energies, elements)
  const moments: Moments = { count: 0, mean: 0, squares: 0 }
  for (const [i, molecule] of molecules.entries()) {
    const atoms = molecule.elements.reduce((sum, element) => sum + (perChannel[elements.indexOf(element)] as number), 0)
    include(moments, (energies[i] as number) - atoms)
  }
  return { ...targetScale(moments), perChannel }
}

/**
 * Fits the encoding of a data set to its training part. Class names are those of all examples, so that a class of the test part has a place.
 *
 * @param train - the training part of `all`.
 */
export function fit(all: Examples, train: readonly Example[]): Fitted {
  const regression = (all.kind === 'molecule' ? fitMolecules(train, all.categoryNames?.[0] ?? []) : undefined) ?? fitTargets(train)
  const attributes = train.flatMap(({ edges }) => edges?.attributes ?? [])
  return {
    features: fitFeatures(
      train.map(({ x }) => x),
      channelAxis(all.kind),
      all.categoryNames,
    ),
    classes: classNames(all.examples),
    ...(attributes.length === 0 ? {} : { edgeFeatures: fitFeatures(attributes, 1, all.edgeCategoryNames) }),
    ...(regression === undefined ? {} : { regression }),
  }
}
