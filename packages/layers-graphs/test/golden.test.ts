import { describe, expect, test } from 'vitest'
import { caseNames, haveGoldenCases, usedCases } from '../../nn/test/golden.ts'
import './golden-message-passing.ts'
import './golden-tuples.ts'

describe.skipIf(!haveGoldenCases)('golden cases (skipped where the folder of cases is missing)', () => {
  test('no case is left out', () => expect([...usedCases].sort()).toEqual(caseNames('graphs').sort()))
})
