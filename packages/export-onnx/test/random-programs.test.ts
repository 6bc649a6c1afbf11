import { describeLaw, programCount } from '../../tensor/test/law/many.ts'
import { onnxFile } from '../src/index.ts'

describeLaw(onnxFile, programCount(400), 1_000_000)
