import { onnxPasses } from '@equivar/export-onnx'
import { microBatches, type Target } from '@equivar/tensor'
import type { Device } from './devices.ts'
import { EXAMPLES_PER_PIECE } from './piece-size.ts'

/** What of a target can be chosen. */
export interface TargetOptions {
  /** Whether training steps go through the batch piece by piece, where that is the same; true if left out. */
  readonly inPieces?: boolean
}

/** ONNX Runtime on one device: what a file needs, and what only this device needs. */
export function targetOf(device: Device, { inPieces = true }: TargetOptions = {}): Target {
  const pieces = device === 'cpu' && inPieces ? [microBatches({ size: EXAMPLES_PER_PIECE })] : []
  return { name: `onnxruntime/${device}`, passes: onnxPasses(pieces) }
}

/** The target of each device, as it is where nothing is chosen. */
export const targets: Readonly<Record<Device, Target>> = {
  cpu: /* @__PURE__ */ targetOf('cpu'),
  cuda: /* @__PURE__ */ targetOf('cuda'),
  tensorrt: /* @__PURE__ */ targetOf('tensorrt'),
  webgpu: /* @__PURE__ */ targetOf('webgpu'),
}
