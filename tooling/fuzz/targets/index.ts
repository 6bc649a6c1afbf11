import type { Target } from '../target.ts'
import { dataTargets } from './data-files.ts'
import { carriedTarget, inspectTarget, onnxTarget, safetensorsTarget } from './model-files.ts'
import { requestTargets } from './requests.ts'
import { runTargets } from './runs.ts'
import { wordTargets } from './words.ts'

/** Everything that reads what others wrote. */
export const targets: readonly Target[] = [
  onnxTarget,
  carriedTarget,
  inspectTarget,
  safetensorsTarget,
  ...dataTargets,
  ...wordTargets,
  ...requestTargets,
  ...runTargets,
]
