import { NotationError, Permutation, PermutationGroup, parseGroup, seededRandom, sharingScheme } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { randomPermutation, triesMutants } from './random-groups.ts'

describe('group notation', () => {
  test.each([
    ['S5', 5, 120n],
    ['S_5', 5, 120n],
    ['S_{5}', 5, 120n],
    ['Sym(5)', 5, 120n],
    ['A5', 5, 60n],
    ['C12', 12, 12n],
    ['Z12', 12, 12n],
    ['D4', 4, 8n],
    ['B3', 6, 48n],
    ['M24', 24, 244_823_040n],
    ['I4', 4, 1n],
    ['PSL(2,7)', 8, 168n],
    ['psl(3, 2)', 7, 168n],
    ['AGL(1,8)', 8, 56n],
    ['T(4,5)', 20, 20n],
    ['Rubik', 48, 43_252_003_274_489_856_000n],
    ['C4 wr S5', 20, 122_880n],
    ['C4≀S5', 20, 122_880n],
    ['S3 x C4', 7, 24n],
    ['S3xC4', 7, 24n],
    ['S3 × C4', 7, 24n],
    ['S3 x C4 x C2', 9, 48n],
    ['S2 wr S2 wr S2', 8, 128n],
    ['(S2 x C3) wr C2', 10, 72n],
    ['C2 x S2 wr C3', 8, 48n],
    ['(0 1 2)(3 4), (0 1)', 5, 12n],
    ['(0,1,2)', 3, 3n],
    ['()', 0, 1n],
    ['<(0 1 2), (0 1)> x C4', 7, 24n],
    ['(0 1) on 4 points', 4, 2n],
    ['  S5  ', 5, 120n],
    ['D4 on pairs', 16, 8n],
    ['S5 on points', 5, 120n],
    ['S5 on 5 points', 5, 120n],
    ['S5 on triples', 125, 120n],
    ['S3 on 4-tuples', 81, 6n],
    ['S5 on 2-subsets', 10, 120n],
    ['S5 on 2 subsets', 10, 120n],
    ['S5 x C4 on pairs', 20, 480n],
    ['(S5 x C4) on pairs', 81, 480n],
    ['S3 x C2 x C2 on triples', 12, 24n],
    ['A4 on itself', 12, 12n],
    ['S5 on nothing', 1, 120n],
  ])('%s', (text, degree, order) => {
    const action = parseGroup(text)
    expect(action.degree).toBe(degree)
    expect(action.group.order()).toBe(order)
  })

  test.each([
    ['S5', 2],
    ['C7', 7],
    ['S5 x C4', 8],
    ['S5 x C4 on pairs', 8],
    ['C4 wr S5', 5],
    ['S5 on pairs', 15],
    ['S5 on 2-subsets', 3],
    ['I4', 16],
  ])('%s has %i weights', (text, count) => {
    const action = parseGroup(text)
    expect(sharingScheme(action, action).count).toBe(count)
  })
})

describe('errors give the position of the character', () => {
  test.each([
    ['Q8', 0, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received "Q" at character 1.'],
    ['', 0, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received the end of the text at character 1.'],
    ['S', 1, 'expected the number of points after S, received the end of the text at character 2.'],
    ['S5 y', 3, 'expected x, wr, on, or the end of the text, received "y" at character 4.'],
    [
      'S5 on',
      5,
      'expected points, pairs, triples, 4-tuples, 2-subsets, itself, or a number of points, received the end of the text at character 6.',
    ],
    [
      'S5 on cows',
      6,
      'expected points, pairs, triples, 4-tuples, 2-subsets, itself, or a number of points, received "cows" at character 7.',
    ],
    ['S5 on 3 cows', 8, 'expected points, tuples or subsets, received "cows" at character 9.'],
    ['S5 on pairs on pairs', 12, 'expected the end of the text, received "on" at character 13.'],
    ['S5 x', 4, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received the end of the text at character 5.'],
    ['C4 wr', 5, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received the end of the text at character 6.'],
    ['(S3', 3, 'expected x, wr or ), received the end of the text at character 4.'],
    ['S5)', 2, 'expected x, wr, on, or the end of the text, received ")" at character 3.'],
    ['S_{5', 4, 'expected }, received the end of the text at character 5.'],
    ['Sym(5', 5, 'expected ), received the end of the text at character 6.'],
    ['M13', 1, 'expected one of 11, 12, 22, 23, 24, received "13" at character 2. It received 13.'],
    ['PSL(2)', 0, 'expected 2 numbers after PSL, received "PSL" at character 1.'],
    ['PSL(2,6)', 0, 'expected a prime power of at most 65536, received "PSL" at character 1. It received 6.'],
    ['PSL 2', 4, 'expected (, received "2" at character 5.'],
    ['T(3,', 4, 'expected a number, received the end of the text at character 5.'],
    ['S99999999', 1, 'expected a number below 10,000,000, received "99999999" at character 2.'],
    ['S9000 wr S9000', 0, 'expected at most 67108864 points, received "S" at character 1. There are 81000000.'],
    ['C2 x S9000 wr S9000', 5, 'expected at most 67108864 points, received "S" at character 6. There are 81000000.'],
    ['T(9999999,9999999,9999999)', 0, 'expected at most 67108864 points, received "T" at character 1. There are more than 2^53.'],
    ['AGL(9999999,9999999)', 0, 'expected at most 67108864 points, received "AGL" at character 1. There are more than 2^53.'],
    [
      Array.from({ length: 7 }, () => 'S9999999').join(' x '),
      0,
      'expected at most 67108864 points, received "S" at character 1. There are 69999993.',
    ],
    ['(0 1000000)', 3, 'expected at most 1000000 points, received "1000000" at character 4. There are 1000001.'],
    ['(0 1) on 2000000 points', 9, 'expected at most 1000000 points, received "2000000" at character 10. There are 2000000.'],
    ['S1000 on 500-subsets', 9, 'expected at most 1000000 points, received "500" at character 10. There are more than 2^53.'],
    [
      Array.from({ length: 17 }, () => '(0 999999)').join(),
      0,
      'expected at most 16777216 images in all generators, received "(" at character 1. Here are 17 generators of 1000000 points.',
    ],
    [
      Array.from({ length: 17 }, () => '<(0 999999)>').join(' x '),
      241,
      'expected at most 16777216 images in all generators, received "(" at character 242. Here are 1 generators of 1000000 points.',
    ],
    [`${Array.from({ length: 1001 }, () => '(0 1)').join()}`, 6000, 'expected at most 1000 generators, received "(" at character 6001.'],
    [
      Array.from({ length: 1001 }, () => 'S1').join('x'),
      3000,
      'expected at most 1000 groups in one expression, received "S" at character 3001.',
    ],
    ['S300 on triples', 8, 'expected at most 1000000 points, received "triples" at character 9. There are 27000000.'],
    ['S40 on 20-subsets', 7, 'expected at most 1000000 points, received "20" at character 8. There are 137846528820.'],
    [
      'S12 on itself',
      7,
      'expected a group of at most 1000000 elements, received "itself" at character 8. It received one of order 479001600.',
    ],
    ['S5 on 9-subsets', 6, 'expected the size of the subsets to be an integer from 0 to 5, received "9" at character 7. It received 9.'],
    ['S5 on 7 points', 6, 'expected 5 points, the degree of the group, received "7" at character 7.'],
    ['(0 1 2) on 2 points', 11, 'expected at least 3 points, the degree of the group, received "2" at character 12.'],
    ['(1 2', 4, 'expected a point, a comma or ), received the end of the text at character 5.'],
    ['(1 2)(2 3)', 6, 'expected a point that has not appeared before, received "2" at character 7.'],
    ['(1 2), S5', 7, 'expected a cycle such as (0 1 2), received "S" at character 8.'],
    ['<(1 2)', 6, 'expected a comma or >, received the end of the text at character 7.'],
    ['<S5>', 1, 'expected a cycle such as (0 1 2), received "S" at character 2.'],
    ['constructor5', 0, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received "constructor" at character 1.'],
    ['S5 on 2000000 points', 6, 'expected at most 1000000 points, received "2000000" at character 7. There are 2000000.'],
    [
      '(0 1) on -tuples',
      9,
      'expected points, pairs, triples, 4-tuples, 2-subsets, itself, or a number of points, received "-" at character 10.',
    ],
    ['S5 x4', 4, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received "4" at character 5.'],
    ['S5 x s4', 5, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received "s" at character 6.'],
    ['S5 wreath C4', 3, 'expected x, wr, on, or the end of the text, received "wreath" at character 4.'],
    ['PSL(2,7', 7, 'expected a comma or ), received the end of the text at character 8.'],
    ['PSL(2 7)', 6, 'expected a comma or ), received "7" at character 7.'],
    ['AGL(1,2,3)', 0, 'expected 2 numbers after AGL, received "AGL" at character 1.'],
    ['T()', 2, 'expected a number, received ")" at character 3.'],
    ['Sym{5)', 5, 'expected }, received ")" at character 6.'],
    ['Sym(5}', 5, 'expected ), received "}" at character 6.'],
    ['S_5_', 3, 'expected x, wr, on, or the end of the text, received "_" at character 4.'],
    ['s5', 0, 'expected a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5), received "s" at character 1.'],
    ['S5 onpairs', 3, 'expected x, wr, on, or the end of the text, received "onpairs" at character 4.'],
    ['C2 x C3 on 3 points', 11, 'expected 5 points, the degree of the group, received "3" at character 12.'],
    ['(0 1 2) on 1000001 points', 11, 'expected at most 1000000 points, received "1000001" at character 12. There are 1000001.'],
    ['S1001 on pairs', 9, 'expected at most 1000000 points, received "pairs" at character 10. There are 1002001.'],
    ['S8000 x S8000 on pairs', 17, 'expected at most 1000000 points, received "pairs" at character 18. There are 64000000.'],
    ['S5 on 0-tuples x', 15, 'expected the end of the text, received "x" at character 16.'],
    ['(0 1),', 6, 'expected a cycle such as (0 1 2), received the end of the text at character 7.'],
    ['(0 1,)', 5, 'expected a point, received ")" at character 6.'],
    ['<>', 1, 'expected a cycle such as (0 1 2), received ">" at character 2.'],
    ['S5 on 12345678-tuples', 6, 'expected a number below 10,000,000, received "12345678" at character 7.'],
    ['(0 1) y', 6, 'expected a comma, x, wr, on, or the end of the text, received "y" at character 7.'],
  ])('%j', (text, position, expected) => {
    let thrown: unknown
    try {
      parseGroup(text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(NotationError)
    expect(thrown).toMatchObject({ message: `parseGroup: ${expected}`, position, text, excerpt: `${text}\n${' '.repeat(position)}^` })
  })
})

describe('what prints itself is read again', () => {
  const random = seededRandom(5)
  const drawn = Array.from({ length: 40 }, (_, k) => randomPermutation(1 + (k % 9), random))

  test('a permutation, its cycles with points from 0', () => {
    const swap = Permutation.fromCycles(3, [[1, 2]])
    const { group } = parseGroup(swap.toString())
    expect(group.generators).toHaveLength(1)
    expect(group.generators[0]!.equals(swap)).toBe(true)
    for (const p of drawn) {
      const read = parseGroup(`${p} on ${p.degree} points`).generators[0]!
      expect(read.equals(p)).toBe(true)
      expect(Permutation.parse(p.degree, p.toString()).equals(p)).toBe(true)
    }
  })

  test('a group, from its generators', () => {
    const groups = [
      new PermutationGroup(9, []),
      new PermutationGroup(4, [Permutation.identity(4)]),
      ...['S5', 'C4 wr S3', 'D6 x I2', 'M11', 'Rubik', 'S0', 'S4 on pairs'].map((text) => parseGroup(text).group),
      ...drawn.map((p) => new PermutationGroup(p.degree, [p, p.power(2)])),
    ]
    for (const group of groups) {
      const { group: read } = parseGroup(group.toString())
      expect(read.degree).toBe(group.degree)
      expect(read.generators.map(String)).toEqual(group.generators.map(String))
    }
    expect(parseGroup('C3 x I1').group.toString()).toBe('(0 1 2) on 4 points')
    expect(`${new PermutationGroup(3, [])}`).toBe('I3')
  })

  test('firstPoint: 1 reads the numbering of books', () => {
    const { group } = parseGroup('(1 2 3)(4 5), (1 2)', { firstPoint: 1 })
    expect(group.toString()).toBe('(0 1 2)(3 4), (0 1) on 5 points')
    expect(() => parseGroup('(0 1)', { firstPoint: 1 })).toThrow('expected a point, numbered from 1, received "0" at character 2.')
    expect(() => parseGroup('(1 2), S5', { firstPoint: 1 })).toThrow('expected a cycle such as (1 2 3), received "S" at character 8.')
  })
})

describe('long expressions', () => {
  test('nested parentheses', () => {
    expect(parseGroup('((S2 x C3) wr (C2 x (I1))) x ((C2))').degree).toBe(17)
    expect(parseGroup('((((0 1 2))))').group.order()).toBe(3n)
    expect(() => parseGroup('((S5')).toThrow('received the end of the text at character 5.')
  })

  test.skipIf(triesMutants)('a cycle of 130,000 points, and products of 1,000 groups', () => {
    const cycle = `(${Array.from({ length: 130_000 }, (_, i) => i).join(' ')})`
    expect(parseGroup(cycle).generators[0]!.order()).toBe(130_000)
    const product = parseGroup(Array.from({ length: 1000 }, () => 'C2').join(' x '))
    expect(product.generators).toHaveLength(1000)
    expect(product.generators[999]!.toString()).toBe('(1998 1999)')
    expect(product.group.order()).toBe(2n ** 1000n)
  })

  test('a character of two code units is named whole', () => {
    expect(() => parseGroup('S5 😀')).toThrow('received "😀" at character 4.')
  })
})
