// Times bases of equivariant maps. Run after a build: node packages/groups/bench/matrix-groups.mjs
// Groups are made anew for each run, because bases are kept with their group. The last column is EMLP's time where it was measured.
import {
  alternating,
  equivariantBasis,
  invariantBasis,
  lorentz,
  permutationMatrices,
  permutationRepresentation,
  regularAction,
  representation,
  specialOrthogonal,
} from '../dist/index.js'
import { line, measure } from './measure.mjs'

const regular = () => {
  const group = alternating(5)
  return permutationRepresentation(permutationMatrices(group), regularAction(group))
}

const cases = [
  ['SO(3) on V^4', () => invariantBasis(representation(specialOrthogonal(3), 'V^4'))],
  ['SO(3) on V^8', () => invariantBasis(representation(specialOrthogonal(3), 'V^8')), 3],
  ['SO+(1,3) on V^2 V*^2', () => invariantBasis(representation(lorentz(), 'V^2 V*^2'))],
  [
    'A5 on 60 points',
    () => {
      const points = regular()
      return equivariantBasis(points, points)
    },
    15,
    12_400,
  ],
]

line('milliseconds', 'first', 'median', 'maps', 'EMLP')
for (const [name, work, runs, peer] of cases) {
  const { first, median } = measure(work, runs)
  line(name, first, median, work().dimension, peer)
}
