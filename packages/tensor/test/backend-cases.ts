import type { Backend } from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { backendDifference, valueAndGradients } from './backend-parity.ts'
import { operatorCases } from './operator-cases.ts'

/** Every operator on a backend: value and derivative against the float64 reference, up to `tolerance` times the largest magnitude (1 at least). */
export function describeOperators(name: string, backend: () => Backend, tolerance: number): void {
  describe.each(operatorCases)(`$name on ${name}`, (operatorCase) => {
    test('value and derivative equal the reference', async () => {
      expect(await backendDifference(backend(), valueAndGradients(operatorCase))).toBeLessThan(tolerance)
    })
  })
}
