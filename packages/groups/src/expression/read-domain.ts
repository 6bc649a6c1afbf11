import type { Action } from '../action/action.ts'
import { naturalAction, productAction, subsetAction, trivialAction, tupleAction } from '../action/constructors.ts'
import { regularAction } from '../action/cosets.ts'
import { subsetCount } from '../action/subsets.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { limitImages, limitPoints, make } from './limits.ts'
import type { Reading } from './read-atom.ts'
import type { Scanner } from './scanner.ts'

/** `on n points`: adds fixed points to a group given by generators; for other groups n must be the degree. */
function onPoints(scanner: Scanner, start: number, { group, open }: Reading, points: number): Action {
  if (points === group.degree) return naturalAction(group)
  limitPoints(scanner, start, points)
  if (!open || points < group.degree) scanner.refuse(`${open ? 'at least ' : ''}${group.degree} points, the degree of the group`, start)
  limitImages(scanner, start, group.generatorCount, points)
  const widened = group.generators.map((generator) => Permutation.fromCycles(points, generator.cycles()))
  return naturalAction(new PermutationGroup(points, widened))
}

/** `on pairs` and the like: tuples of points. For a direct product with as many factors as the tuple has entries, entry k is a point of factor k. */
function onTuples(scanner: Scanner, start: number, { group, factors }: Reading, length: number): Action {
  if (factors.length > 1 && factors.length === length) {
    limitPoints(
      scanner,
      start,
      factors.reduce((points, factor) => points * factor.degree, 1),
    )
    const [first, ...others] = factors.map(naturalAction)
    return others.reduce((action, other) => productAction(action, other), first!)
  }
  limitPoints(scanner, start, group.degree ** length)
  return make(scanner, start, () => tupleAction(group, length))
}

export function readDomain(scanner: Scanner, reading: Reading): Action {
  const { group } = reading
  const start = scanner.position
  if (scanner.take(/points\b/iy) !== undefined) return naturalAction(group)
  if (scanner.take(/pairs\b/iy) !== undefined) return onTuples(scanner, start, reading, 2)
  if (scanner.take(/triples\b/iy) !== undefined) return onTuples(scanner, start, reading, 3)
  if (scanner.take(/(itself|elements)\b/iy) !== undefined) return make(scanner, start, () => regularAction(group))
  if (scanner.take(/nothing\b/iy) !== undefined) return trivialAction(group, 1)
  const number = scanner.integer('points, pairs, triples, 4-tuples, 2-subsets, itself, or a number of points')
  if (scanner.take(/points\b/iy) !== undefined) return onPoints(scanner, start, reading, number)
  scanner.take(/-/y)
  if (scanner.take(/tuples\b/iy) !== undefined) return onTuples(scanner, start, reading, number)
  scanner.require(/(sub)?sets\b/iy, 'points, tuples or subsets')
  limitPoints(scanner, start, subsetCount(group.degree, number))
  return make(scanner, start, () => subsetAction(group, number))
}
