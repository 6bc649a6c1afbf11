import { onnxBackend } from '@equivar/backend-onnx'
import { layerChecks } from '@equivar/verify'
import { describe, test } from 'vitest'
import { layers } from './families.ts'

describe.each(layers)('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})
