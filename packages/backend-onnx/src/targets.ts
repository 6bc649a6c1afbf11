import { onnxFile } from '@equivar/export-onnx'
import {
  afterGradients,
  beforeGradients,
  biasIntoConvolution,
  loopInvariants,
  microBatches,
  type Pass,
  type Target,
  untilStable,
} from '@equivar/tensor'
import type { Device } from './devices.ts'
import { blockedConvolutions } from './passes/blocked-convolutions.ts'
import { blockedSums } from './passes/blocked-sums.ts'
import { centredProducts } from './passes/centred-products.ts'
import { channelsLastFromBlocks } from './passes/channels-last-from-blocks.ts'
import { knownRowsIntoProducts } from './passes/known-rows-into-products.ts'
import { leftProductsAsConvolutions } from './passes/left-products-as-convolutions.ts'
import { longMaxima } from './passes/long-maxima.ts'
import { oneHotAsComparison } from './passes/one-hot-as-comparison.ts'
import { rowsThroughProducts } from './passes/rows-through-products.ts'
import { EXAMPLES_PER_PIECE } from './piece-size.ts'

/** What of a target can be chosen, or is found out. */
export interface TargetOptions {
  /** Whether training steps go through the batch piece by piece, where that is the same; true if left out. */
  readonly inPieces?: boolean
  /** Channels of a block, if the processor and the runtime have kernels for that; see `channelBlock`. */
  readonly block?: number | undefined
}

/**
 * What only the cpu needs: pieces first, as they are found in what was written; then blocks, which look for whole convolutions, before gradients are written
 * out, as gradients of weights read the plain order. At the end, what pieces would compute again and again is moved out of their loop.
 */
const cpuPasses = ({ inPieces = true, block }: TargetOptions): readonly Pass[] => [
  untilStable('pointwise-convolutions', [leftProductsAsConvolutions, biasIntoConvolution]),
  ...beforeGradients,
  ...(inPieces ? [microBatches({ size: EXAMPLES_PER_PIECE })] : []),
  ...afterGradients,
  knownRowsIntoProducts,
  blockedConvolutions({ block }),
  blockedSums(block),
  centredProducts,
  rowsThroughProducts,
  oneHotAsComparison,
  longMaxima,
]

/** ONNX Runtime on one device: what a file needs, and what only this device needs. */
export function targetOf(device: Device, options: TargetOptions = {}): Target {
  const passes =
    device === 'cpu'
      ? [...cpuPasses(options), ...onnxFile.passes, channelsLastFromBlocks, loopInvariants]
      : [...onnxFile.passes, knownRowsIntoProducts]
  return { name: `onnxruntime/${device}`, passes }
}

/** The target of each device; on the cpu as far as it is the same for every processor. */
export const targets: Readonly<Record<Device, Target>> = {
  cpu: /* @__PURE__ */ targetOf('cpu'),
  cuda: /* @__PURE__ */ targetOf('cuda'),
  tensorrt: /* @__PURE__ */ targetOf('tensorrt'),
  webgpu: /* @__PURE__ */ targetOf('webgpu'),
}
