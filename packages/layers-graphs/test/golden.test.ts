import { describe, expect, test } from 'vitest'
import { caseNames, haveGoldenCases, usedCases } from '../../nn/test/golden.ts'
import './golden-message-passing.ts'
import './golden-tuples.ts'

describe.skipIf(!haveGoldenCases)('golden cases (skipped without the folder of cases)', () => {
  test('every case is tested', () => expect([...usedCases].sort()).toEqual(caseNames('graphs').sort()))
})
