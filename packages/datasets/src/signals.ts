import { Random } from '@equivar/tensor'
import type { ClassDataset } from './dataset.ts'
import { NumpyRandom } from './numpy-random.ts'
import { setDataset } from './sets.ts'

/** Options of signals. The defaults are those of the published task. */
export interface SignalsOptions {
  /** From 0 to 2^32 - 1; 1 by default. */
  readonly seed?: number
  /** The number of training sets; 3000 by default. */
  readonly train?: number
  /** The number of validation sets; 300 by default. */
  readonly validation?: number
  /** The number of test sets; 300 by default. */
  readonly test?: number
  /** The number of measurements in a set; 25 by default. */
  readonly setSize?: number
  /** If given, each set keeps only a random number of its first measurements, uniform from `smallestSetSize` to `setSize`. */
  readonly smallestSetSize?: number
  /** The number of samples in a measurement; 100 by default. */
  readonly length?: number
  /** The standard deviation of the noise, for a signal between -1 and 1; 3 by default. */
  readonly noise?: number
}

/** The training, validation and test parts of a task. */
export interface Splits {
  readonly train: ClassDataset
  readonly validation: ClassDataset
  readonly test: ClassDataset
}

const classes = ['sine', 'square', 'sawtooth'] as const

/** The waves as functions of a non-negative phase, as scipy.signal defines them. */
const waves: readonly ((phase: number) => number)[] = [
  Math.sin,
  (phase) => (phase % (2 * Math.PI) < Math.PI ? 1 : -1),
  (phase) => (phase % (2 * Math.PI)) / Math.PI - 1,
]

/**
 * The signal classification task of the DSS paper: classify the kind of wave from a set of noisy measurements.
 *
 * A set is based on one clean wave: sin(2 pi f (t + shift)), or the square or sawtooth wave of the same phase, with t from 0 to 1 inclusive, f from 1 to 10
 * and shift from 0 to 1. Each of the 25 measurements adds its own normal noise to every sample. Then the whole set is multiplied by one amplitude from 1 to
 * 10 and shifted by one offset from -5 to 5. The noise is three times as large as the wave, so a single measurement is not enough.
 *
 * `x` is float32 [batch, set, 1, length], channel-first within an element, not normalized, as published; `mask` and `target` are as in setDataset. With the
 * default options the data equals the published data: NumPy's generator is reproduced, and numbers are drawn in the order of the authors' script (label, f,
 * shift, amplitude, offset, noise; 3000 sets for training, then 300 for validation, then 300 for testing).
 *
 * @throws RangeError if a size is not an integer in its range.
 * @remarks The published sizes take about 36 MB and one second. Equals NumPy's float64 result up to the last bits of sin and log, and so exactly in float32.
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
    return setDataset({ elements, elementShape: [1, length], maximumSize: setSize, sizes: labels.map(choose), labels, classes })
  }
  return { train: part(train), validation: part(validation), test: part(test) }
}

/** Fills a set with measurements of one wave and returns its class. Numbers are drawn in the order of the published script. */
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
