import { describe, expect, test } from 'vitest'
import { haveGoldenCases, unusedCases } from '../../nn/test/golden.ts'
import './golden-message-passing.ts'
import './golden-tuples.ts'

describe.skipIf(!haveGoldenCases)('golden cases (skipped without the folder of cases)', () => {
  test('every case is tested', () => expect(unusedCases('graphs')).toEqual([]))
})
