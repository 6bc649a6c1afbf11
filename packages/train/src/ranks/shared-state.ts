import type { TensorValue } from '@equivar/tensor'
import type { RunState } from '../run-state.ts'
import type { Ranks } from './ranks.ts'

/** What a state holds beside its numbers. */
interface Outline {
  readonly step: number
  readonly sums: RunState['sums']
  readonly waiting?: NonNullable<RunState['waiting']>
  readonly bestEpoch?: number
}

const outlineOf = ({ step, sums, waiting, best }: RunState): Outline => ({
  step,
  sums,
  ...(waiting === undefined ? {} : { waiting }),
  ...(best === undefined ? {} : { bestEpoch: best.epoch }),
})

/** Infinity, which JSON has not, is null there. */
const parsed = (text: string): Outline => {
  const outline = JSON.parse(text) as Outline
  const { waiting } = outline
  return waiting === undefined
    ? outline
    : { ...outline, waiting: { epochs: waiting.epochs, best: waiting.best ?? Number.POSITIVE_INFINITY } }
}

async function sharedText(ranks: Ranks, text: string): Promise<string> {
  const own = new TextEncoder().encode(text)
  const length = Float64Array.of(own.length)
  await ranks.broadcast(length, 0)
  const bytes = ranks.rank === 0 ? own : new Uint8Array(length[0] as number)
  await ranks.broadcast(bytes, 0)
  return new TextDecoder().decode(bytes)
}

async function sharedValues(ranks: Ranks, values: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>> {
  const shared: Record<string, TensorValue> = {}
  for (const [name, { dtype, shape, data }] of Object.entries(values)) {
    const copy = data.slice()
    await ranks.broadcast(copy, 0)
    shared[name] = { dtype, shape, data: copy }
  }
  return shared
}

/** The state of rank 0, for all: the others need not have read a checkpoint. */
export async function sharedState(ranks: Ranks, state: RunState): Promise<RunState> {
  const { bestEpoch, ...rest } = parsed(await sharedText(ranks, JSON.stringify(outlineOf(state))))
  const values = await sharedValues(ranks, state.values)
  if (bestEpoch === undefined) return { ...rest, values }
  // Another rank has no best values yet, but knows their shapes.
  const names = JSON.parse(await sharedText(ranks, JSON.stringify(Object.keys(state.best?.values ?? {})))) as string[]
  const own = Object.fromEntries(names.map((name) => [name, state.best?.values[name] ?? (state.values[name] as TensorValue)]))
  return { ...rest, values, best: { epoch: bestEpoch, values: await sharedValues(ranks, own) } }
}
