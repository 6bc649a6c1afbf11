import { writeOnnx } from '@equivar/export-onnx'
import { input, program } from '@equivar/tensor'
import { reorderInput } from './operators/reorder.ts'
import type { Runtime, RuntimeSession, RuntimeTensor } from './runtime.ts'

/** The blocks that ONNX Runtime has: of 16 channels with AVX-512, else of 8. */
const knownBlocks: readonly unknown[] = [8, 16]

/** Blocks that were found, by runtime: one probe for each. */
const found = new WeakMap<Runtime, Promise<number | undefined>>()

/** Puts 4 channels in blocks, and looks how many come out. */
async function probe(runtime: Runtime): Promise<number | undefined> {
  const x = input('x', 'float32', [1, 4, 1, 1])
  const { bytes } = writeOnnx(program({ inputs: [x], outputs: { y: reorderInput(x, 8) } }), { optimized: true, shapes: false })
  try {
    const settings = { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled', logSeverityLevel: 4 }
    const session = (await runtime.InferenceSession.create(bytes, settings)) as RuntimeSession
    const four = new runtime.Tensor('float32' as never, new Float32Array(4) as never, [1, 4, 1, 1]) as RuntimeTensor
    const { y } = await session.run({ x: four })
    await session.release()
    const channels = y?.dims[1]
    return knownBlocks.includes(channels) ? channels : undefined
  } catch {
    return undefined
  }
}

/**
 * Channels of a block where ONNX Runtime computes on blocks on this processor; undefined where it has no kernels for that, as in WebAssembly.
 *
 * @remarks Found by a run of one node, once for each runtime.
 */
export async function channelBlock(runtime: Runtime): Promise<number | undefined> {
  if (runtime.env.versions?.web !== undefined) return undefined
  const known = found.get(runtime) ?? probe(runtime)
  found.set(runtime, known)
  return known
}
