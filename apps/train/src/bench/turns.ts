import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import type { Memory } from './memory.ts'
import { quietMachine } from './quiet.ts'
import { type Measure, measures, type Taken } from './side.ts'
import type { Contestant } from './sides.ts'

/** Figures of one side of a workload: medians, in milliseconds and MiB. What it does not do is left out. */
export interface Figures {
  readonly trainMs?: number
  readonly inferMs?: number
  readonly infer1Ms?: number
  /** Processor time of the same runs. */
  readonly cpuMs: Partial<Record<Measure, number>>
  /** To build and compile, and by how much the first step is slower than others. */
  readonly compileMs: number
  /** Largest resident memory of the process in training; in inference where it does not train. */
  readonly peakMiB: number
  /** What of that the process did not hold before its first step. */
  readonly aboveMiB: number
  readonly parameters?: number
}

/** How long and how carefully. */
export interface Care {
  /** Turns of each side that count. */
  readonly rounds: number
  /** Seconds to wait for the rest of the machine to be idle before a turn. */
  readonly wait: number
}

/** The one in the middle, or the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** A turn is so many runs of a measure in a row at least, and so many milliseconds of them; short, so that all sides meet the same noise. */
const TURN: Readonly<Record<Measure, { readonly runs: number; readonly ms: number }>> = {
  train: { runs: 2, ms: 800 },
  infer: { runs: 3, ms: 400 },
  infer1: { runs: 20, ms: 200 },
}

/** What is known of a side while the turns go on. */
interface Progress {
  readonly side: Contestant
  readonly taken: Record<Measure, Taken[]>
  heldMiB: number
  peakMiB: number
  /** Milliseconds of the very first run. */
  first: number | undefined
  failed: boolean
}

const ask = async (side: Contestant, question: string): Promise<unknown> => side.process.ask(question)

/** One turn. After others had theirs, caches and threads are cold in the first run, as they never are in a training: it does not count if there are more. */
async function turn(record: Progress, { measure, counts }: { measure: Measure; counts: boolean }): Promise<void> {
  const { runs, ms } = TURN[measure]
  const all: Taken[] = []
  for (let spent = 0; all.length < runs || spent < ms; ) {
    const taken = (await ask(record.side, measure)) as Taken
    record.first ??= taken.ms
    spent += taken.ms
    all.push(taken)
  }
  if (counts) record.taken[measure].push(...(all.length > runs ? all.slice(1) : all))
}

function figuresOf({ side, taken, heldMiB, peakMiB, first }: Progress): Figures {
  const known = measures.filter((measure) => taken[measure].length > 0)
  const medians = Object.fromEntries(known.map((measure) => [`${measure}Ms`, median(taken[measure].map(({ ms }) => ms))]))
  const usual = medians[`${side.measures[0]}Ms`] ?? 0
  return {
    ...medians,
    cpuMs: Object.fromEntries(known.map((measure) => [measure, median(taken[measure].map(({ cpuMs }) => cpuMs))])),
    compileMs: side.ready.compileMs + Math.max(0, (first ?? 0) - usual),
    peakMiB,
    aboveMiB: peakMiB - heldMiB,
    ...(side.ready.parameters === undefined ? {} : { parameters: side.ready.parameters }),
  }
}

/**
 * Lets the sides take turns, measure by measure; the first turn of each only warms it.
 *
 * @param onFailure - told of a side that ends early: it takes part in nothing more, and what it did until then counts. Without it that is an error.
 */
export async function takeTurns(
  sides: readonly Contestant[],
  { rounds, wait }: Care,
  onFailure: (side: string, reason: string) => void,
): Promise<Figures[]> {
  const records: Progress[] = sides.map((side) => ({
    side,
    taken: { train: [], infer: [], infer1: [] },
    heldMiB: 0,
    peakMiB: 0,
    first: undefined,
    failed: false,
  }))
  const attempt = async (record: Progress, work: () => Promise<void>): Promise<void> => {
    if (record.failed) return
    try {
      await work()
    } catch (error) {
      record.failed = true
      onFailure(record.side.name, messageOf(error))
    }
  }
  for (const record of records)
    await attempt(record, async () => {
      record.heldMiB = ((await ask(record.side, 'memory')) as Memory).heldMiB
    })
  for (const measure of measures) {
    const taking = records.filter(({ side }) => side.measures.includes(measure))
    for (let round = 0; round <= rounds; round++) {
      for (const record of taking) {
        await quietMachine(wait)
        await attempt(record, () => turn(record, { measure, counts: round > 0 }))
        // Threads of either runtime spin for a while after a run.
        await pause(20)
      }
    }
    for (const record of taking)
      if (record.peakMiB === 0)
        await attempt(record, async () => {
          record.peakMiB = ((await ask(record.side, 'memory')) as Memory).peakMiB
        })
  }
  return records.map(figuresOf)
}
