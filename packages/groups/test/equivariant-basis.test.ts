import {
  alternating,
  characterCount,
  cubeRotations,
  cyclic,
  DomainError,
  dihedral,
  equivariantBasis,
  eulerAngles,
  exponential,
  givenRepresentation,
  icosahedralRotations,
  invariantBasis,
  lorentz,
  type Matrix,
  MatrixGroup,
  matrixProduct,
  multiplyMatrices,
  naturalAction,
  orthogonal,
  permutationMatrices,
  permutationRepresentation,
  planarCyclic,
  planarDihedral,
  type Representation,
  realWignerD,
  regularAction,
  representation,
  restrict,
  restrictToFactor,
  scalings,
  seededRandom,
  sharingScheme,
  specialLinear,
  specialOrthogonal,
  specialUnitary,
  symmetric,
  symplectic,
  tupleAction,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, at) => Math.max(most, Math.abs(x - b[at]!)), 0)

/** The product of matrices of any shape. */
function product(a: Float64Array, [rows, inner]: readonly [number, number], b: Float64Array): Float64Array {
  const columns = b.length / inner
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0
    for (let k = 0; k < inner; k++) sum += a[Math.floor(at / columns) * inner + k]! * b[k * columns + (at % columns)]!
    return sum
  })
}

/** The largest entry of rho_out(g) W - W rho_in(g) over all maps and some elements, relative to the largest entry of the representations. */
function equivarianceError(input: Representation, output: Representation, samples: number): number {
  const maps = equivariantBasis(input, output).matrices()
  const [rows, columns] = [output.dimension, input.dimension]
  const random = seededRandom(7)
  let largest = 0
  for (let sample = 0; sample < samples; sample++) {
    const g = input.group.random(random, { deviation: 0.5, length: 3 })
    const [left, right] = [output.matrix(g), input.matrix(g)]
    const scale = Math.max(...left.map(Math.abs), ...right.map(Math.abs))
    for (let at = 0; at < maps.length; at += rows * columns) {
      const map = maps.slice(at, at + rows * columns)
      largest = Math.max(largest, distance(product(left, [rows, rows], map), product(map, [rows, columns], right)) / scale)
    }
  }
  return largest
}

/** The number of independent maps by brute force: the rank of the stacked equations for dense matrices of generators and random elements. */
function denseCount(input: Representation, output: Representation): number {
  const [rows, columns] = [output.dimension, input.dimension]
  const size = rows * columns
  const random = seededRandom(8)
  const elements = [...input.group.generators, ...Array.from({ length: 3 }, () => input.group.random(random, { deviation: 0.5 }))]
  const equations: Float64Array[] = []
  for (const g of elements) {
    const [left, right] = [output.matrix(g), input.matrix(g)]
    for (let o = 0; o < rows; o++)
      for (let i = 0; i < columns; i++) {
        const equation = new Float64Array(size)
        for (let k = 0; k < rows; k++) equation[k * columns + i]! += left[o * rows + k]!
        for (let k = 0; k < columns; k++) equation[o * columns + k]! -= right[k * columns + i]!
        equations.push(equation)
      }
  }
  let rank = 0
  for (let column = 0; column < size; column++) {
    let pivot = rank
    for (let r = rank; r < equations.length; r++)
      if (Math.abs(equations[r]![column]!) > Math.abs(equations[pivot]?.[column] ?? 0)) pivot = r
    if (!(Math.abs(equations[pivot]?.[column] ?? 0) > 1e-9)) continue
    ;[equations[rank], equations[pivot]] = [equations[pivot]!, equations[rank]!]
    const leading = equations[rank]!
    for (let r = rank + 1; r < equations.length; r++) {
      const factor = equations[r]![column]! / leading[column]!
      if (factor !== 0) for (let k = column; k < size; k++) equations[r]![k]! -= factor * leading[k]!
    }
    rank++
  }
  return size - rank
}

const groups: readonly MatrixGroup[] = [
  specialOrthogonal(2),
  specialOrthogonal(3),
  orthogonal(2),
  orthogonal(3),
  lorentz(),
  lorentz('special'),
  lorentz('full'),
  symplectic(2),
  symplectic(4),
  specialUnitary(2),
  specialLinear(2),
  specialLinear(3),
  scalings(2),
  planarCyclic(5),
  planarDihedral(4),
  cubeRotations(),
  icosahedralRotations(),
  permutationMatrices(dihedral(4), 'D4 on corners'),
  matrixProduct(specialOrthogonal(2), permutationMatrices(cyclic(2), 'C2')),
]

describe.each(groups.map((group) => [group.name, group] as const))('%s', (_, group) => {
  const v = representation(group)
  const input = v.plus(v.power(1, 1), v.power(0))
  const output = v.dual.plus(v.power(2), v.copies(2))

  test('matrices multiply as the elements do, and the dual keeps the pairing', () => {
    const random = seededRandom(9)
    const [g, h] = [group.random(random, { deviation: 0.5, length: 3 }), group.random(random, { deviation: 0.5, length: 3 })]
    const n = output.dimension
    const expected = product(output.matrix(g), [n, n], output.matrix(h))
    const scale = Math.max(1, ...expected.map(Math.abs))
    expect(distance(output.matrix(multiplyMatrices(g, h, group.dimension)), expected) / scale).toBeLessThan(1e-10)
    const [primal, dual] = [output.matrix(g), output.dual.matrix(g)]
    const turned = primal.map((_, at) => primal[(at % n) * n + Math.floor(at / n)]!)
    expect(
      distance(
        product(turned, [n, n], dual),
        Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0)),
      ) / scale,
    ).toBeLessThan(1e-9)
    expect(output.dual.dual.equals(output)).toBe(true)
  })

  test('every map of the basis commutes with random elements', () => {
    expect(equivarianceError(input, output, 5)).toBeLessThan(1e-10)
  })

  test('there are as many maps as dense elimination and characters say', () => {
    const basis = equivariantBasis(v.plus(v.power(0)), v.power(1, 1).plus(v.dual))
    expect(basis.dimension).toBe(denseCount(basis.input, basis.output))
    const { dimension } = equivariantBasis(input, output)
    const byCharacters = characterCount(input, output)
    if (byCharacters !== undefined) expect(dimension).toBe(byCharacters)
  })
})

test('characters count where they are known: finite groups, and those with a quadrature', () => {
  const known = groups.filter((group) => characterCount(representation(group), representation(group)) !== undefined)
  expect(known.map(({ name }) => name).join()).toBe('SO(2),SO(3),O(2),O(3),SU(2),Z5,D4,cube,icosahedron,D4 on corners,SO(2) x C2')
})

test.each([
  [orthogonal(4), 'V^4', 3],
  [specialOrthogonal(4), 'V^4', 4],
  [specialOrthogonal(5), 'V^4', 3],
  [specialUnitary(3), 'V^3', 2],
  [icosahedralRotations(), 'V^6', 16],
  [specialOrthogonal(3), 'V^6', 15],
] as const)('%s has the invariants of its characters on %s', (group, text, count) => {
  const given = representation(group, text)
  expect(characterCount(given.power(0), given)).toBe(count)
  expect(invariantBasis(given).dimension).toBe(count)
})

test('bases are orthonormal, and exact integers show that small ones are complete', () => {
  for (const given of [
    representation(lorentz(), 'V^2 V*'),
    representation(symplectic(2), 'V^2 V*^2'),
    representation(orthogonal(3), '2V^2 + V^4'),
  ]) {
    const basis = invariantBasis(given)
    const [vectors, n] = [basis.matrices(), given.dimension]
    for (let a = 0; a < basis.dimension; a++)
      for (let b = 0; b < basis.dimension; b++) {
        let dot = 0
        for (let k = 0; k < n; k++) dot += vectors[a * n + k]! * vectors[b * n + k]!
        expect(dot).toBeCloseTo(a === b ? 1 : 0, 12)
      }
    given.summands.forEach((_, k) => {
      expect(basis.block(k, 0).evidence()).toBe('exact')
    })
  }
  expect(invariantBasis(representation(icosahedralRotations(), 'V^2')).block(0, 0).evidence()).toBe('iteration')
  expect(
    invariantBasis(representation(permutationMatrices(cyclic(4)), 'V^2'))
      .block(0, 0)
      .evidence(),
  ).toBe('orbits')
})

describe('bases in whole numbers', () => {
  const rank = (rows: readonly Float64Array[]): number => {
    const basis: Float64Array[] = []
    for (const row of rows) {
      let rest: Float64Array = row
      for (let pass = 0; pass < 2; pass++)
        for (const unit of basis) {
          const part = rest.reduce((sum, x, at) => sum + x * unit[at]!, 0)
          rest = rest.map((x, at) => x - part * unit[at]!)
        }
      if (Math.hypot(...rest) > 1e-9 * Math.hypot(...row)) basis.push(rest.map((x) => x / Math.hypot(...rest)))
    }
    return basis.length
  }
  const rowsOf = (numbers: Float64Array, size: number): Float64Array[] =>
    Array.from({ length: numbers.length / size }, (_, k) => numbers.slice(k * size, (k + 1) * size))

  test.each([
    [lorentz(), 'V^2 V*', 0],
    [lorentz('full'), 'V* V^2 V*', 3],
    [symplectic(4), 'V^4', 3],
    [symplectic(2), 'V^2 V*^2', 2],
    [specialLinear(3), 'V^3', 1],
    [orthogonal(3), 'V^4', 3],
    [cubeRotations(), 'V^4', 4],
    [specialOrthogonal(3), 'V^5', 6],
    [permutationMatrices(dihedral(4)), 'V^2', 3],
    [scalings(3), 'V V*', 9],
  ] as const)('%s on %s: as many independent ones, which span what the orthonormal ones span', (group, text, count) => {
    const block = invariantBasis(representation(group, text)).block(0, 0)
    const whole = block.wholeNumbers()!
    expect(whole.every(Number.isInteger)).toBe(true)
    expect(block.count).toBe(count)
    expect(block.evidence()).toBe(block.orbits === undefined ? 'exact' : 'orbits')
    const [theirs, ours] = [rowsOf(whole, block.size), rowsOf(block.vectors(), block.size)]
    expect(rank(theirs)).toBe(count)
    expect(rank([...ours, ...theirs])).toBe(count)
  })

  test('each solves the equations without an error', () => {
    const group = cubeRotations()
    const tensors = representation(group, 'V^4')
    const rows = rowsOf(invariantBasis(tensors).block(0, 0).wholeNumbers()!, tensors.dimension)
    for (const element of group.generators)
      for (const row of rows) expect(distance(product(tensors.matrix(element), [81, 81], row), row)).toBe(0)
  })

  test('fractions that elimination finds are made whole', () => {
    const half = new MatrixGroup(2, { generators: [[0.5, 0.25, 0, 1]] })
    const block = invariantBasis(representation(half)).block(0, 0)
    expect(Array.from(block.wholeNumbers()!, Math.abs)).toEqual([1, 2])
    expect(block.evidence()).toBe('exact')
  })

  test('there are none where the matrices have no such entries, or whole numbers would be too large', () => {
    expect(invariantBasis(representation(icosahedralRotations(), 'V^2')).block(0, 0).wholeNumbers()).toBeUndefined()
    expect(
      invariantBasis(representation(specialOrthogonal(3), 'V^6'))
        .block(0, 0)
        .wholeNumbers(),
    ).toBeUndefined()
    const steep = new MatrixGroup(2, { generators: [[1, 0, 2 ** 20 + 1, -1]] })
    const block = invariantBasis(representation(steep)).block(0, 0)
    expect([block.count, block.wholeNumbers()]).toEqual([1, undefined])
  })
})

describe('permutation actions', () => {
  const s5 = symmetric(5)
  const group = permutationMatrices(s5, 'S5')
  const actions = { points: naturalAction(s5), pairs: tupleAction(s5, 2) }
  const kinds = { points: representation(group), pairs: representation(group, 'V^2') }

  test.each([
    ['points', 'points'],
    ['pairs', 'points'],
    ['points', 'pairs'],
    ['pairs', 'pairs'],
  ] as const)('from %s to %s, the maps are the orbits of the sharing scheme', (from, to) => {
    const scheme = sharingScheme(actions[to], actions[from])
    const { orbits, count } = equivariantBasis(kinds[from], kinds[to]).block(0, 0)
    expect(count).toBe(scheme.count)
    expect(orbits?.labels).toEqual(scheme.labels)
  })

  test('a regular action of A5 on 60 points has 60 maps', () => {
    const a5 = alternating(5)
    const regular = permutationRepresentation(permutationMatrices(a5), regularAction(a5), 'regular')
    expect(equivariantBasis(regular, regular).dimension).toBe(60)
    expect(regular.isPermutation).toBe(true)
    const random = seededRandom(1)
    const [g, h] = [regular.group.random(random), regular.group.random(random)]
    expect(distance(regular.matrix(multiplyMatrices(g, h, 5)), product(regular.matrix(g), [60, 60], regular.matrix(h)))).toBe(0)
  })

  test('the same group by matrices gives the same orbits', () => {
    const given = new MatrixGroup(5, { generators: group.generators })
    expect(equivariantBasis(representation(given, 'V^2'), representation(given, 'V^2')).dimension).toBe(15)
    expect(representation(given).isPermutation).toBe(true)
  })
})

describe('restriction', () => {
  test('from O(3) to the cube: maps of the smaller group are more', () => {
    const cube = cubeRotations()
    const v = restrict(representation(orthogonal(3)), cube)
    for (const [p, count] of [
      [2, 4],
      [3, 31],
    ] as const)
      expect(equivariantBasis(v.power(p), v.power(p)).dimension).toBe(count)
    expect(equivariantBasis(representation(cube, 'V^3'), representation(cube, 'V^3')).dimension).toBe(31)
  })

  test('to a factor of a product: dimensions multiply', () => {
    const s3 = permutationMatrices(symmetric(3), 'S3')
    const group = matrixProduct(orthogonal(3), s3)
    const space = restrictToFactor(representation(orthogonal(3)), group, 'first')
    const points = restrictToFactor(representation(s3), group, 'second')
    const both = points.times(space)
    expect(both.dimension).toBe(9)
    expect(equivariantBasis(both, both).dimension).toBe(2)
    expect(equivariantBasis(both.power(2), both.power(0)).dimension).toBe(2)
    expect(points.isPermutation).toBe(true)
    expect(equivarianceError(both, both.plus(points), 3)).toBeLessThan(1e-12)
  })

  test('a map that is no homomorphism, and a group that is no product, are refused', () => {
    const so2 = specialOrthogonal(2)
    expect(() => restrict(representation(so2), so2, (g) => g.map((x) => 2 * x))).toThrow(/restrict: expected a function with rho\(1\) = 1/)
    expect(() => restrictToFactor(representation(orthogonal(3)), orthogonal(3), 'first')).toThrow(/a product of a group of 3 rows/)
  })
})

describe('representations by a function', () => {
  const so3 = specialOrthogonal(3)

  test('Wigner matrices of degree 2 are the traceless symmetric part of V^2', () => {
    const wigner = (g: Matrix): Matrix => realWignerD(2, ...eulerAngles(g))
    const step = 1e-3
    const derivative = (a: Matrix): Matrix => {
      const at = (t: number) =>
        wigner(
          exponential(
            a.map((x) => t * x),
            3,
          ),
        )
      const [two, one, minus, minusTwo] = [at(2 * step), at(step), at(-step), at(-2 * step)]
      return one.map((x, k) => (8 * (x - minus[k]!) - (two[k]! - minusTwo[k]!)) / (12 * step))
    }
    const degree2 = givenRepresentation(so3, { dimension: 5, degree: 2, name: 'D2', matrix: wigner, derivative })
    const v = representation(so3)
    expect(characterCount(degree2, v.power(2))).toBe(1)
    expect(characterCount(degree2, v)).toBe(0)
    expect(characterCount(degree2.power(2), v.power(0))).toBe(1)
  })

  test('determinants tell pseudoscalars from scalars', () => {
    const o2 = orthogonal(2)
    const sign = givenRepresentation(o2, {
      dimension: 1,
      name: 'P',
      matrix: (g) => Float64Array.of(Math.sign(g[0]! * g[3]! - g[1]! * g[2]!)),
      derivative: () => new Float64Array(1),
    })
    const v = representation(o2)
    expect(invariantBasis(sign).dimension).toBe(0)
    expect(equivariantBasis(v.power(2), sign).dimension).toBe(1)
    expect(sign.times(v.power(2)).plus(sign).toString()).toBe('P V^2 + P')
  })

  test('what is no homomorphism is refused', () => {
    const so2 = specialOrthogonal(2)
    const given = { dimension: 2, matrix: (g: Matrix) => multiplyMatrices(g, g, 2) }
    expect(() => givenRepresentation(so2, { ...given, derivative: (a) => a })).toThrow(/rho\(exp A\) = exp\(d rho\(A\)\)/)
    expect(() => givenRepresentation(so2, given)).toThrow(/a derivative, as the group has a Lie algebra, received none/)
    expect(() =>
      givenRepresentation(cubeRotations(), { dimension: 3, matrix: (g) => g.map((_, at) => g[(at % 3) * 3 + Math.floor(at / 3)]!) }),
    ).toThrow(/rho\(g h\) = rho\(g\) rho\(h\)/)
  })
})

describe('texts', () => {
  const group = lorentz()
  test.each(['V', '2V^0 + V^2 V* + 3V*', 'V*^2 V', '0', '7V^0'])('%s is read as it is written', (text) => {
    expect(representation(group, text).toString()).toBe(text)
  })

  test.each(['', 'W', '2', 'V^', 'V +', '-1V', 'V^65', '3.5V', 'V^-1'])('%s is refused', (text) => {
    expect(() => representation(group, text)).toThrow(DomainError)
  })

  test('sums and products follow the rules of the algebra', () => {
    const v = representation(group)
    expect(
      v
        .plus(v, v.dual)
        .times(v.plus(v.power(0)))
        .toString(),
    ).toBe('2V^2 + 2V + V* V + V*')
    expect(v.power(2, 1).plus(v.power(0).copies(4)).dimension).toBe(68)
    expect(v.plus(v.dual).copies(2).toString()).toBe('V + V* + V + V*')
    expect(v.copies(0).dimension).toBe(0)
    expect(equivariantBasis(v.copies(0), v).dimension).toBe(0)
    expect(v.power(1, 1).isOrthogonal).toBe(false)
  })
})

describe('what is too large is refused before memory is spent', () => {
  test('tensors of many entries', () => {
    const before = process.memoryUsage().arrayBuffers
    const v = representation(specialOrthogonal(3))
    expect(() => equivariantBasis(v.power(8), v.power(8))).toThrow(RangeError)
    expect(() => equivariantBasis(v.power(8), v.power(8))).toThrow(/maps with 43046721 entries, which takes 5509980288 bytes/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })

  test('maps that characters count, before any is computed', () => {
    const v = representation(specialOrthogonal(3))
    const before = process.memoryUsage().arrayBuffers
    expect(() => equivariantBasis(v.power(3), v.power(4), { maximumBytes: 400_000 })).toThrow(
      /received 36 maps with 2187 entries, which takes 629856 bytes/,
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 18)
    expect(equivariantBasis(v.power(3), v.power(4), { maximumBytes: 630_000 }).dimension).toBe(36)
  })

  test('permutations of many entries, many maps, and dense matrices', () => {
    const pairs = representation(permutationMatrices(symmetric(40)), 'V^3')
    expect(() => equivariantBasis(pairs, pairs)).toThrow(/maps with 4096000000 entries, which takes 65536000000 bytes/)
    const scaled = representation(scalings(3), 'V^2')
    expect(() => equivariantBasis(scaled, scaled, { maximumBytes: 8000 })).toThrow(/13 or more maps with 81 entries/)
    const wide = representation(permutationMatrices(symmetric(6)), '100V')
    expect(() => equivariantBasis(wide, wide).matrices()).toThrow(/20000 maps with 360000 entries, which takes 57600000000 bytes/)
  })
})

describe('groups far from orthogonal matrices', () => {
  const count = (group: MatrixGroup, text: string): number => invariantBasis(representation(group, text)).dimension
  const shear = [
    [1, 1],
    [0, 1],
  ]

  test('rotations by small angles, boosts and scalings by any factor keep what all of them keep', () => {
    for (const order of [100, 10_000, 100_000])
      expect(['V^2', 'V^4', 'V^6'].map((text) => count(planarCyclic(order), text))).toEqual([2, 6, 20])
    for (const factor of [1.001, 2, 10]) {
      const stretch = new MatrixGroup(2, { generators: [[factor, 0, 0, 1 / factor]] })
      expect(['V^2', 'V^6'].map((text) => count(stretch, text))).toEqual([2, 20])
    }
  })

  test('whole matrices of determinant 1 keep what all matrices of determinant 1 keep', () => {
    const whole = new MatrixGroup(2, { generators: [shear, [0, -1, 1, 0]] })
    for (const text of ['V^2', 'V^4', 'V^2 V*^2', 'V^6']) expect(count(whole, text)).toBe(count(specialLinear(2), text))
  })

  test('one shear keeps as many tensors of rank k as there are words of k letters in the middle: k choose k / 2', () => {
    const [discrete, continuous] = [new MatrixGroup(2, { generators: [shear] }), new MatrixGroup(2, { lieAlgebra: [[0, 1, 0, 0]] })]
    expect([1, 2, 3, 4, 5, 6].map((rank) => count(discrete, `V^${rank}`))).toEqual([1, 2, 3, 6, 10, 20])
    expect([1, 2, 3, 4, 5, 6].map((rank) => count(continuous, `V^${rank}`))).toEqual([1, 2, 3, 6, 10, 20])
  })

  test.each([3, 10, 30])('in a basis with entries of %i, the count is right or refused', (entry) => {
    const to = Float64Array.of(1, entry, 0, 0, 1, entry, 0, 0, 1)
    const from = Float64Array.of(1, -entry, entry * entry, 0, 1, -entry, 0, 0, 1)
    const moved = (a: Matrix): Matrix => multiplyMatrices(multiplyMatrices(to, a, 3), from, 3)
    const rotations = new MatrixGroup(3, { lieAlgebra: specialOrthogonal(3).lieAlgebra.map(moved) })
    const cube = new MatrixGroup(3, { generators: cubeRotations().generators.map(moved) })
    for (const [group, text, expected] of [
      [rotations, 'V^2', 1],
      [rotations, 'V^3', 1],
      [rotations, 'V^2 V*^2', 3],
      [cube, 'V^2', 1],
      [cube, 'V^4', 4],
    ] as const) {
      let found: number
      try {
        found = count(group, text)
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError)
        expect(`${error}`).toMatch(/Choose a basis in which the generators are closer to orthogonal matrices/)
        continue
      }
      expect(found).toBe(expected)
    }
  })
})

test('representations of different groups do not mix', () => {
  expect(() => equivariantBasis(representation(orthogonal(3)), representation(orthogonal(3)))).toThrow(
    /Make both from the same MatrixGroup/,
  )
  expect(() => permutationRepresentation(permutationMatrices(cyclic(4)), naturalAction(cyclic(5)))).toThrow(/an action of the group/)
})
