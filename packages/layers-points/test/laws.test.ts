import { onnxBackend } from '@equivar/backend-onnx'
import { layerChecks } from '@equivar/verify'
import { describe, test } from 'vitest'
import { layers, networks } from './families.ts'

describe.each([...layers, ...networks])('$name', (description) => {
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})
