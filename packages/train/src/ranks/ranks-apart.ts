import {
  type Backend,
  type DeviceTensor,
  type Executable,
  type Feeds,
  type Outputs,
  type Program,
  type TensorValue,
  toNumbers,
} from '@equivar/tensor'
import type { TrainStep } from '../train-step.ts'
import { isOnDevice, onHost, scalar } from './on-host.ts'
import { gatherRows, type Ranks } from './ranks.ts'
import { reduceAll } from './reduce.ts'
import { stepHalves } from './step-halves.ts'

/** A whole number that is fed. */
const told = async (value: TensorValue | DeviceTensor): Promise<number> => Number((isOnDevice(value) ? await value.data() : value.data)[0])

/** How many examples a rank is given: what an input that binds a size says, such as the number of graphs; else the first size that is not fixed. */
function exampleCount({ inputs }: Program, data: ReadonlySet<string>): (feeds: Feeds) => Promise<number> {
  const own = inputs.filter(({ name }) => data.has(name))
  const counter = own.find(({ tensor }) => tensor.binds !== undefined)
  if (counter !== undefined) return (feeds) => told(feeds[counter.name] as TensorValue)
  const [first] = own.flatMap(({ name, tensor }) => tensor.shape.flatMap((d, axis) => (typeof d === 'number' ? [] : [{ name, axis }])))
  if (first === undefined)
    throw new RangeError('fit: expected an input with a symbolic number of examples, such as [batch, 3], received fixed sizes only.')
  return async (feeds) => (feeds[first.name] as TensorValue).shape[first.axis] as number
}

type Numbers = Float32Array | Float64Array

/** Outputs on the host, copied: with as many digits as the backend gives. */
async function read(results: Outputs): Promise<Record<string, Numbers>> {
  const reads = Object.entries(results).map(async ([name, result]) => {
    const data = await result.data()
    result.dispose()
    return [name, data instanceof Float64Array ? data.slice() : Float32Array.from(toNumbers(data))] as const
  })
  return Object.fromEntries(await Promise.all(reads))
}

/** What the ranks' means are divided by, as the objective says it. */
const EXAMPLES = 'examples'

/**
 * Means over the ranks, where a rank has this weight; the weights themselves are added.
 *
 * A rank of no weight, whose own means are of nothing, adds zeros.
 */
async function meansOf(
  ranks: Ranks,
  { outputs }: Program,
  { own, weight }: { readonly own: Readonly<Record<string, Numbers>>; readonly weight: number },
): Promise<Record<string, TensorValue>> {
  const total = (await gatherRows(ranks, [weight])).reduce((sum, [one]) => sum + (one as number), 0)
  const share = total === 0 ? 0 : weight / total
  const terms = outputs.map(({ name, tensor }) => {
    const numbers = own[name] as Numbers
    const factor = name === EXAMPLES ? Math.sign(weight) : share
    const data = factor === 0 ? numbers.fill(0) : numbers.map((x) => x * factor)
    return [name, onHost({ dtype: 'float32', shape: tensor.shape as readonly number[], data })] as const
  })
  return reduceAll(ranks, Object.fromEntries(terms))
}

/**
 * A training step for ranks that compute by themselves and meet in the gradients alone: each takes the statistics of batch norm from its own examples. Gradients,
 * losses, metrics and running statistics are means over the ranks, weighted by what the objective divides by (`examples`), else by how many examples each has.
 *
 * It is the step of one process where the loss is a mean over the examples and nothing else joins them, but for random numbers; with batch norm it is another.
 *
 * @param data - names of the inputs with examples.
 * @throws RangeError if no input has a symbolic size, or the step is a repeated one.
 * @remarks One allreduce for the counts, and one for the rest.
 */
export async function compileApart(
  step: Pick<TrainStep, 'program' | 'gradients'>,
  { backend, ranks, data }: { readonly backend: Backend; readonly ranks: Ranks; readonly data: readonly string[] },
): Promise<Executable> {
  if (step.gradients.length === 0)
    throw new RangeError('fit: expected one training step at a time with statistics of each rank, received a step that repeats itself.')
  const { gradients, update } = stepHalves(step, data)
  const countOf = exampleCount(gradients, new Set(data))
  const [first, second] = [await backend.compile(gradients), await backend.compile(update)]
  const feedsOf = ({ inputs }: Program, given: Feeds): Feeds =>
    Object.fromEntries(inputs.map(({ name }) => [name, given[name] as TensorValue]))
  const run = async (feeds: Feeds): Promise<Outputs> => {
    const rows = await countOf(feeds)
    // The random numbers of a rank are its own.
    const seeded = feeds.seed === undefined ? feeds : { ...feeds, seed: scalar((await told(feeds.seed)) + ranks.rank) }
    const own = await read(await first.run(feedsOf(gradients, seeded)))
    const sums = await meansOf(ranks, gradients, { own, weight: rows === 0 ? 0 : (own[EXAMPLES]?.[0] ?? rows) })
    const updated = await second.run(feedsOf(update, { ...feeds, ...sums }))
    return Object.fromEntries(step.program.outputs.map(({ name }) => [name, updated[name] ?? onHost(sums[name] as TensorValue)]))
  }
  return {
    run,
    dispose: async () => {
      await first.dispose()
      await second.dispose()
    },
  }
}
