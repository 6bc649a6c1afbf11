import type { TensorValue } from '@equivar/tensor'
import { type Checkpoint, CheckpointError } from './checkpoint.ts'
import type { StateEntry, TrainStep } from './train-step.ts'

/** Reported values: the loss and the metrics. */
export type Report = Record<string, number>

/** The state of a run between two steps: all that a resumed run needs. `checkpointOf` and `runStateOf` convert it. */
export interface RunState {
  readonly values: Record<string, TensorValue>
  /** Number of completed steps. */
  readonly step: number
  /** Sums over the examples of the current epoch so far. */
  readonly sums: Report
  /** With `validate`: the lowest validation loss so far, and the epochs since. */
  readonly waiting?: { readonly best: number; readonly epochs: number }
  /** With `keepBest`: the epoch, counted from 1, with the lowest validation loss, and its parameters and buffers. Epoch 0 is the start. */
  readonly best?: { readonly epoch: number; readonly values: Readonly<Record<string, TensorValue>> }
}

/** Metadata of a checkpoint that belong to the state. */
const own = ['step', 'sums', 'waiting', 'best'] as const

/** Names the moving average of a parameter. */
export const AVERAGE = 'optimizer.average.'

/** Names the best values in a checkpoint. */
const BEST = 'best:'

/** Whether a part of the state is a value of the model. */
export const isOfModel = ({ kind }: StateEntry): boolean => kind === 'parameter' || kind === 'buffer'

/**
 * The checkpoint of a state.
 *
 * Law: `runStateOf(checkpointOf(state), step, where)` equals the state.
 *
 * @param metadata - further texts, such as what the run is.
 * @throws RangeError if `metadata` has one of the names `step`, `sums`, `waiting` and `best`.
 */
export function checkpointOf({ values, step, sums, waiting, best }: RunState, metadata: Readonly<Record<string, string>> = {}): Checkpoint {
  const taken = own.find((name) => Object.hasOwn(metadata, name))
  if (taken !== undefined) throw new RangeError(`checkpointOf: expected metadata other than ${own.join(', ')}, received "${taken}".`)
  return {
    values: { ...values, ...Object.fromEntries(Object.entries(best?.values ?? {}).map(([name, value]) => [BEST + name, value])) },
    metadata: {
      ...metadata,
      step: String(step),
      sums: JSON.stringify(sums),
      ...(waiting === undefined ? {} : { waiting: JSON.stringify(waiting) }),
      ...(best === undefined ? {} : { best: String(best.epoch) }),
    },
  }
}

const printed = ({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string =>
  `${dtype} [${shape.join(', ')}]`

/** A whole number of 0 or more in decimal digits; undefined for any other text. */
const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The sums in a checkpoint; undefined if they are damaged. */
function sumsOf(text: string | undefined): Report | undefined {
  const sums = text === undefined ? {} : parsed(text)
  return isRecord(sums) && Object.values(sums).every(Number.isFinite) ? (sums as Report) : undefined
}

/** What early stopping knows; undefined if it is damaged. JSON has no infinity: the lowest loss before the first epoch is null. */
function waitingOf(text: string): RunState['waiting'] {
  const waiting = parsed(text)
  if (!isRecord(waiting)) return undefined
  const best = waiting.best === null ? Number.POSITIVE_INFINITY : waiting.best
  const { epochs } = waiting
  return typeof best === 'number' && Number.isSafeInteger(epochs) && (epochs as number) >= 0
    ? { best, epochs: epochs as number }
    : undefined
}

/** The values of those names, which must have the shapes of the state. */
function valuesOf(
  { values }: Checkpoint,
  { entries, prefix, where }: { entries: readonly StateEntry[]; prefix: string; where: string },
): Record<string, TensorValue> {
  return Object.fromEntries(
    entries.map(({ input, kind, shape }) => {
      const expected = printed({ dtype: kind === 'step' ? 'int64' : 'float32', shape })
      const name = prefix + input
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      const received = value === undefined ? 'none' : printed(value)
      if (value === undefined || received !== expected)
        throw new CheckpointError(
          `${where}: expected a value "${name}" ${expected}, received ${received}. It is a checkpoint of another model.`,
        )
      return [input, value]
    }),
  )
}

/**
 * The state in a checkpoint, checked against the training step that continues it.
 *
 * @param where - the file's name, for messages.
 * @throws CheckpointError if a value is missing or has another type or shape, or if step, sums or the count for early stopping are missing or damaged.
 */
export function runStateOf(checkpoint: Checkpoint, { state }: Pick<TrainStep, 'state'>, where: string): RunState {
  const { metadata } = checkpoint
  const refuse = (name: string, expected: string): never => {
    const text = Object.hasOwn(metadata, name) ? JSON.stringify(metadata[name]) : 'none'
    throw new CheckpointError(`${where}: expected "${name}" to be ${expected}, received ${text.slice(0, 60)}. The checkpoint is damaged.`)
  }
  const values = valuesOf(checkpoint, { entries: state, prefix: '', where })
  const step = wholeNumber(metadata.step) ?? refuse('step', 'the number of completed steps')
  const counted = state.find(({ kind }) => kind === 'step')
  if (counted !== undefined) {
    const [completed] = (values[counted.input] as TensorValue).data
    if (completed !== BigInt(step)) refuse('step', `the value of "${counted.input}", ${completed}`)
  }
  const sums = sumsOf(metadata.sums) ?? refuse('sums', 'finite sums over the examples of an epoch')
  const waiting =
    metadata.waiting === undefined ? undefined : (waitingOf(metadata.waiting) ?? refuse('waiting', 'a loss and a number of epochs'))
  if (metadata.best === undefined) return { values, step, sums, ...(waiting === undefined ? {} : { waiting }) }
  const epoch = wholeNumber(metadata.best) ?? refuse('best', 'the number of an epoch')
  const best = { epoch, values: valuesOf(checkpoint, { entries: state.filter(isOfModel), prefix: BEST, where }) }
  return { values, step, sums, ...(waiting === undefined ? {} : { waiting }), best }
}

/** The values of the model in a checkpoint: the best ones if it has them, else all of its values, with averages in the place of parameters that have one. */
export function modelValuesOf({ values, metadata }: Checkpoint): Readonly<Record<string, TensorValue>> {
  const named = (prefix: string): [string, TensorValue][] =>
    Object.entries(values).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : []))
  return metadata.best === undefined ? { ...values, ...Object.fromEntries(named(AVERAGE)) } : Object.fromEntries(named(BEST))
}
