import { FormatError, type Molecule, parseXyz } from '@equivar/datasets'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const read = (text: string): Molecule[] => parseXyz(new TextEncoder().encode(text))
const only = (text: string): Molecule => {
  const molecules = read(text)
  expect(molecules).toHaveLength(1)
  return molecules[0] as Molecule
}
const positionsOf = (text: string): number[] => [...only(text).positions]
/** The properties of a comment line. */
const pairs = (comment: string): Molecule['properties'] => only(`1\n${comment}\nH 0 0 0\n`).properties

describe('columns', () => {
  test('are where Properties says, in any order', () => {
    const expected = { elements: ['H', 'O'], positions: Float64Array.of(0, 0, 0, 0, 0, 0.74), properties: {} }
    const forms: [properties: string, first: string, second: string][] = [
      ['species:S:1:magmom:R:1:pos:R:3', 'H 9 0 0 0', 'O 9 0 0 0.74'],
      ['species:S:1:pos:R:3', 'H 0 0 0', 'O 0 0 0.74'],
      ['pos:R:3:species:S:1', '0 0 0 H', '0 0 0.74 O'],
      ['forces:R:3:pos:R:3:id:I:1:species:S:1', '7 8 9 0 0 0 1 H', '7 8 9 0 0 0.74 2 O'],
      ['Z:I:1:pos:R:3', '1 0 0 0', '8 0 0 0.74'],
      ['Z:I:1:fixed:L:1:pos:R:3:species:S:1', '1 T 0 0 0 H', '8 F 0 0 0.74 O'],
    ]
    for (const [properties, first, second] of forms)
      expect(only(`2\nProperties=${properties} pbc="F F F"\n${first}\n${second}\n`)).toEqual({
        ...expected,
        ...(properties.includes('forces') ? { forces: Float64Array.of(7, 8, 9, 7, 8, 9) } : {}),
      })
    expect(positionsOf('1\nproperties="pos:R:3:species:S:1"\n1 2 3 H\n')).toEqual([1, 2, 3])
    expect(positionsOf('1\n\nH 1 2 3 further words\n')).toEqual([1, 2, 3])
  })

  test.each([
    ['species:S:1:pos:R:3', 'H 0 0', 'atom 1 of 1 as "species:S:1:pos:R:3", received "H 0 0"'],
    ['species:S:1:pos:R:3', 'H 0 0 0 0', 'atom 1 of 1 as "species:S:1:pos:R:3"'],
    ['pos:R:3:species:S:1', 'H 0 0 0', 'atom 1 of 1 as "pos:R:3:species:S:1"'],
    ['Z:I:1:pos:R:3', '119 0 0 0', 'atom 1 of 1'],
    ['Z:I:1:pos:R:3', '0 0 0 0', 'atom 1 of 1'],
    ['species:S:1:forces:R:3', 'H 0 0 0', 'Properties with species:S:1 or Z:I:1, and pos:R:3'],
    ['pos:R:3', '0 0 0', 'Properties with species:S:1 or Z:I:1, and pos:R:3'],
    ['species:S:1:pos:R', 'H 0 0 0', 'Properties with species'],
    ['species:S:1:pos:R:3:x:R:0', 'H 0 0 0', 'Properties with species'],
    ['species:S:1:pos:R:3:x:R:99999999999', 'H 0 0 0', 'Properties with species'],
    ['species:S:1:pos:Q:3', 'H 0 0 0', 'Properties with species'],
  ])('Properties=%s with "%s" is refused', (properties, line, message) => {
    const refused = (): unknown => read(`1\nProperties=${properties}\n${line}\n`)
    expect(refused).toThrow(FormatError)
    expect(refused).toThrow(message)
  })
})

describe('numbers', () => {
  test.each([
    ['-40.', -40],
    ['.5', 0.5],
    ['+1', 1],
    ['1.9951*^-6', 1.9951e-6],
    ['-1.5E+2', -150],
    ['1d-3', 1e-3],
    ['1.D0', 1],
    ['007', 7],
  ])('%s is read, as a coordinate and as a property', (text, value) => {
    expect(positionsOf(`1\n\nH ${text} 0 ${text}\n`)).toEqual([value, 0, value])
    expect(pairs(`a=${text}`)).toEqual({ a: value })
  })

  test.each(['0x10', '1e999', 'Infinity', 'NaN', '1e', '.', '+', '--1', '1_0', '1*^', '1,5', '1e5.5', ''])('"%s" is no number', (text) => {
    expect(() => read(`1\n\nH ${text} 0${text === '' ? '' : ' 0'}\n`)).toThrow('atom 1 of 1 as "element x y z"')
    expect(pairs(`a="${text}"`)).toEqual({})
  })

  test('every float64 comes back', () => {
    const anyNumber = fc.double({ noNaN: true, min: -1e308, max: 1e308 })
    fc.assert(
      fc.property(anyNumber, (value) => positionsOf(`1\n\nH ${value} 0 0\n`)[0] === value),
      { seed: 1 },
    )
  })
})

describe('the comment', () => {
  test.each([
    ['energy=-40. shift=.5 charge=+1 dft-energy=7', { energy: -40, shift: 0.5, charge: 1, 'dft-energy': 7 }],
    ['dft-energy=7', { 'dft-energy': 7 }],
    ['total_energy=1 energy=2', { total_energy: 1, energy: 2 }],
    ['energy = 3', { energy: 3 }],
    ['comment="energy=5 charge=1" energy=6', { energy: 6 }],
    [`name='a b=3' energy="7"`, { energy: 7 }],
    ['note="a \\" energy=1" energy=8', { energy: 8 }],
    ['list={energy=1 2 3} other=[energy=2] energy=9', { energy: 9 }],
    ['"total energy"=10', { 'total energy': 10 }],
    ['a=1 a=2', { a: 2 }],
    ['a=b=1', {}],
    ['=5 x', {}],
    ['energy=', {}],
    ['free text, 5" long energy=1', { energy: 1 }],
    ['__proto__=5 constructor=6', JSON.parse('{"__proto__": 5, "constructor": 6}')],
    ['energy=-1.5eV', {}],
  ])('%s', (comment, properties) => {
    expect(pairs(comment)).toEqual(properties)
    expect(Object.keys(pairs(comment))).toEqual(Object.keys(properties))
  })

  test('gives the lattice, unless nothing repeats in it', () => {
    const lattice = (comment: string): Float64Array | undefined => only(`1\n${comment}\nH 0 0 0\n`).lattice
    expect(lattice('Lattice="5 0 0 0 6. 0 0 0 +7"')).toEqual(Float64Array.of(5, 0, 0, 0, 6, 0, 0, 0, 7))
    expect(lattice('Lattice="5 0 0 0 6 0 0 0 7" pbc="T F F"')).toHaveLength(9)
    expect(lattice('Lattice="5 0 0 0 6 0 0 0 7" pbc="F F F"')).toBe(undefined)
    expect(pairs('Lattice="5 0 0 0 6 0 0 0 7" energy=1')).toEqual({ energy: 1 })
    expect(() => lattice('Lattice="5 6 7"')).toThrow('line 2: expected Lattice="..." with nine numbers, received "5 6 7"')
  })

  test('of a megabyte of open brackets is read at once', () => {
    for (const open of ['{ ', '" \\', "' ", '[[', '=', 'a=']) expect(pairs(open.repeat(200_000))).toEqual({})
  })
})

describe('QM9', () => {
  const numbers =
    '157.7118\t157.70997\t157.70699\t0.\t13.21\t-0.3877\t0.1171\t0.5048\t35.3641\t0.044749\t-40.47893\t-40.476062\t-40.475117\t-40.498597\t6.469\t'
  const one = `2\ngdb 1\t${numbers}\nC\t-0.0126981359\t 1.0858041578\t 1.9951*^-6\t-0.535689\nH\t0.002150416\t-0.0060313176\t0.0019761204\t0.133921\n`
  const tail = '1341.307\t1341.3284\nC\tC\t\nInChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4\n'

  test('lines behind the atoms are passed over, and the numbers of the comment have their names', () => {
    const molecules = read(one + tail + one + tail)
    expect(molecules).toHaveLength(2)
    for (const { elements, positions, properties } of molecules) {
      expect(elements).toEqual(['C', 'H'])
      expect(positions[2]).toBe(1.9951e-6)
      expect(properties).toMatchObject({ A: 157.7118, mu: 0, gap: 0.5048, U0: -40.47893, Cv: 6.469 })
      expect(Object.keys(properties)).toHaveLength(15)
    }
    expect(read(one.replace('gdb 1', 'x 1') + tail)[0]?.properties).toEqual({})
    expect(read(one + tail.replace('1341.307\t1341.3284', '4483'))).toHaveLength(1)
  })

  test('an atom more than counted is never passed over', () => {
    expect(() => read('1\n\nH 0 0 0\nH 0 0 1\n')).toThrow('line 4: expected the number of atoms, received "H 0 0 1"')
    expect(() => read(`1\n\nH 0 0 0\nH 0 0 1\n${tail}`)).toThrow('line 4: expected the number of atoms')
    expect(() => read('1\n\nH 0 0 0\nH 0 0 1\nInChI=1S/H2\n')).toThrow('line 4: expected the number of atoms')
  })
})

describe('counts', () => {
  test.each(['1e15', '4294967296', '100', '9'])('%s atoms in few bytes are refused before anything is allocated', (count) => {
    expect(() => read(count)).toThrow('line 1: expected no more atoms than fit into the 0 bytes after this line')
  })

  test.each(['-1', '0', '1.5', '1e400', '2 2', 'H 0 0 0', '0x2'])('%s is not the number of atoms', (count) => {
    expect(() => read(`${count}\n\nH 0 0 0\n`)).toThrow('line 1: expected the number of atoms')
  })
})
