import { describeOperators } from '../../tensor/test/backend-cases.ts'
import { onnxBackend } from '../src/index.ts'

const backend = onnxBackend({ threads: 1 })

describeOperators('ONNX Runtime', () => backend, 1e-5)
