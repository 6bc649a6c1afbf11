import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../errors.ts'
import type { Output } from '../output.ts'
import { productRate } from './floor.ts'
import { type Answering, start } from './process.ts'
import { quietMachine } from './quiet.ts'
import { equivarSide, type Measure, measures } from './side.ts'
import { type Workload, workloads } from './workloads.ts'

/** Times of one side of a workload; medians, in milliseconds. */
interface Times {
  readonly trainMs: number
  readonly inferMs: number
  readonly infer1Ms: number
  readonly compileMs?: number
  /** Largest resident memory of the process. */
  readonly peakMiB: number
  readonly parameters: number
}

/** Arguments of `equivar bench`. */
export interface BenchArguments {
  readonly workloads: readonly string[]
  readonly against: 'torch' | undefined
  readonly rounds: number
  readonly threads: number
  /** Seconds to wait for the rest of the machine to be idle before a sample. */
  readonly wait: number
}

const packageFile = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

/** What keeps glibc from returning memory to the system after every step, which costs PyTorch page faults; the same for both sides. */
const allocator = { MALLOC_TRIM_THRESHOLD_: '4294967296', MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TOP_PAD_: '268435456' }

function find(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name)
  if (found === undefined)
    throw new UsageError(`bench: expected a workload (${workloads.map((w) => w.name).join(', ')}), received "${name}"`)
  return found
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Runs of a measure in a row, so that the caches and the threads of the side are warm; few, so that both sides meet the same noise. */
const TURN: Readonly<Record<Measure, number>> = { train: 2, infer: 3, infer1: 20 }

/** Turns of all sides, measure by measure; the first turn of each only warms it. */
async function takeTurns(sides: readonly Answering[], { rounds, wait }: BenchArguments): Promise<Record<Measure, number>[]> {
  const medians = sides.map(() => ({ train: 0, infer: 0, infer1: 0 }))
  for (const measure of measures) {
    const times: number[][] = sides.map(() => [])
    for (let round = 0; round <= rounds; round++) {
      for (const [side, process] of sides.entries()) {
        await quietMachine(wait)
        for (let run = 0; run < TURN[measure]; run++) {
          const { ms } = await process.ask(measure)
          if (round > 0) times[side]?.push(ms as number)
        }
        // Threads of either runtime spin for a while after a run.
        await pause(20)
      }
    }
    for (const [side, all] of times.entries()) (medians[side] as Record<Measure, number>)[measure] = median(all)
  }
  return medians
}

async function benchOne(workload: Workload, given: BenchArguments, rate: number, output: Output): Promise<void> {
  const threads = String(given.threads)
  const own = await start(process.execPath, [packageFile('bin/equivar.js'), 'bench-side', workload.name, '--threads', threads], allocator)
  const python = process.env.EQUIVAR_PYTHON ?? 'python3'
  const peer =
    given.against === undefined
      ? undefined
      : await start(python, [packageFile('bench/peers/torch_peer.py'), workload.name, threads], allocator)
  const sides = [own, ...(peer === undefined ? [] : [peer])]
  try {
    const processes = sides.map((side) => side.process)
    const medians = await takeTurns(processes, given)
    const times: Times[] = []
    for (const [i, { ready, process }] of sides.entries()) {
      const { train, infer, infer1 } = medians[i] as Record<Measure, number>
      const { peakMiB } = await process.ask('memory')
      const { parameters, compileMs } = ready as { parameters: number; compileMs?: number }
      times.push({
        trainMs: train,
        inferMs: infer,
        infer1Ms: infer1,
        ...(compileMs === undefined ? {} : { compileMs }),
        peakMiB: peakMiB as number,
        parameters,
      })
    }
    const [mine, other] = times as [Times, Times | undefined]
    const floorMs = (1000 * (own.ready.operations as number)) / rate
    const ratio = other && {
      train: mine.trainMs / other.trainMs,
      infer: mine.inferMs / other.inferMs,
      infer1: mine.infer1Ms / other.infer1Ms,
    }
    output.result({ workload: workload.name, ...mine, floorMs, ...(other === undefined ? {} : { peer: other, ratio }) })
    output.say(`${workload.name}: ${workload.description}`)
    const line = (name: string, t: Times): string =>
      `  ${name.padEnd(8)} train ${t.trainMs.toFixed(1)} ms, infer ${t.inferMs.toFixed(1)} ms, one example ${t.infer1Ms.toFixed(2)} ms, peak ${t.peakMiB.toFixed(0)} MiB`
    output.say(line('equivar', mine))
    if (other !== undefined && ratio !== undefined) {
      output.say(line('torch', other))
      output.say(`  ratio    train ${ratio.train.toFixed(2)}, infer ${ratio.infer.toFixed(2)}, one example ${ratio.infer1.toFixed(2)}`)
    }
    output.say(`  floor    ${floorMs.toFixed(1)} ms for the products of a training step at ${(rate / 1e9).toFixed(0)} GFLOP/s`)
  } finally {
    for (const { process } of sides) process.stop()
  }
}

/** `equivar bench`: every side in a process of its own, the sides by turns. */
export async function bench(given: BenchArguments, output: Output): Promise<void> {
  const chosen = given.workloads.length === 0 ? workloads : given.workloads.map(find)
  const rate = await productRate(given.threads)
  for (const workload of chosen) await benchOne(workload, given, rate, output)
}

/** `equivar bench-side`: one side, that answers `train`, `infer` and `infer1` with the time of one run, and `memory`. */
export async function benchSide(name: string, { threads }: { threads: number }): Promise<void> {
  const side = await equivarSide(find(name), threads)
  const tell = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`)
  tell({ parameters: side.parameters, compileMs: side.compileMs, operations: side.operations })
  for await (const question of createInterface({ input: process.stdin })) {
    if (question === 'memory') tell({ peakMiB: process.resourceUsage().maxRSS / 1024 })
    else tell({ ms: await side.run(question as Measure) })
  }
}
