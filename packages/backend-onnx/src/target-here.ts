import type { Target } from '@equivar/tensor'
import { channelBlock } from './channel-block.ts'
import { loadRuntime, type OnnxOptions } from './runtime.ts'
import { targetOf } from './targets.ts'

/** The target of a device on this machine: what `compile` of a backend with those options prepares Programs for. */
export async function targetHere(options: OnnxOptions = {}): Promise<Target> {
  const { device = 'cpu', examplesPerPiece } = options
  const block = device === 'cpu' ? await channelBlock(await loadRuntime(options)) : undefined
  return targetOf(device, { inPieces: examplesPerPiece !== false, block })
}
