import { onnxBackend } from '@equivar/backend-onnx'
import { layerChecks } from '@equivar/verify'
import { describe, test } from 'vitest'
import { families } from './families.ts'
import { described, describedInTraining } from './harness.ts'

describe.each(families.map(described))('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend({ threads: 1 })])) test(name, run)
})

describe.each(families.map(describedInTraining))('$name', (description) => {
  for (const { name, run } of layerChecks(description)) test(name, run)
})
