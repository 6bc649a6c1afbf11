import { naturalAction, Permutation, PermutationGroup, sharingScheme } from '@equivar/groups'
import { describe, expect, test } from 'vitest'
import { goldenCases, goldenCasesExist } from './shared.ts'

interface GroupFacts {
  readonly name: string
  readonly degree: number
  readonly images: number[][]
  readonly order: string
  readonly orbitLengths: number[]
  readonly rank: number
  readonly transitive: boolean
  readonly primitive: boolean
  readonly abelian: boolean
  readonly conjugacyClasses: number | null
  readonly stabilizerOrder: string
}

describe.skipIf(!goldenCasesExist)('facts computed by GAP (skipped without the golden cases)', () => {
  const cases = goldenCases<GroupFacts>('group-facts.jsonl')

  test('there are cases', () => expect(cases.length).toBeGreaterThan(100))

  test.each(cases)('$name', (facts) => {
    const generators = facts.images.map((images) => Permutation.fromImages(images.map((image) => image - 1)))
    const group = new PermutationGroup(facts.degree, generators)
    const points = naturalAction(group)
    const lengths = group.orbits().map((orbit) => orbit.length)
    expect({
      order: group.order().toString(),
      orbitLengths: lengths.sort((a, b) => a - b),
      rank: sharingScheme(points, points).count,
      transitive: group.isTransitive(),
      primitive: group.isPrimitive(),
      abelian: group.isAbelian(),
      stabilizerOrder: group.stabilizer(0).order().toString(),
    }).toEqual({
      order: facts.order,
      orbitLengths: facts.orbitLengths,
      rank: facts.rank,
      transitive: facts.transitive,
      primitive: facts.primitive,
      abelian: facts.abelian,
      stabilizerOrder: facts.stabilizerOrder,
    })
    if (facts.conjugacyClasses !== null) expect(group.conjugacyClasses()).toHaveLength(facts.conjugacyClasses)
  })
})
