import {
  type Action,
  alternating,
  characterTable,
  classSize,
  cosetAction,
  cyclic,
  decompose,
  dihedral,
  directProduct,
  hookDimension,
  hyperoctahedral,
  inverseSymmetricFourier,
  mathieu,
  naturalAction,
  orbitLabels,
  type Partition,
  Permutation,
  type PermutationGroup,
  partitions,
  permutationCharacter,
  projectiveSpecialLinear,
  regularAction,
  seededRandom,
  sharingScheme,
  subsetAction,
  symmetric,
  symmetricCharacter,
  symmetricFourier,
  trivial,
  tupleAction,
  YoungRepresentation,
  youngOrthogonal,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { randomPermutation } from './random-groups.ts'

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

function multiply(a: Float64Array, b: Float64Array): Float64Array {
  const d = Math.sqrt(a.length)
  return a.map((_, p) => {
    let sum = 0
    for (let k = 0; k < d; k++) sum += a[Math.floor(p / d) * d + k]! * b[k * d + (p % d)]!
    return sum
  })
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = 0
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k]! - b[k]!))
  return a.length === b.length ? most : Number.POSITIVE_INFINITY
}

const permutationsInOrder = (n: number): Permutation[] => {
  const extend = (rest: number[]): number[][] =>
    rest.length === 0 ? [[]] : rest.flatMap((image) => extend(rest.filter((other) => other !== image)).map((tail) => [image, ...tail]))
  return extend(Array.from({ length: n }, (_, i) => i)).map((images) => Permutation.fromImages(images))
}

describe('characters of the symmetric group', () => {
  test('the table of S_4 agrees with textbooks', () => {
    const table = partitions(4).map((partition) =>
      [[1, 1, 1, 1], [2, 1, 1], [2, 2], [3, 1], [4]].map((type) => symmetricCharacter(partition, type)),
    )
    expect(table).toEqual([
      [1, 1, 1, 1, 1],
      [3, 1, -1, 0, -1],
      [2, 0, 2, -1, 0],
      [3, -1, -1, 0, 1],
      [1, -1, 1, 1, -1],
    ])
  })

  test.each([0, 1, 2, 3, 5, 7])('rows are orthonormal for n = %i', (n) => {
    const shapes = partitions(n)
    const rows = shapes.map((shape) => shapes.map((type) => BigInt(symmetricCharacter(shape, type))))
    rows.forEach((a, i) => {
      rows.forEach((b, j) => {
        const inner = shapes.reduce((sum, type, k) => sum + classSize(type) * a[k]! * b[k]!, 0n)
        expect(inner).toBe(i === j ? BigInt(factorial(n)) : 0n)
      })
    })
  })

  test('[n] is trivial, [1, ..., 1] is the sign, and the value at the identity is the hook length formula', () => {
    for (const type of partitions(7)) {
      expect(symmetricCharacter([7], type)).toBe(1)
      expect(symmetricCharacter([1, 1, 1, 1, 1, 1, 1], type)).toBe(type.filter((length) => length % 2 === 0).length % 2 === 0 ? 1 : -1)
    }
    for (const shape of partitions(9)) expect(BigInt(symmetricCharacter(shape, [1, 1, 1, 1, 1, 1, 1, 1, 1]))).toBe(hookDimension(shape))
    expect(partitions(30)).toHaveLength(5604)
  })

  test('lists that are not partitions are refused', () => {
    expect(() => symmetricCharacter([1, 2], [3])).toThrow(
      'expected a partition: positive integers, none larger than the one before, received [1, 2]',
    )
    expect(() => symmetricCharacter([2, 1], [2, 2])).toThrow(
      'expected a cycle type that sums to 3, as the partition does, received one that sums to 4',
    )
    expect(() => symmetricCharacter([30, 20, 10], new Array(60).fill(1))).toThrow('expected a value below 2^53')
  })
})

describe("Young's orthogonal form", () => {
  const random = seededRandom(11)
  const shapes: Partition[] = [1, 2, 3, 4, 5, 6].flatMap(partitions)

  test.each(shapes.map((shape) => [shape.join('+'), shape] as const))('%s: homomorphism, orthogonal, trace', (_, shape) => {
    const n = shape.reduce((a, b) => a + b, 0)
    for (let trial = 0; trial < 4; trial++) {
      const p = randomPermutation(n, random)
      const q = randomPermutation(n, random)
      const a = youngOrthogonal(shape, p)
      const d = Math.sqrt(a.length)
      expect(distance(multiply(a, youngOrthogonal(shape, q)), youngOrthogonal(shape, p.compose(q)))).toBeLessThan(1e-13)
      const transposed = a.map((_value, k) => a[(k % d) * d + Math.floor(k / d)]!)
      expect(distance(transposed, youngOrthogonal(shape, p.inverse()))).toBeLessThan(1e-13)
      const trace = a.reduce((sum, value, k) => (k % (d + 1) === 0 ? sum + value : sum), 0)
      expect(trace).toBeCloseTo(symmetricCharacter(shape, p.cycleType()), 12)
    }
  })

  test('permutations that fix the last point have block-diagonal matrices', () => {
    const representation = new YoungRepresentation([3, 2, 1])
    const p = Permutation.parse(6, '(0 3 1)(2 4)')
    const matrix = representation.matrix(p)
    const smaller = Permutation.parse(5, '(0 3 1)(2 4)')
    const expected = new Float64Array(matrix.length)
    for (const { partition, start } of representation.branches) {
      const block = youngOrthogonal(partition, smaller)
      const width = Math.sqrt(block.length)
      block.forEach((value, k) => {
        expected[(start + Math.floor(k / width)) * 16 + start + (k % width)] = value
      })
    }
    expect(distance(matrix, expected)).toBeLessThan(1e-14)
  })

  test('invalid arguments are refused before memory is allocated', () => {
    expect(() => youngOrthogonal([2, 1], Permutation.identity(4))).toThrow(
      'expected a permutation of 3 points, the sum of the partition, received one of 4',
    )
    expect(() => youngOrthogonal([10, 8, 6], Permutation.identity(24))).toThrow('expected a representation of dimension at most 4096')
  })
})

describe('the Fourier transform of the symmetric group', () => {
  test.each([0, 1, 2, 3, 4, 5])('n = %i: agrees with the definition, and the inverse recovers the function', (n) => {
    const random = seededRandom(n)
    const elements = permutationsInOrder(n)
    const values = Float64Array.from(elements, () => random() - 0.5)
    const blocks = symmetricFourier(n, values)
    expect(blocks.map(({ partition }) => partition)).toEqual(partitions(n))
    for (const { partition, dimension, matrix } of blocks) {
      const sum = new Float64Array(dimension * dimension)
      elements.forEach((p, k) => {
        youngOrthogonal(partition, p).forEach((entry, at) => {
          sum[at]! += values[k]! * entry
        })
      })
      expect(distance(matrix, sum)).toBeLessThan(1e-12)
    }
    expect(distance(inverseSymmetricFourier(n, blocks), values)).toBeLessThan(1e-13)
  })

  test('a convolution becomes a product of matrices', () => {
    const random = seededRandom(21)
    const elements = permutationsInOrder(4)
    const rank = new Map(elements.map((p, k) => [p.toString(), k]))
    const f = Float64Array.from(elements, () => random())
    const g = Float64Array.from(elements, () => random())
    const convolved = Float64Array.from(elements, (p) =>
      elements.reduce((sum, q, k) => sum + f[rank.get(p.compose(q.inverse()).toString())!]! * g[k]!, 0),
    )
    const [a, b, c] = [symmetricFourier(4, f), symmetricFourier(4, g), symmetricFourier(4, convolved)]
    c.forEach(({ matrix }, k) => {
      expect(distance(matrix, multiply(a[k]!.matrix, b[k]!.matrix))).toBeLessThan(1e-12)
    })
  })

  test('a wrong number of values is refused', () => {
    expect(() => symmetricFourier(3, [1, 2])).toThrow('symmetricFourier: expected 6 values, one per permutation, received 2.')
    expect(() => inverseSymmetricFourier(2, [])).toThrow('expected 1 entries for [2], received none')
  })
})

const tables: [string, PermutationGroup, number[]][] = [
  ['C_7', cyclic(7), [1, 1, 1, 1, 1, 1, 1]],
  ['D_6', dihedral(6), [1, 1, 1, 1, 2, 2]],
  ['A_5', alternating(5), [1, 3, 3, 4, 5]],
  ['S_5', symmetric(5), [1, 1, 4, 4, 5, 5, 6]],
  ['PSL(2, 7)', projectiveSpecialLinear(2, 7), [1, 3, 3, 6, 7, 8]],
  ['PSL(2, 11)', projectiveSpecialLinear(2, 11), [1, 5, 5, 10, 10, 11, 12, 12]],
  ['B_3', hyperoctahedral(3), [1, 1, 1, 1, 2, 2, 3, 3, 3, 3]],
  ['M_11', mathieu(11), [1, 10, 10, 10, 11, 16, 16, 44, 45, 55]],
  ['trivial', trivial(3), [1]],
  ['S_3 x C_3', directProduct(symmetric(3), cyclic(3)), [1, 1, 1, 1, 1, 1, 2, 2, 2]],
]

describe('character tables', () => {
  test.each(tables)('%s: degrees, orthogonality of rows and columns', (_, group, degrees) => {
    const { classes, characters } = characterTable(group)
    const order = Number(group.order())
    expect(characters.map(({ degree }) => degree)).toEqual(degrees)
    expect(characters).toHaveLength(classes.length)
    characters.forEach((a, i) => {
      characters.forEach((b, j) => {
        const real = classes.reduce((sum, { size }, k) => sum + size * (a.real[k]! * b.real[k]! + a.imaginary[k]! * b.imaginary[k]!), 0)
        const imaginary = classes.reduce(
          (sum, { size }, k) => sum + size * (a.imaginary[k]! * b.real[k]! - a.real[k]! * b.imaginary[k]!),
          0,
        )
        expect(real / order).toBeCloseTo(i === j ? 1 : 0, 10)
        expect(imaginary / order).toBeCloseTo(0, 10)
      })
    })
    expect(characters[0]!.real.every((value) => value === 1)).toBe(true)
  })

  test('of S_5 agree with the Murnaghan-Nakayama rule', () => {
    const { classes, characters } = characterTable(symmetric(5))
    const types = classes.map(({ representative }) => representative.cycleType())
    const rows = partitions(5).map((shape) => types.map((type) => symmetricCharacter(shape, type)).join())
    expect(new Set(characters.map(({ real }) => real.join()))).toEqual(new Set(rows))
  })
})

describe('decompositions', () => {
  const actions: [string, Action][] = [
    ['S_5 on points', naturalAction(symmetric(5))],
    ['S_5 on pairs', tupleAction(symmetric(5), 2)],
    ['S_4 on triples', tupleAction(symmetric(4), 3)],
    ['S_7 on 3-subsets', subsetAction(symmetric(7), 3)],
    ['A_5 on itself', regularAction(alternating(5))],
    ['D_6 on points', naturalAction(dihedral(6))],
    ['C_6 on pairs', tupleAction(cyclic(6), 2)],
    ['PSL(2, 7) on the cosets of a stabilizer', cosetAction(projectiveSpecialLinear(2, 7), projectiveSpecialLinear(2, 7).stabilizer(3))],
    ['trivial on 3', naturalAction(trivial(3))],
  ]

  test.each(actions)('%s: dimensions, orbits and rank', (_, action) => {
    const parts = decompose(action)
    expect(parts.reduce((sum, { dimension, multiplicity }) => sum + dimension * multiplicity, 0)).toBe(action.degree)
    expect(parts.reduce((sum, { multiplicity }) => sum + multiplicity ** 2, 0)).toBe(sharingScheme(action, action).count)
    expect(parts[0]).toMatchObject({ dimension: 1, multiplicity: orbitLabels(action).count })
  })

  test('pairs of the symmetric group have multiplicities 2, 3, 1, 1', () => {
    expect(decompose(tupleAction(symmetric(6), 2))).toEqual([
      { partition: [6], dimension: 1, multiplicity: 2 },
      { partition: [5, 1], dimension: 5, multiplicity: 3 },
      { partition: [4, 2], dimension: 9, multiplicity: 1 },
      { partition: [4, 1, 1], dimension: 10, multiplicity: 1 },
    ])
  })

  test("Young's rule: k-subsets contain [n - j, j] once for each j up to k", () => {
    expect(decompose(subsetAction(symmetric(9), 3)).map(({ partition, multiplicity }) => [partition!.join(), multiplicity])).toEqual([
      ['9', 1],
      ['8,1', 1],
      ['7,2', 1],
      ['6,3', 1],
    ])
  })

  test('the permutation character sums to the number of fixed points over all elements', () => {
    const action = naturalAction(directProduct(symmetric(3), symmetric(4)))
    const values = permutationCharacter(action)
    expect(values.reduce((sum, { size }) => sum + size, 0n)).toBe(144n)
    expect(values.reduce((sum, { size, value }) => sum + size * BigInt(value), 0n)).toBe(288n)
  })
})
