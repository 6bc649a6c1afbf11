import { onnxBackend } from '@equivar/backend-onnx'
import { evaluate, type Program, type TensorValue } from '@equivar/tensor'
import { derivativeError, expectEquivariant, parity } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { families } from './families.ts'
import { type Family, feedsOf, jointly, permutations, symbolicProgram } from './harness.ts'

const BATCH = 3
const named = families.map((family): [string, Family] => [family.name, family])
const without = ({ mask: _, ...feeds }: Record<string, TensorValue>): Record<string, TensorValue> => feeds

describe.each(named)('%s', (_, family) => {
  test('commutes with permutations of the set and the symmetry of elements, apart and together, to 1e-12', () => {
    const p = symbolicProgram(family)
    for (const [k, set] of [1, 2, 4].entries()) {
      const m = family.sizes[k] as number
      const feeds = feedsOf(family, BATCH, set, m)
      const { inputActions, outputActions } = jointly([permutations(family, set), ...family.symmetries(m)])
      expectEquivariant(p, { inputActions, outputActions, feeds, tolerance: 1e-12, samples: 3 })
      if (set > 1) expect(evaluate(p, feeds).y?.data.some((v) => Math.abs(v) > 1e-3)).toBe(true)
    }
  })

  test('its derivative agrees with central differences, with a mask and without', () => {
    const feeds = feedsOf(family, BATCH, 3, family.sizes[1])
    expect(derivativeError(symbolicProgram(family), { feeds, samples: 1 })).toBeLessThan(1e-7)
    expect(derivativeError(symbolicProgram(family, false), { feeds: without(feeds), samples: 1 })).toBeLessThan(1e-7)
  })

  test('ONNX Runtime gives the same at sizes that the Program does not name, and for sets of none', async () => {
    const expectParity = async (p: Program, sizes: readonly (readonly [number, number, number])[], masked: boolean): Promise<void> => {
      for (const [batch, set, m] of sizes) {
        const feeds = feedsOf(family, batch, set, m, 2)
        for (const { error } of await parity(p, [onnxBackend()], masked ? feeds : without(feeds))) expect(error).toBeLessThan(1e-5)
      }
    }
    const [small, middle, large] = family.sizes
    await expectParity(
      symbolicProgram(family),
      [
        [4, 5, large],
        [2, 0, middle],
        [0, 2, middle],
      ],
      true,
    )
    await expectParity(
      symbolicProgram(family, false),
      [
        [1, 1, small],
        [2, 0, middle],
      ],
      false,
    )
  })
})
