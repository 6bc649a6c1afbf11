import { createInterface } from 'node:readline'
import { messageOf } from '../errors.ts'
import type { Output } from '../output.ts'
import { type ColdOptions, type ColdStart, exportedColdStart, ownColdStart, torchColdStart } from './cold-start.ts'
import { bestOf, geometricMean, type Result, ratioOf } from './compare.ts'
import { productRate } from './floor.ts'
import { residentMemory } from './memory.ts'
import { onnxSide } from './onnx-side.ts'
import { start } from './process.ts'
import { equivarSide, type Measure } from './side.ts'
import { type Contestant, exportedSide, ownSide, torch, torchForms, torchSide, withFolder } from './sides.ts'
import { resultLines, summaryLines } from './table.ts'
import { type Care, type Figures, takeTurns } from './turns.ts'
import type { Workload } from './workload.ts'
import { findWorkload, workloads } from './workloads.ts'

/** Arguments of `equivar bench`. */
export interface BenchArguments extends Care {
  readonly workloads: readonly string[]
  readonly against: 'torch' | undefined
  readonly threads: number
  /** How often each side is started to time its first answer. */
  readonly cold: number
}

/** Says why something is left out. */
type Complain = (side: string, reason: string) => void

/** PyTorch's forms of a workload, each in its process; the export is written into that folder. What does not work here is complained of. */
async function torchSides(workload: string, { threads, folder, complain }: { threads: number; folder: string; complain: Complain }) {
  const { forms, missing } = await torchForms(workload)
  const { python, script } = torch()
  for (const reason of missing) complain('torch', reason)
  const sides: Contestant[] = []
  const [plain] = forms
  for (const form of forms) {
    try {
      if (form === 'onnx') (await start(python, [script, 'export', workload, folder])).process.stop()
      sides.push(form === 'onnx' ? await exportedSide(folder, threads) : await torchSide(workload, { form, threads }))
    } catch (error) {
      if (form === plain) throw error
      complain(`torch ${form}`, messageOf(error))
    }
  }
  return sides
}

/** First answers of Equivar, of PyTorch in its plain form, and of its export if there is one. */
async function coldStarts(workload: Workload, { forms, ...options }: ColdOptions & { forms: readonly string[] }): Promise<ColdStart[]> {
  if (options.times === 0) return []
  const all = [await ownColdStart(workload, options)]
  for (const form of forms) all.push(await (form === 'onnx' ? exportedColdStart(options) : torchColdStart(workload.name, options)))
  return all
}

async function benchOne(
  workload: Workload,
  given: BenchArguments,
  { rate, folder, complain }: { rate: number; folder: string; complain: Complain },
): Promise<Result> {
  const { threads } = given
  const isAgainstTorch = given.against !== undefined
  const own = await ownSide(workload.name, threads)
  const sides: Contestant[] = [own]
  try {
    if (isAgainstTorch) sides.push(...(await torchSides(workload.name, { threads, folder, complain })))
    const figures = await takeTurns(sides, given, (side, reason) => {
      if (side === own.name) throw new Error(reason)
      complain(`torch ${side}`, reason)
    })
    for (const { process } of sides) process.stop()
    // Starts are timed of the plain form and of the export: what is compiled is compiled anew.
    const served = sides.slice(1).flatMap(({ name }, i) => (i === 0 || name === 'onnx' ? [name] : []))
    const [cold, ...colds] = await coldStarts(workload, { times: given.cold, threads, folder, forms: served })
    const mine = { ...(figures[0] as Figures), ...(cold === undefined ? {} : { cold }) }
    const floorMs = (1000 * (own.ready.operations ?? 0)) / rate
    if (!isAgainstTorch) return { workload: workload.name, ...mine, floorMs }
    const coldOf = (name: string): { cold?: ColdStart } => {
      const found = colds[served.indexOf(name)]
      return found === undefined ? {} : { cold: found }
    }
    const forms = Object.fromEntries(sides.slice(1).map(({ name }, i) => [name, { ...(figures[i + 1] as Figures), ...coldOf(name) }]))
    const peer = bestOf(forms)
    return { workload: workload.name, ...mine, floorMs, peer, forms, ratio: ratioOf(mine, peer) }
  } finally {
    for (const { process } of sides) process.stop()
  }
}

/** `equivar bench`: every side in a process of its own, the sides by turns. */
export async function bench(given: BenchArguments, output: Output): Promise<void> {
  const chosen = given.workloads.length === 0 ? workloads : given.workloads.map(findWorkload)
  let rate = 0
  const results: Result[] = []
  const said = new Set<string>()
  const complain: Complain = (side, reason) => {
    if (!said.has(reason)) output.say(`${side}: left out, ${reason}`)
    said.add(reason)
  }
  for (const workload of chosen) {
    // Other work makes products slower: the fastest so far counts.
    rate = Math.max(rate, await productRate(given.threads))
    const result = await withFolder((folder) => benchOne(workload, given, { rate, folder, complain }))
    results.push(result)
    output.result(result)
    for (const line of resultLines(result, { description: workload.description, threads: given.threads })) output.draw(line)
  }
  const ratios = results.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio]))
  if (ratios.length === 0) return
  const mean = geometricMean(ratios)
  output.result({ geometricMean: mean })
  for (const line of summaryLines(results, { mean, threads: given.threads })) output.draw(line)
}

/** Answers questions on standard input: the name of a measure with one run, `memory`. */
async function answerQuestions(run: (measure: Measure) => Promise<unknown>, ready: unknown): Promise<void> {
  const tell = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`)
  tell(ready)
  for await (const question of createInterface({ input: process.stdin }))
    tell(question === 'memory' ? residentMemory() : await run(question as Measure))
}

/** `equivar bench-side`: one side, that answers `train`, `infer` and `infer1` with the time of one run, and `memory`. */
export async function benchSide(name: string, { threads, exported }: { threads: number; exported: boolean }): Promise<void> {
  if (exported) {
    const { run, compileMs } = await onnxSide(name, threads)
    return answerQuestions(run, { compileMs })
  }
  const { run, ...ready } = await equivarSide(findWorkload(name), threads)
  return answerQuestions(run, ready)
}
