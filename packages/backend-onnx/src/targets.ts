import { onnxFile } from '@equivar/export-onnx'
import { afterGradients, beforeGradients, type Target } from '@equivar/tensor'
import type { Device } from './devices.ts'
import { type BlockedOptions, blockedConvolutions } from './passes/blocked-convolutions.ts'

/** ONNX Runtime on one device: what a file needs, and what only this device needs. */
const onnxRuntime = (device: Device): Target => ({ name: `onnxruntime/${device}`, passes: onnxFile.passes })

/**
 * ONNX Runtime on the cpu. Blocks come before gradients are written out, as weights' gradients read the plain order; and after everything that looks for
 * convolutions.
 */
export const cpuTarget = (options: BlockedOptions): Target => ({
  name: 'onnxruntime/cpu',
  passes: [...beforeGradients, ...afterGradients, blockedConvolutions(options), ...onnxFile.passes],
})

/** The target of each device; on the cpu as far as it is the same for every processor. */
export const targets: Readonly<Record<Device, Target>> = {
  cpu: /* @__PURE__ */ cpuTarget({ block: undefined }),
  cuda: /* @__PURE__ */ onnxRuntime('cuda'),
  tensorrt: /* @__PURE__ */ onnxRuntime('tensorrt'),
  webgpu: /* @__PURE__ */ onnxRuntime('webgpu'),
}
