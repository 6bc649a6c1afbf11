import { microBatches } from '@equivar/tensor'
import { describeLaw, programCount } from '../../tensor/test/law/many.ts'
import { targetOf } from '../src/targets.ts'

/** The cpu's passes, with pieces of a size that is a number, so that a program has the inputs that it was written with. */
const pieces = microBatches({ size: 2 })

for (const block of [8, 16]) {
  const { name, passes } = targetOf('cpu', { inPieces: false, block })
  describeLaw({ name: `${name}, blocks of ${block}`, passes: [pieces, ...passes] }, programCount(100), 5_000_000)
}
