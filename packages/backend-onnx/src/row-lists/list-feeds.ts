import { type Binding, dimensionValue } from '@equivar/tensor'
import { PARTS_PER_CHUNK } from '../operators/list-sum-reference.ts'
import type { Runtime, RuntimeTensor, RuntimeTensors } from '../runtime.ts'
import { type FedPositions, positionsOf } from './fed-positions.ts'
import { NOTHING, partEntry, partOf, type RowLists, rowLists } from './row-lists.ts'
import type { ListPlan } from './sums-of-lists.ts'

/** All parts have the same weight. */
const ANY_PART = partEntry(0)

/** What was fed when lists were made. */
interface Source {
  readonly input: string
  readonly numbers: Int32Array
}

/** The halves of 64-bit numbers, to compare them; nothing of what is not on the host. */
const halves = ({ data }: RuntimeTensor): Int32Array =>
  data instanceof BigInt64Array ? new Int32Array(data.buffer, data.byteOffset, data.length * 2) : new Int32Array(0)

function areEqual(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Entries of lists as 64-bit numbers, which say what a table of `rows` rows, a row of nothing and sums of parts, from the row `partStart` on, has where. */
function tableOf(entries: Int32Array, rows: number, positions: Int32Array | undefined, partStart: number): BigInt64Array {
  const table = new BigInt64Array(entries.length)
  const low = new Int32Array(table.buffer)
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as number
    if (entry >= 0) low[2 * i] = positions === undefined ? entry : (positions[entry] as number)
    else low[2 * i] = entry === NOTHING ? rows : partStart + partOf(entry)
  }
  return table
}

const plainTable = (numbers: Int32Array): BigInt64Array => tableOf(numbers, 0, undefined, 0)

/**
 * What a program of sums over lists is fed for the positions of a run. Lists are made again only if positions or sizes differ from those before, which a graph that
 * is trained on as a whole never does.
 */
export class ListFeeds {
  readonly #runtime: Runtime
  readonly #plans: readonly ListPlan[]
  #sources: readonly Source[] = []
  #sizes = ''
  #made: RuntimeTensors | undefined

  constructor(runtime: Runtime, plans: readonly ListPlan[]) {
    this.#runtime = runtime
    this.#plans = plans
  }

  /** Undefined if a position is none of the rows: counted from the end, or an error. */
  feeds(given: RuntimeTensors, sizes: Binding): RuntimeTensors | undefined {
    const named = this.#plans.map(({ count, rows }) => `${dimensionValue(count, sizes)} ${dimensionValue(rows, sizes)}`).join()
    const tensorOf = (name: string): RuntimeTensor => given[name] as RuntimeTensor
    const isKnown = this.#sources.length > 0 && this.#sources.every(({ input, numbers }) => areEqual(numbers, halves(tensorOf(input))))
    if (named === this.#sizes && isKnown) return this.#made
    const inputs = new Set(
      this.#plans.flatMap(({ targets, sources }) => [targets.input, ...(sources === undefined ? [] : [sources.input])]),
    )
    this.#sources = [...inputs].map((input) => ({ input, numbers: halves(tensorOf(input)).slice() }))
    this.#sizes = named
    this.#made = this.#make(given, sizes)
    return this.#made
  }

  #make(given: RuntimeTensors, sizes: Binding): RuntimeTensors | undefined {
    const known = new Map<string, RowLists | undefined>()
    const seen = new Map<string, Int32Array | undefined>()
    const read = (positions: FedPositions, rows: number): Int32Array | undefined => {
      const key = JSON.stringify([positions, rows])
      if (!seen.has(key)) seen.set(key, positionsOf(positions, given[positions.input] as RuntimeTensor, rows))
      return seen.get(key)
    }
    const all: [string, RuntimeTensor][] = []
    for (const plan of this.#plans) {
      const count = dimensionValue(plan.count, sizes)
      const key = JSON.stringify([plan.targets, count])
      const targets = known.has(key) ? undefined : read(plan.targets, count)
      if (!known.has(key)) known.set(key, targets && rowLists(targets, count))
      const lists = known.get(key)
      const tables = lists && this.#tables(plan, lists, dimensionValue(plan.rows, sizes), read)
      if (tables === undefined) return undefined
      all.push(...tables)
    }
    return Object.fromEntries(all)
  }

  #tables(
    { prefix, sources, weighted }: ListPlan,
    { entries, bounds, listsPerChunk, places, parts, partLength }: RowLists,
    rows: number,
    read: (positions: FedPositions, rows: number) => Int32Array | undefined,
  ): [string, RuntimeTensor][] | undefined {
    const positions = sources && read(sources, rows)
    if (sources !== undefined && positions === undefined) return undefined
    const fed = (name: string, data: BigInt64Array, shape: readonly number[]): [string, RuntimeTensor] => [
      `${prefix}.${name}`,
      new this.#runtime.Tensor('int64' as never, data as never, shape) as RuntimeTensor,
    ]
    const partShape = [parts.length / partLength / PARTS_PER_CHUNK, PARTS_PER_CHUNK, partLength]
    const tables = [
      fed('entries', tableOf(entries, rows, positions, rows + 1), [entries.length]),
      fed('bounds', plainTable(bounds), [bounds.length]),
      fed('chunk_shape', BigInt64Array.of(BigInt(listsPerChunk), -1n), [2]),
      fed('places', plainTable(places), [places.length]),
      fed('parts', tableOf(parts, rows, positions, rows + 1), partShape),
    ]
    if (!weighted) return tables
    // A weight of 0 goes with nothing, one of 1 with the sum of a part.
    const edges = positions?.length ?? rows
    const weightEntries = entries.map((entry) => Math.max(entry, ANY_PART))
    const weights = [
      fed('weight_entries', tableOf(weightEntries, edges, undefined, edges + 1), [entries.length]),
      fed('weight_parts', plainTable(parts), partShape),
    ]
    return [...tables, ...weights]
  }
}
