import { Random } from '@equivar/tensor'
import type { ClassDataset } from './dataset.ts'
import { NumpyRandom } from './numpy-random.ts'
import { setDataset } from './sets.ts'

/** The size of the task; what is left out is as published. */
export interface SignalsOptions {
  /** From 0 to 2^32 - 1; 1 if left out. */
  readonly seed?: number
  /** How many sets to train on; 3000 if left out. */
  readonly train?: number
  /** How many sets to choose a model by; 300 if left out. */
  readonly validation?: number
  /** How many sets to judge it by; 300 if left out. */
  readonly test?: number
  /** How many measurements a set has; 25 if left out. */
  readonly setSize?: number
  /** If given, each set keeps only its first measurements, at least this many: every number up to setSize is equally likely. */
  readonly smallestSetSize?: number
  /** How many samples a measurement has; 100 if left out. */
  readonly length?: number
  /** The standard deviation of the noise, of a signal between -1 and 1; 3 if left out. */
  readonly noise?: number
}

/** The three parts of a task. */
export interface Splits {
  readonly train: ClassDataset
  readonly validation: ClassDataset
  readonly test: ClassDataset
}

const classes = ['sine', 'square', 'sawtooth'] as const

/** The waves at a phase that is not negative, as scipy.signal defines them. */
const waves: readonly ((phase: number) => number)[] = [
  Math.sin,
  (phase) => (phase % (2 * Math.PI) < Math.PI ? 1 : -1),
  (phase) => (phase % (2 * Math.PI)) / Math.PI - 1,
]

/**
 * The signal classification task of the DSS paper: which kind of wave is behind a set of noisy measurements?
 *
 * A set has one clean wave, sin(2 pi f (t + shift)) or the square or sawtooth wave in its place, t from 0 to 1 with both ends, f from 1 to 10
 * and shift from 0 to 1. Each of its 25 measurements adds its own normal noise to every sample; then the whole set is multiplied by one
 * height from 1 to 10 and moved by one offset from -5 to 5. A single measurement says little: the noise is three times as large as the wave.
 *
 * `x` is float32 [batch, set, 1, length], channel-first within an element as a convolution wants it, not normalized, as published; `mask` and
 * `target` are as setDataset gives them. With the default options these are the published data, set for set and number for number: numpy's
 * generator is repeated, in the order in which the authors' script draws (label, f, shift, height, offset, noise; 3000 sets to train on, then
 * 300 for validation, then 300 for the test).
 *
 * @throws RangeError if a size is not an integer of its range.
 * @remarks About 36 MB and a second for the published sizes. Equal to numpy's float64 result up to the last bits of sin and log, so to float32.
 * @see Maron, Litany, Chechik, Fetaya 2020, "On learning sets of symmetric elements", section 7; Haggaim/On-Learning-Sets-of-Symmetric-Elements,
 * synthetic_exp/generate_synthetic_data.py.
 */
export function signals(options: SignalsOptions = {}): Splits {
  const { seed = 1, train = 3000, validation = 300, test = 300, setSize = 25, length = 100, noise = 3 } = options
  const counts = { train, validation, test, setSize, length }
  for (const [name, count] of Object.entries(counts)) requireCount(name, count, name === 'setSize' || name === 'length' ? 1 : 0)
  const { smallestSetSize = setSize } = options
  requireCount('smallestSetSize', smallestSetSize, 1)
  if (smallestSetSize > setSize) {
    throw new RangeError(`signals: expected smallestSetSize to be at most setSize (${setSize}), received ${smallestSetSize}.`)
  }
  const random = new NumpyRandom(seed)
  const sizes = new Random({ seed, stream: 'set sizes' })
  const part = (count: number): ClassDataset => {
    const elements = new Float32Array(count * setSize * length)
    const labels = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      const set = elements.subarray(i * setSize * length, (i + 1) * setSize * length)
      labels[i] = drawSet(random, set, length, noise)
    }
    const choose = (): number => smallestSetSize + sizes.integer(setSize - smallestSetSize + 1)
    return setDataset({ elements, element: [1, length], largest: setSize, sizes: labels.map(choose), labels, classes })
  }
  return { train: part(train), validation: part(validation), test: part(test) }
}

/** Fills a set with measurements of one wave and returns its class. The draws are in the order of the published script. */
function drawSet(random: NumpyRandom, set: Float32Array, length: number, noise: number): number {
  const label = random.integer(classes.length)
  const frequency = 1 + 9 * random.uniform()
  const shift = random.uniform()
  const height = 1 + 9 * random.uniform()
  const offset = -5 + 10 * random.uniform()
  const step = 1 / (length - 1)
  const wave = Float64Array.from({ length }, (_, s) => {
    const time = s === 0 ? 0 : s === length - 1 ? 1 : s * step
    return waves[label]!(2 * Math.PI * frequency * (time + shift))
  })
  for (let k = 0; k < set.length; k++) set[k] = offset + height * (wave[k % length]! + noise * random.normal())
  return label
}

function requireCount(name: string, count: number, least: number): void {
  if (Number.isInteger(count) && count >= least) return
  throw new RangeError(`signals: expected ${name} to be an integer of at least ${least}, received ${count}.`)
}
