import { describeLaw, programCount } from '../../tensor/test/law/many.ts'
import { tfjsTarget } from '../src/target.ts'

describeLaw(tfjsTarget, programCount(400), 2_000_000)
