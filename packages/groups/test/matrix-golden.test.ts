import {
  alternating,
  cyclic,
  equivariantBasis,
  givenRepresentation,
  invariantBasis,
  MatrixGroup,
  multiplyMatrices,
  permutationMatrices,
  type Representation,
  representation,
  specialOrthogonal,
  symmetric,
} from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { goldenCases, goldenCasesExist } from './shared.ts'

interface InvariantsCase {
  readonly group: string
  readonly d: number
  readonly generators: number[][][]
  readonly lie: number[][][]
  readonly rep: string
  readonly p: number
  readonly q: number
  readonly orthogonal: boolean
  readonly dim: number
  readonly invariants: number
  readonly self_maps?: number
}

const cases = ['finite', 'orthogonal', 'general'].flatMap((kind) =>
  goldenCases<InvariantsCase>(`invariants-${kind}.jsonl`, 'matrix-groups'),
)
const groups = new Map<string, MatrixGroup>()

function groupOf({ group, d, generators, lie }: InvariantsCase): MatrixGroup {
  const known = groups.get(group) ?? new MatrixGroup(d, { generators, lieAlgebra: lie, name: group })
  groups.set(group, known)
  return known
}

describe.skipIf(!goldenCasesExist)('dimensions computed by numpy (skipped without the golden cases)', () => {
  test('there are cases', () => expect(cases.length).toBe(149))

  test.each(cases.map((each) => [`${each.group}, ${each.rep}`, each] as const))('%s', (_, each) => {
    const given = representation(groupOf(each), each.rep)
    expect(given.dimension).toBe(each.dim)
    expect(given.equals(representation(groupOf(each)).power(each.p, each.q))).toBe(true)
    expect(given.isOrthogonal).toBe(each.orthogonal)
    expect(invariantBasis(given).dimension).toBe(each.invariants)
    if (each.self_maps !== undefined) expect(equivariantBasis(given, given).dimension).toBe(each.self_maps)
  })

  const projectors = goldenCases<{ group: string; rep: string; shape: number[]; invariants: number; data: number[] }>(
    'projectors.jsonl',
    'matrix-groups',
  )
  test.each(projectors.map((each) => [`${each.group}, ${each.rep}`, each] as const))(
    'the projector of %s',
    (_, { group, rep, data, invariants }) => {
      const basis = invariantBasis(representation(groups.get(group)!, rep))
      const [vectors, size] = [basis.matrices(), basis.output.dimension]
      expect(basis.dimension).toBe(invariants)
      data.forEach((expected, at) => {
        let sum = 0
        for (let k = 0; k < invariants; k++) sum += vectors[k * size + Math.floor(at / size)]! * vectors[k * size + (at % size)]!
        // The file has 12 digits.
        expect(Math.abs(sum - expected)).toBeLessThan(2e-12)
      })
    },
  )
})

/** The rotation by `times` the angle. */
const turned = (group: MatrixGroup, times: number): Representation =>
  givenRepresentation(group, {
    dimension: 2,
    degree: times,
    name: `psi${times}`,
    matrix: (g) => Array.from({ length: times - 1 }).reduce((product: Float64Array) => multiplyMatrices(product, g, 2), g),
    derivative: (a) => a.map((x) => times * x),
  })

describe('dimensions printed in the notebooks of EMLP', () => {
  const [so2, s6] = [specialOrthogonal(2), permutationMatrices(symmetric(6), 'S6')]
  const z6 = representation(permutationMatrices(cyclic(6)))
  const [so3, so4] = [representation(specialOrthogonal(3)), representation(specialOrthogonal(4))]
  const scalar = so4.power(0)
  const wide = representation(s6, '100V^0 + 100V + 20V^2')
  test.each<[string, Representation, Representation, number]>([
    ['Z(6): V to V', z6, z6, 6],
    ['S(6): V^2 to V^2', representation(s6, 'V^2'), representation(s6, 'V^2'), 15],
    ['SO(3): V^2 to V', so3.power(2), so3, 1],
    ['S(6): V + V^2 to V', representation(s6, 'V + V^2'), representation(s6), 7],
    ['S(6): 100 V^0 + 100 V + 20 V^2 to itself', wide, wide, 84000],
    ['SO(2): V^4 to turns by twice the angle', representation(so2, 'V^4'), turned(so2, 2), 8],
    ['SO(2): turns by twice the angle to V^2', turned(so2, 2), representation(so2, 'V^2'), 2],
    [
      'SO(4): 3 V + V^2 to the maps of V + V^0',
      so4.copies(3).plus(so4.power(2)),
      scalar.plus(so4.power(2), so4).times(so4.plus(scalar).dual),
      27,
    ],
  ])('%s', (_, input, output, count) => {
    expect(equivariantBasis(input, output).dimension).toBe(count)
  })

  test.each([
    ['Alt(5)', alternating(5), 63],
    ['S(5)', symmetric(5), 52],
  ] as const)('%s V^5', (_, group, count) => {
    expect(invariantBasis(representation(permutationMatrices(group), 'V^5')).dimension).toBe(count)
  })
})

test('the invariants of SO(3) on tensor powers of rank 0 to 8', () => {
  const v = representation(specialOrthogonal(3))
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((rank) => invariantBasis(v.power(rank)).dimension)).toEqual([1, 0, 1, 1, 3, 6, 15, 36, 91])
})
