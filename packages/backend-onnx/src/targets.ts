import { onnxFile } from '@equivar/export-onnx'
import type { Target } from '@equivar/tensor'
import type { Device } from './devices.ts'

/** ONNX Runtime on one device: what a file needs, and what only this device needs. */
const onnxRuntime = (device: Device): Target => ({ name: `onnxruntime/${device}`, passes: onnxFile.passes })

/** The target of each device. */
export const targets: Readonly<Record<Device, Target>> = {
  cpu: /* @__PURE__ */ onnxRuntime('cpu'),
  cuda: /* @__PURE__ */ onnxRuntime('cuda'),
  tensorrt: /* @__PURE__ */ onnxRuntime('tensorrt'),
  webgpu: /* @__PURE__ */ onnxRuntime('webgpu'),
}
