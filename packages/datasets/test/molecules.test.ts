import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicNumber, elementSymbol, fitAtomicEnergies, type Molecule, moleculeDataset, PAIR_CHANNELS, parseXyz } from '@equivar/datasets'
import { loadQm7 } from '@equivar/datasets/node'
import { gzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { isMissing, sharedData } from './shared-data.ts'

const text = '2\nname=a energy=-1.5 charge = 0\nH 0 0 0\nO 0 0 1.25\n1\n\nC 1 2 3 0.5\n'
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)

describe('parseXyz', () => {
  test('reads successive molecules, compressed or not', () => {
    for (const file of [bytes(text), gzipSync(bytes(text))]) {
      const [first, second] = parseXyz(file)
      expect(first).toEqual({
        elements: ['H', 'O'],
        positions: Float64Array.of(0, 0, 0, 0, 0, 1.25),
        properties: { energy: -1.5, charge: 0 },
        texts: { name: 'a' },
      })
      expect(second).toEqual({ elements: ['C'], positions: Float64Array.of(1, 2, 3), properties: {} })
    }
    expect(parseXyz(bytes('\n'))).toEqual([])
  })

  test.each([
    ['two\n', 'the file, line 1: expected the number of atoms, received "two"'],
    ['2\n\nH 0 0 0\n', 'the file, line 4: expected atom 2 of 2 as "element x y z"'],
    ['1\n\nH 0 zero 0\n', 'the file, line 3: expected atom 1 of 1 as "element x y z", received "H 0 zero 0"'],
    ['1\n\n8 0 0 0\n', 'line 3'],
  ])('%j is refused', (content, message) => {
    expect(() => parseXyz(bytes(content))).toThrow(message)
  })
})

describe('moleculeDataset', () => {
  const molecules = parseXyz(bytes(text))
  test('has elements, pair features and masks, and is invariant under translations and rotations', () => {
    const data = moleculeDataset(molecules, [3, 4], ['H', 'C', 'O'])
    const { x, adj, mask, target } = data.batch([1, 0])
    expect([x?.shape, adj?.shape]).toEqual([
      [2, 2, 3],
      [2, 2, 2, PAIR_CHANNELS],
    ])
    expect(x?.data).toEqual(Float32Array.of(0, 1, 0, 0, 0, 0, /**/ 1, 0, 0, 0, 0, 1))
    expect(mask?.data).toEqual(Uint8Array.of(1, 0, 1, 1))
    expect(target?.data).toEqual(Float32Array.of(4, 3))
    const pair = (adj as unknown as { data: Float32Array }).data.subarray(5 * PAIR_CHANNELS, 6 * PAIR_CHANNELS)
    expect(pair[0]).toBeCloseTo(1 / 1.25, 6)
    expect(pair[1]).toBeCloseTo(8 / 36 / 1.25, 6)
    const rotated = molecules.map((m) => ({
      ...m,
      positions: m.positions.map(
        (_, i) =>
          (i % 3 === 0 ? -(m.positions[i + 1] as number) : i % 3 === 1 ? (m.positions[i - 1] as number) : (m.positions[i] as number)) + 7,
      ),
    }))
    const again = moleculeDataset(rotated, [3, 4], ['H', 'C', 'O']).batch([1, 0]).adj?.data as Float32Array
    again.forEach((v, i) => {
      expect(v).toBeCloseTo((adj as unknown as { data: Float32Array }).data[i] as number, 5)
    })
  })

  test('refuses inconsistent arguments', () => {
    expect(() => moleculeDataset(molecules, [1], ['H', 'C', 'O'])).toThrow('expected 2 targets, received 1')
    expect(() => moleculeDataset(molecules, [1, 2], ['H', 'C'])).toThrow(
      'moleculeDataset: molecule 0: expected atoms of H, C, received "O" as atom 1.',
    )
  })

  test('the Coulomb channel knows every element', () => {
    expect([1, 35, 53, 92, 118].map((z) => atomicNumber(['H', 'Br', 'I', 'U', 'Og'][[1, 35, 53, 92, 118].indexOf(z)] as string))).toEqual([
      1, 35, 53, 92, 118,
    ])
    const bromide = parseXyz(bytes('2\n\nBr 0 0 0\nH 0 0 1.4\n'))
    const { adj } = moleculeDataset(bromide, [0], ['H', 'Br']).batch([0])
    expect(adj?.data[PAIR_CHANNELS + 1]).toBeCloseTo(35 / (36 * 1.4), 6)
    // A row of the periodic table whole: noble gases by number.
    expect(['He', 'Ne', 'Ar', 'Kr', 'Xe', 'Rn', 'Og'].map(atomicNumber)).toEqual([2, 10, 18, 36, 54, 86, 118])
    expect([2, 18, 118, 119, 0].map(elementSymbol)).toEqual(['He', 'Ar', 'Og', undefined, undefined])
    expect(() => atomicNumber('Xx')).toThrow('atomicNumber: expected the symbol of an element, H to Og, received "Xx".')
    for (const name of ['', 'h', 'constructor', '__proto__', 'D'])
      expect(() => atomicNumber(name)).toThrow('expected the symbol of an element')
  })

  test.each<[string, Partial<Molecule>, string]>([
    [
      'two atoms at one place',
      { positions: Float64Array.of(1, 2, 3, 1, 2, 3) },
      'atoms at different places, received atoms 0 and 1 at one place',
    ],
    [
      'two atoms at a distance that float32 cannot invert',
      { positions: Float64Array.of(0, 0, 0, 0, 0, 1e-40) },
      'atoms at different places, received atoms 0 and 1 at one place',
    ],
    [
      'coordinates that are not finite',
      { positions: Float64Array.of(0, 0, 0, 0, Number.NaN, 0) },
      'finite coordinates, received others for atom 1',
    ],
    ['a coordinate too few', { positions: Float64Array.of(0, 0, 0, 0, 1) }, '2 x 3 coordinates, received 5'],
    ['an unknown element', { elements: ['H', 'Xx'] }, 'atoms of H, O, received "Xx" as atom 1'],
    ['a lattice', { lattice: new Float64Array(9) }, 'atoms in free space, received a lattice'],
  ])('%s is refused, and the error names the molecule', (_, changes, message) => {
    const water = { elements: ['H', 'O'], positions: Float64Array.of(0, 0, 0, 0, 0, 1), properties: {} }
    expect(() => moleculeDataset([water, { ...water, ...changes }], [1, 2], ['H', 'O'])).toThrow(
      `moleculeDataset: molecule 1: expected ${message}`,
    )
  })

  test('channels of symbols that are no elements are refused', () => {
    expect(() => moleculeDataset(molecules, [1, 2], ['H', 'C', 'O', 'Xx'])).toThrow('received "Xx"')
  })

  test('fitAtomicEnergies recovers atomic energies from their sums', () => {
    const made = Array.from({ length: 9 }, (_, i) => ({
      elements: [...Array(i % 4).fill('H'), ...Array(1 + (i % 3)).fill('C')],
      positions: new Float64Array(),
      properties: {},
    }))
    const targets = made.map(({ elements }) => elements.reduce((sum, element) => sum + (element === 'H' ? -2 : -30), 0))
    expect(fitAtomicEnergies(made, targets, ['H', 'C']).map((v) => Math.round(v * 1e6) / 1e6)).toEqual([-2, -30])
  })
})

test.skipIf(isMissing('molecules/qm7/qm7.xyz.gz'))('QM7 (skipped without the data folder)', async () => {
  const molecules = await loadQm7({ data: sharedData, download: false })
  expect(molecules.length).toBe(7101)
  expect(Math.max(...molecules.map(({ elements }) => elements.length))).toBe(23)
  expect([...new Set(molecules.flatMap(({ elements }) => elements))].sort()).toEqual(['C', 'H', 'N', 'O', 'S'])
  const mean = molecules.reduce((sum, { properties }) => sum + (properties.energy as number), 0) / molecules.length
  expect(mean).toBeCloseTo(-1536.3, 0)
  expect(readFileSync(join(sharedData, 'molecules/README.md'), 'utf8')).toContain('mean -1536.3')
})
