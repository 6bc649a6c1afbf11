import { describe, expect, test } from 'vitest'
import { massesOf, parseXyz } from '../src/atoms.ts'
import { driftOf } from '../src/drift.ts'
import { type ForceField, kineticEnergy, velocityVerlet } from '../src/dynamics.ts'
import { thermalStart, totalMomentum } from '../src/thermal.ts'
import { temperatureOf } from '../src/units.ts'
import { observed, size, total } from './observe.ts'

test('units: hydrogen chloride vibrates at 2,991 per cm', async () => {
  // 516.3 N/m in kcal/mol per square angstrom. Huber, Herzberg 1979: 2990.9 per cm for the isotope 35.
  const stiffness = (516.3e-20 * 6.02214e23) / 4184
  const spring: ForceField = async (positions) => {
    const stretch = positions[3]! - positions[0]! - 1.27
    return { energy: (stiffness * stretch * stretch) / 2, forces: [stiffness * stretch, 0, 0, -stiffness * stretch, 0, 0] }
  }
  const start = { masses: [1.00783, 34.96885], positions: [0, 0, 0, 1.3, 0, 0], velocities: new Float64Array(6), step: 0.05 }
  const stretches = await observed(velocityVerlet(spring, start), 2000, ({ positions }) => positions[3]! - positions[0]! - 1.27)
  // Times at which the bond passes its length while it grows.
  const passed = stretches.flatMap((stretch, i) => {
    const before = stretches[i - 1]
    return before !== undefined && before < 0 && stretch >= 0 ? [start.step * (i - stretch / (stretch - before))] : []
  })
  const period = (passed.at(-1)! - passed[0]!) / (passed.length - 1)
  expect(1e15 / period / 2.99792458e10).toBeCloseTo(2990.9, -1)
})

test('velocities of a temperature: that kinetic energy, no motion of the whole, the same for the same seed', () => {
  const water = parseXyz('3\nwater\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n')
  const begin = (seed: number): Float64Array => Float64Array.from(thermalStart(water, { temperature: 300, step: 1, seed }).velocities)
  const masses = massesOf(water)
  expect(temperatureOf(kineticEnergy(masses, begin(1)), 3)).toBeCloseTo(300, 8)
  expect(size(totalMomentum(masses, begin(1)))).toBeLessThan(1e-15)
  expect(begin(2)).toEqual(begin(2))
  expect(begin(2)).not.toEqual(begin(1))
})

test('the drift of a line is its rise, and what is left is its fluctuation', () => {
  const found = driftOf(Array.from({ length: 101 }, (_, i) => 1000 + 0.02 * i + (i % 2 === 0 ? 0.1 : -0.1)))
  expect(found.drift).toBeCloseTo(2, 3)
  expect(found.fluctuation).toBeCloseTo(0.1, 3)
  expect(found.largest).toBeCloseTo(2, 10)
  expect(driftOf([7])).toEqual({ drift: 0, fluctuation: 0, largest: 0 })
})

describe('what is refused', () => {
  test.each([
    ['nothing', 'line 1: expected the number of atoms, received nothing.'],
    ['2\n\nH 0 0 0\nH 0 0\n', 'line 4: expected atom 2 of 2 as "element x y z", received "H 0 0".'],
    ['1\n\nH 0 0 zero\n', 'line 3: expected atom 1 of 1'],
  ])('%j is no XYZ', (text, message) => {
    expect(() => parseXyz(text)).toThrow(message)
  })

  test('an unknown element', () => {
    expect(() => massesOf({ elements: ['Xx'], positions: new Float64Array(3) })).toThrow(
      /expected one of the elements H, C, .*, received Xx\./,
    )
  })

  test('a step so long that the atoms fly apart', async () => {
    const repulsion: ForceField = async (positions) => ({ energy: positions[0]! ** 4, forces: [-4 * positions[0]! ** 3, 0, 0] })
    const start = { masses: [1], positions: [10, 0, 0], velocities: [0, 0, 0], step: 100 }
    await expect(observed(velocityVerlet(repulsion, start), 100, total)).rejects.toThrow(
      /received (Infinity|NaN) at step \d+\. Take a shorter/,
    )
  })
})
