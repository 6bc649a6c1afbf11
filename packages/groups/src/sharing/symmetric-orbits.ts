import type { Action } from '../action/action.ts'
import { rankSubset, subsetCount, unrankSubset } from '../action/subsets.ts'
import { DomainError } from '../errors.ts'
import type { PairOrbits } from './pair-orbits.ts'

/** All restricted growth strings of a length with at most `blocks` distinct entries, in lexicographic order. They encode set partitions. */
function growthStrings(length: number, blocks: number): number[][] {
  let strings: number[][] = [[]]
  for (let i = 0; i < length; i++) {
    strings = strings.flatMap((string) => {
      const next = Math.min(blocks, Math.max(-1, ...string) + 2)
      return Array.from({ length: next }, (_, entry) => [...string, entry])
    })
  }
  return strings
}

/** Tuples of points of a symmetric group: the orbit of a pair of tuples is the set partition of the k + l entries into equal ones, with at most n blocks. */
export function equalityPatterns(n: number, k: number, l: number): PairOrbits {
  const length = k + l
  if (length > 12)
    throw new DomainError(
      'sharingRule',
      'two tuples with at most 12 entries in total',
      `${k} and ${l} entries`,
      'For 13 entries there are Bell(13) = 27,644,437 orbits.',
    )
  const digits = (string: readonly number[]): number => string.reduce((number, digit) => number * n + digit, 0)
  const key = (string: readonly number[]): number => string.reduce((number, digit) => number * length + digit, 0)
  const strings = growthStrings(length, n)
  const numbers = new Map(strings.map((string, number) => [key(string), number]))
  const orbits = strings.map((string) => {
    let size = 1
    for (let block = 0; block <= Math.max(-1, ...string); block++) size *= n - block
    return { row: digits(string.slice(0, k)), column: digits(string.slice(k)), size }
  })
  const entries = new Int32Array(length)
  const orbitOf = (row: number, column: number): number => {
    for (let i = k - 1, rest = row; i >= 0; i--, rest = Math.floor(rest / n)) entries[i] = rest % n
    for (let i = length - 1, rest = column; i >= k; i--, rest = Math.floor(rest / n)) entries[i] = rest % n
    return numbers.get(patternKey(entries))!
  }
  return { rows: n ** k, columns: n ** l, orbits, orbitOf }
}

/** Encodes the growth string of some entries as one number. */
function patternKey(entries: Int32Array): number {
  let number = 0
  let fresh = 0
  const names: number[] = []
  for (let i = 0; i < entries.length; i++) {
    const earlier = entries.indexOf(entries[i]!)
    names.push(earlier < i ? names[earlier]! : fresh++)
    number = number * entries.length + names[i]!
  }
  return number
}

/** Subsets of points of a symmetric group: the orbit of a pair of subsets is the size of their intersection. */
function intersections(n: number, k: number, l: number): PairOrbits {
  const least = Math.max(0, k + l - n)
  const count = Math.min(k, l) - least + 1
  const orbits = Array.from({ length: count }, (_, i) => {
    const common = least + i
    const column = [...Array.from({ length: common }, (_, x) => x), ...Array.from({ length: l - common }, (_, x) => k + x)]
    return { row: 0, column: rankSubset(n, column), size: subsetCount(n, k) * subsetCount(k, common) * subsetCount(n - k, l - common) }
  })
  const orbitOf = (row: number, column: number): number => {
    const points = new Set(unrankSubset(n, k, row))
    return unrankSubset(n, l, column).filter((point) => points.has(point)).length - least
  }
  return { rows: subsetCount(n, k), columns: subsetCount(n, l), orbits, orbitOf }
}

/** The degree n if an action is that of a symmetric group S_n on tuples (or on subsets) of points; otherwise undefined. The natural action is both. */
function symmetricShape(action: Action, kind: 'tuples' | 'subsets'): number | undefined {
  const { structure, group } = action
  if (group.construction?.kind !== 'symmetric') return undefined
  if (structure.kind === 'natural') return 1
  if (structure.kind !== kind || structure.of.structure.kind !== 'natural') return undefined
  return structure.kind === 'tuples' ? structure.length : structure.size
}

/** The orbits on pairs of tuples, or on pairs of subsets, of points of a symmetric group; undefined for other actions. */
export function ofSymmetric(output: Action, input: Action): PairOrbits | undefined {
  const n = output.group.degree
  for (const [kind, form] of [
    ['tuples', equalityPatterns],
    ['subsets', intersections],
  ] as const) {
    const k = symmetricShape(output, kind)
    const l = symmetricShape(input, kind)
    if (k !== undefined && l !== undefined) return form(n, k, l)
  }
  return undefined
}
