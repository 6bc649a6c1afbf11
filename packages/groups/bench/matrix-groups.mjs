// Times bases of equivariant maps, by the clock and by processor time. Run after a build: node packages/groups/bench/matrix-groups.mjs
// Groups are made anew for each run, because bases are kept with their group. The last columns are EMLP's time where it was measured, and the ratio to it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  alternating,
  equivariantBasis,
  invariantBasis,
  keepBases,
  lorentz,
  permutationMatrices,
  permutationRepresentation,
  regularAction,
  representation,
  specialOrthogonal,
} from '../dist/index.js'
import { basisFolder } from '../dist/node/index.js'
import { line, measure } from './measure.mjs'

const regular = () => {
  const group = alternating(5)
  return permutationRepresentation(permutationMatrices(group), regularAction(group))
}

const folder = mkdtempSync(join(tmpdir(), 'equivar-bases-'))
const store = basisFolder(folder)

const cases = [
  ['SO(3) on V^4', () => invariantBasis(representation(specialOrthogonal(3), 'V^4'))],
  ['SO(3) on V^8', () => invariantBasis(representation(specialOrthogonal(3), 'V^8')), 3],
  ['SO+(1,3) on V^2 V*^2', () => invariantBasis(representation(lorentz(), 'V^2 V*^2'))],
  ['SO(1,3) on V^2 V*^2', () => invariantBasis(representation(lorentz('special'), 'V^2 V*^2'))],
  [
    'SO(3) on V^8, from a folder',
    () => {
      const group = specialOrthogonal(3)
      keepBases(group, store)
      return invariantBasis(representation(group, 'V^8'))
    },
    3,
  ],
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

line('milliseconds', 'first', 'median', 'processor', 'maps', 'EMLP', 'ratio')
for (const [name, work, runs = 15, peer] of cases) {
  const before = process.cpuUsage()
  const { first, median } = measure(work, runs)
  const { user, system } = process.cpuUsage(before)
  const processor = (user + system) / 1000 / (runs + 1)
  line(name, first, median, processor, work().dimension, peer, peer === undefined ? undefined : (processor / peer).toFixed(5))
}
rmSync(folder, { recursive: true })
