import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import { initialize } from '@equivar/nn'
import type { TensorValue } from '@equivar/tensor'
import { inferenceProgram } from '@equivar/train'
import { exportedFeeds } from './onnx-side.ts'
import { start } from './process.ts'
import { packageFile, torch } from './sides.ts'
import { median } from './turns.ts'
import type { Workload } from './workload.ts'

/** Milliseconds from the start of a process that serves a model to its first answer, and of what they consist. */
export interface ColdStart {
  readonly importMs: number
  readonly loadMs: number
  readonly firstMs: number
  /** With the start of the process. */
  readonly totalMs: number
}

/** Starts a process so many times, and takes medians. */
async function coldStarts(command: string, { args, times }: { args: readonly string[]; times: number }): Promise<ColdStart> {
  const all: ColdStart[] = []
  for (let i = 0; i < times; i++) {
    const started = performance.now()
    const { ready, process } = await start<Omit<ColdStart, 'totalMs'>>(command, args)
    all.push({ ...ready, totalMs: performance.now() - started })
    process.stop()
  }
  const of = (pick: (each: ColdStart) => number): number => median(all.map(pick))
  return {
    importMs: of((each) => each.importMs),
    loadMs: of((each) => each.loadMs),
    firstMs: of((each) => each.firstMs),
    totalMs: of((each) => each.totalMs),
  }
}

/** How often, and with how many threads. */
export interface ColdOptions {
  readonly times: number
  readonly threads: number
  /** A folder for the model. */
  readonly folder: string
}

const served = (file: string, threads: number, inputs: Readonly<Record<string, Pick<TensorValue, 'dtype' | 'shape'>>>): string[] => [
  packageFile('bench/cold-start.mjs'),
  file,
  String(threads),
  JSON.stringify(Object.fromEntries(Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]))),
]

/** Node, ONNX Runtime and an exported model. */
export async function ownColdStart(workload: Workload, { times, threads, folder }: ColdOptions): Promise<ColdStart> {
  const { module, inputs, outputs } = workload.make()
  const file = join(folder, 'own.onnx')
  await writeFile(file, exportOnnx(inferenceProgram(module, { inputs, outputs }), { values: initialize(module, 1) }))
  return coldStarts(process.execPath, { args: served(file, threads, workload.feeds(workload.single)), times })
}

/** Python, PyTorch and weights from a file, in the plain form. */
export async function torchColdStart(workload: string, { times, threads, folder }: ColdOptions): Promise<ColdStart> {
  const { python, script } = torch()
  await start(python, [script, 'weights', workload, folder])
  return coldStarts(python, { args: [script, 'cold', workload, folder, String(threads)], times })
}

/** Node, ONNX Runtime and PyTorch's own export. */
export async function exportedColdStart({ times, threads, folder }: ColdOptions): Promise<ColdStart> {
  const feeds = await exportedFeeds(folder, 'infer1')
  return coldStarts(process.execPath, { args: served(join(folder, 'infer1.onnx'), threads, feeds), times })
}
