import { describeBackendLaw } from '../../tensor/test/law/backend.ts'
import { programCount } from '../../tensor/test/law/many.ts'
import { onnxBackend } from '../src/index.ts'

const backend = onnxBackend({ threads: 1 })

describeBackendLaw('ONNX Runtime', () => backend, programCount(150))
