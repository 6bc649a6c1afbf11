import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, totalmem } from 'node:os'
import { cpu, graphics } from 'systeminformation'

/** The instruction sets that affect the speed of networks, in the spelling of the operating systems. */
const relevant = /^(sse4_2|avx|avx2|fma|f16c|avx_vnni|avx_ifma|avx512\w*|amx\w*|neon|asimd|asimdhp|asimddp|i8mm|bf16|sve\w*|sme2?)$/

/** Versions and the processor. */
export interface Machine {
  readonly equivar: string
  readonly node: string
  readonly platform: string
  /** Versions of the backends' packages; undefined if not installed. */
  readonly packages: Readonly<Record<string, string | undefined>>
  readonly processor: string
  readonly physicalCores: number
  /** Number of threads that this process may run simultaneously. */
  readonly threads: number
  readonly memoryGiB: number
  readonly instructionSets: readonly string[]
  /** Names of the graphics cards. */
  readonly graphics: readonly string[]
}

const { resolve: locate } = createRequire(import.meta.url)

/** The version of an installed package. */
async function versionOf(name: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(locate(`${name}/package.json`), 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}

/** The version of this package. */
async function ownVersion(): Promise<string> {
  return (JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

const names = ['onnxruntime-node', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node']

/** Describes this machine. */
export async function machine(): Promise<Machine> {
  const [processor, { controllers }] = await Promise.all([cpu(), graphics()])
  return {
    equivar: await ownVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    packages: Object.fromEntries(await Promise.all(names.map(async (name) => [name, await versionOf(name)] as const))),
    processor: `${processor.manufacturer} ${processor.brand}`.trim(),
    physicalCores: processor.physicalCores,
    threads: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    instructionSets: processor.flags.split(/\s+/).filter((flag) => relevant.test(flag)),
    graphics: controllers.map(({ vendor, model }) => `${vendor} ${model}`.trim()),
  }
}
