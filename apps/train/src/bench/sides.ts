import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Answering, start } from './process.ts'
import { type Measure, measures } from './side.ts'

/** A file of this package. */
export const packageFile = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))

/** What keeps glibc from returning memory to the system after every step, which costs PyTorch page faults; the same for both sides. */
const allocator = {
  MALLOC_TRIM_THRESHOLD_: '4294967296',
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TOP_PAD_: '268435456',
}

/** The interpreter that has PyTorch, and the script of its side. */
export const torch = (): { readonly python: string; readonly script: string } => ({
  python: process.env.EQUIVAR_PYTHON ?? 'python3',
  script: packageFile('bench/peers/torch_peer.py'),
})

/** One of those who take turns, in a process of its own. */
export interface Contestant {
  /** `equivar`, or a form of PyTorch. */
  readonly name: string
  readonly measures: readonly Measure[]
  readonly ready: { readonly parameters?: number; readonly compileMs: number; readonly operations?: number }
  readonly process: Answering
}

const command = packageFile('bin/equivar.js')

/** Equivar's side. */
export async function ownSide(workload: string, threads: number): Promise<Contestant> {
  const side = await start<Contestant['ready']>(
    process.execPath,
    [command, 'bench-side', workload, '--threads', String(threads)],
    allocator,
  )
  return { name: 'equivar', measures, ...side }
}

/** Forms of a workload that PyTorch has here, the plain one first, and why others are missing. */
export async function torchForms(workload: string): Promise<{ readonly forms: readonly string[]; readonly missing: readonly string[] }> {
  const { python, script } = torch()
  const { ready, process } = await start<{ forms: string[]; missing: string[] }>(python, [script, 'forms', workload])
  process.stop()
  return ready
}

/** One form of PyTorch's side. */
export async function torchSide(workload: string, { form, threads }: { form: string; threads: number }): Promise<Contestant> {
  const { python, script } = torch()
  const side = await start<Contestant['ready']>(python, [script, 'side', workload, form, String(threads)], allocator)
  return { name: form, measures, ...side }
}

/** PyTorch's own ONNX export on ONNX Runtime in Node. @param folder - where `torch_peer.py export` wrote it. */
export async function exportedSide(folder: string, threads: number): Promise<Contestant> {
  const side = await start<Contestant['ready']>(
    process.execPath,
    [command, 'bench-side', folder, '--exported', '--threads', String(threads)],
    allocator,
  )
  return { name: 'onnx', measures: ['infer', 'infer1'], ...side }
}

/** Does something with a folder that is deleted afterwards. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'equivar-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
