import type { Batch, Dataset } from '@equivar/datasets'
import { Random } from '@equivar/tensor'
import { numbersByRmse } from '../goals.ts'
import type { LoadOptions, Task } from '../task.ts'
import { whole } from './settings.ts'
import { inertia, invariant, type Pair, scattering, type VectorFunction } from './vector-functions.ts'

const HELD_OUT = { validation: 1_000, test: 5_000 } as const
const MOST_TRAINED = 30_000

/** The pairs as examples: `x` float32 [batch, channels], `target` float32 [batch, outputs]. */
function examples(pairs: readonly Pair[], { channels, outputs }: VectorFunction): Dataset {
  const rows = (indices: ArrayLike<number>, side: 0 | 1, width: number): Batch[string] => ({
    dtype: 'float32',
    shape: [indices.length, width],
    data: Float32Array.from(Array.from(indices, (i) => (pairs[i] as Pair)[side]).flat()),
  })
  const batch = (indices: ArrayLike<number>): Batch => ({ x: rows(indices, 0, channels), target: rows(indices, 1, outputs) })
  return { length: pairs.length, batch }
}

/** A task that learns a function. */
interface FunctionTask extends Task {
  /** The function, in float64. */
  function(x: readonly number[]): readonly number[]
}

/** A task of learning a function of vectors. */
function vectorTask(name: string, description: string, data: string, given: VectorFunction): FunctionTask {
  const { vectors, channels, outputs, training } = given
  const { epochs, every, factor } = training
  return {
    name,
    function: given.value,
    description: `${description}; the loss is the mean squared error`,
    data: `generated: ${data}; trainCount=N trains on N examples, 1,000 for validation, 5,000 for testing`,
    published: 'test errors by the number of examples are plotted in Finzi, Welling, Wilson 2021, section 7.1, without a table',
    models: ['emlp', 'mlp-vectors'],
    settings: { trainCount: 1_000 },
    goal: () => numbersByRmse(1),
    recipe: (model) => ({
      epochs,
      batchSize: 100,
      learningRate: model === 'emlp' ? 1e-2 : 3e-3,
      stepsPerEpoch: 20,
      decay: { every, factor, minimum: 0, stretches: true },
    }),
    load: async ({ settings, seed }: LoadOptions) => {
      const pairs = (stream: string, count: number): Pair[] => {
        const random = new Random({ seed, stream: `${name} ${stream}` })
        return Array.from({ length: count }, (): Pair => {
          const x = given.draw(random)
          return [x, given.value(x)]
        })
      }
      const train = pairs('train', whole(settings, 'trainCount', 1, MOST_TRAINED))
      const held = (split: keyof typeof HELD_OUT): Dataset => examples(pairs(split, HELD_OUT[split]), given)
      return {
        train: examples(train, given),
        validation: held('validation'),
        test: held('test'),
        classes: [],
        facts: { channels, outputs, vectors, ...given.standardized?.(train) },
      }
    },
  }
}

/**
 * Functions of vectors that follow a matrix group.
 *
 * @see Finzi, Welling, Wilson 2021, "A practical method for constructing equivariant multilayer perceptrons for arbitrary matrix groups", section 7.1. The
 * authors' program leaves out the second term of each factor of `particle-scattering`; here is what their text says, and what quantum electrodynamics gives.
 */
export const vectorTasks: readonly FunctionTask[] = [
  vectorTask(
    'inertia',
    'the moment of inertia of five masses, a 3 x 3 matrix that follows O(3)',
    'masses log(1 + e^u), u and positions normal',
    inertia,
  ),
  vectorTask(
    'o5-invariant',
    'sin |a| - |b|^3 / 2 + a.b / (|a| |b|) of two vectors in five dimensions, unchanged by O(5)',
    'normal vectors',
    invariant,
  ),
  vectorTask(
    'particle-scattering',
    'the squared matrix element of an electron and a muon that scatter, of four momenta, unchanged by O(1,3)',
    'normal momenta with deviation 1/4, not bound to a mass',
    scattering,
  ),
]
