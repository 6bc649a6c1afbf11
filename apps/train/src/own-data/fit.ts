import { fitAtomicEnergies, type Molecule } from '@equivar/datasets'
import type { Features } from '../model.ts'
import type { Regression } from '../models/regression.ts'
import { channelAxis, type Example, type Examples, type Numbers } from './example.ts'
import { include, type Moments } from './moments.ts'

/** What is learned from the training part before training: it travels in the run's configuration and in the exported file. */
export interface Fitted {
  readonly features: Features
  /** For edges that are a list with features. */
  readonly edgeFeatures?: Features
  /** Names of the classes, sorted: numbers by value, text by code point. */
  readonly classes: readonly string[]
  readonly regression?: Regression
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

/** Gathers mean and standard deviation of every channel. Channels of categories are left as they are. */
class FeatureFit {
  readonly #moments: Moments[] = []

  /** Adds the numbers of an example. @param axis - the axis of channels. */
  include({ shape, data }: Numbers, axis: number): void {
    const channels = shape[axis] ?? 0
    while (this.#moments.length < channels) this.#moments.push({ count: 0, mean: 0, squares: 0 })
    const after = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
    for (let i = 0; i < data.length; i++) include(this.#moments[Math.floor(i / after) % channels] as Moments, data[i] as number)
  }

  /** undefined if nothing was added. */
  features(categoryNames: Examples['categoryNames'] = {}): Features | undefined {
    if (this.#moments.length === 0) return undefined
    // Rounded as the exported file rounds them: next to a mean of 10,000, the rest of an offset is as large as what it leaves.
    const scales = this.#moments.map(featureScale).map(({ offset, scale }) => ({ offset: Math.fround(offset), scale: Math.fround(scale) }))
    const categories = Object.fromEntries(Object.entries(categoryNames).map(([channel, names]) => [channel, names.length]))
    return {
      offset: scales.map(({ offset }) => offset),
      scale: scales.map(({ scale }) => scale),
      ...(Object.keys(categories).length === 0 ? {} : { categories }),
    }
  }
}

const byValue = (a: string, b: string): number => {
  const [x, y] = [Number(a), Number(b)]
  if (a.trim() !== '' && b.trim() !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
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

/** Rows of numbers to predict. */
function* rowsToPredict({ target }: Example): Generator<ArrayLike<number>> {
  if (target.kind === 'y') yield target.y
  if (target.kind !== 'ys') return
  const width = target.ys.shape[1] as number
  for (let at = 0; at < target.ys.data.length; at += width) yield target.ys.data.subarray(at, at + width)
}

/** Fits the encoding of a data set to its training part, one example after the other. */
export class Fit {
  readonly #all: Omit<Examples, 'examples'>
  readonly #features = new FeatureFit()
  readonly #edges = new FeatureFit()
  readonly #targets: Moments[] = []
  readonly #classes = new Set<string>()

  constructor(all: Omit<Examples, 'examples'>) {
    this.#all = all
  }

  /** Notes the classes of an example of any part: a class of the test part has a place, too. */
  see({ target }: Example): void {
    if (target.kind === 'label') this.#classes.add(target.label)
    else if (target.kind === 'labels') for (const label of target.labels) if (label !== undefined) this.#classes.add(label)
  }

  /** Adds an example of the training part. */
  train(example: Example): void {
    this.#features.include(example.x, channelAxis(this.#all.kind))
    if (example.edges?.attributes !== undefined) this.#edges.include(example.edges.attributes, 1)
    for (const row of rowsToPredict(example))
      for (let i = 0; i < row.length; i++) {
        this.#targets[i] ??= { count: 0, mean: 0, squares: 0 }
        if (Number.isFinite(row[i])) include(this.#targets[i] as Moments, row[i] as number)
      }
  }

  fitted(): Fitted {
    const { categoryNames, edgeCategoryNames } = this.#all
    const edgeFeatures = this.#edges.features(edgeCategoryNames)
    const scales = this.#targets.map(targetScale)
    const regression = { offset: scales.map(({ offset }) => offset), scale: scales.map(({ scale }) => scale) }
    return {
      features: this.#features.features(categoryNames) ?? { offset: [], scale: [] },
      classes: [...this.#classes].sort(byValue),
      ...(edgeFeatures === undefined ? {} : { edgeFeatures }),
      ...(scales.length === 0 ? {} : { regression }),
    }
  }
}

/**
 * Fits the encoding of a data set to its training part. Class names are those of all examples, so that a class of the test part has a place.
 *
 * @param train - the training part of `all`.
 */
export function fit(all: Examples, train: readonly Example[]): Fitted {
  const gathered = new Fit(all)
  for (const example of all.examples) gathered.see(example)
  for (const example of train) gathered.train(example)
  const energies = all.kind === 'molecule' ? fitMolecules(train, all.categoryNames?.[0] ?? []) : undefined
  return { ...gathered.fitted(), ...(energies === undefined ? {} : { regression: energies }) }
}
