import type { Action } from '../action/action.ts'
import { naturalAction, productAction, subsetAction, trivialAction, tupleAction } from '../action/constructors.ts'
import { regularAction } from '../action/cosets.ts'
import { subsetCount } from '../action/subsets.ts'
import { DomainError } from '../errors.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { affineGeneral, projectiveSpecialLinear } from '../named/linear.ts'
import { mathieu } from '../named/mathieu.ts'
import { directProduct, hyperoctahedral, wreathProduct } from '../named/products.ts'
import { rubik } from '../named/rubik.ts'
import { alternating, cyclic, dihedral, symmetric, translations, trivial } from '../named/symmetric.ts'
import { readCycles } from '../permutation/cycle-notation.ts'
import { Permutation } from '../permutation/permutation.ts'
import { Scanner } from './scanner.ts'

/** The largest degree that an expression may give a group or its action. */
const POINT_LIMIT = 1_000_000

const EXPECTED_GROUP = 'a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5)'

/** Groups written as a letter and a number of points, such as S5. */
const LETTERS: Record<string, (n: number) => PermutationGroup> = {
  S: symmetric,
  Sym: symmetric,
  A: alternating,
  Alt: alternating,
  C: cyclic,
  Z: cyclic,
  D: dihedral,
  B: hyperoctahedral,
  M: (n) => mathieu(n as 11),
  I: trivial,
}

/** Groups written as a word with numbers in parentheses, such as PSL(2,7). */
const WORDS: Record<string, { readonly count: number | undefined; readonly make: (numbers: number[]) => PermutationGroup }> = {
  PSL: { count: 2, make: ([d, q]) => projectiveSpecialLinear(d!, q!) },
  AGL: { count: 2, make: ([d, q]) => affineGeneral(d!, q!) },
  T: { count: undefined, make: (sizes) => translations(...sizes) },
}

/** A parsed group. `factors` lists the factors of a direct product that is not in parentheses; otherwise it is the group alone. */
interface Reading {
  readonly group: PermutationGroup
  readonly factors: readonly PermutationGroup[]
  /** True if the group was given by generators only, so `on n points` may add fixed points. */
  readonly open: boolean
}

const single = (group: PermutationGroup, open = false): Reading => ({ group, factors: [group], open })

/** Calls a constructor and reports its DomainError as a NotationError at position `start`. */
function make<Made>(scanner: Scanner, start: number, construct: () => Made): Made {
  try {
    return construct()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return scanner.refuse(error.expected, start, `It received ${error.received}.`)
  }
}

function limitPoints(scanner: Scanner, start: number, points: number): void {
  if (points > POINT_LIMIT) scanner.refuse(`at most ${POINT_LIMIT} points`, start, `There are ${points}.`)
}

/** Reads one permutation in cycle notation, points from 1, and returns its cycles with points from 0; the degree is not yet known. */
function readPermutation(scanner: Scanner): number[][] {
  const { cycles, positions, end, fault } = readCycles(scanner.text, scanner.position)
  if (fault !== undefined) scanner.refuse(fault.expected, fault.position)
  const seen = new Set<number>()
  cycles.forEach((cycle, c) => {
    cycle.forEach((point, k) => {
      const position = positions[c]![k]!
      if (point === 0) scanner.refuse('a point, numbered from 1', position)
      limitPoints(scanner, position, point)
      if (seen.has(point)) scanner.refuse('a point that has not appeared before', position)
      seen.add(point)
    })
  })
  scanner.position = end
  scanner.skipBlanks()
  return cycles.map((cycle) => cycle.map((point) => point - 1))
}

const CYCLE_START = /\(\s*(\d|\))/y

function readGenerators(scanner: Scanner): Reading {
  const permutations: number[][][] = []
  do {
    if (scanner.peek(CYCLE_START) === undefined) scanner.refuse('a cycle such as (1 2 3)')
    permutations.push(readPermutation(scanner))
  } while (scanner.take(/,/y) !== undefined)
  const degree = Math.max(0, ...permutations.flat(2).map((point) => point + 1))
  return single(
    new PermutationGroup(
      degree,
      permutations.map((cycles) => Permutation.fromCycles(degree, cycles)),
    ),
    true,
  )
}

function readNumbers(scanner: Scanner): number[] {
  scanner.require(/\(/y, '(')
  const numbers: number[] = []
  do numbers.push(scanner.integer('a number'))
  while (scanner.take(/,/y) !== undefined)
  scanner.require(/\)/y, 'a comma or )')
  return numbers
}

function readNamed(scanner: Scanner): Reading {
  if (scanner.take(/rubik\b/iy) !== undefined) return single(rubik())
  const word = scanner.peek(/[A-Za-z]+/y) ?? ''
  const family = WORDS[word.toUpperCase()]
  if (family !== undefined) {
    const start = scanner.position
    scanner.take(/[A-Za-z]+/y)
    const numbers = readNumbers(scanner)
    if (family.count !== undefined && numbers.length !== family.count) scanner.refuse(`${family.count} numbers after ${word}`, start)
    limitPoints(scanner, start, family.count === undefined ? numbers.reduce((a, b) => a * b, 1) : numbers[1]! ** numbers[0]!)
    return single(make(scanner, start, () => family.make(numbers)))
  }
  const construct = Object.hasOwn(LETTERS, word) ? LETTERS[word]! : scanner.refuse(EXPECTED_GROUP)
  scanner.take(/[A-Za-z]+_?/y)
  const braced = scanner.take(/[{(]/y)
  const start = scanner.position
  const n = scanner.integer(`the number of points after ${word}`)
  if (braced !== undefined) scanner.require(braced === '{' ? /\}/y : /\)/y, braced === '{' ? '}' : ')')
  limitPoints(scanner, start, n)
  return single(make(scanner, start, () => construct(n)))
}

function readAtom(scanner: Scanner): Reading {
  if (scanner.peek(CYCLE_START) !== undefined) return readGenerators(scanner)
  if (scanner.take(/</y) !== undefined) {
    const inside = readGenerators(scanner)
    scanner.require(/>/y, 'a comma or >')
    return inside
  }
  if (scanner.take(/\(/y) === undefined) return readNamed(scanner)
  const inside = readProduct(scanner)
  scanner.require(/\)/y, 'x, wr or )')
  return single(inside.group)
}

function readWreath(scanner: Scanner): Reading {
  const start = scanner.position
  let reading = readAtom(scanner)
  while (scanner.take(/wr\b|≀/iy) !== undefined) {
    const { group } = reading
    const outer = readAtom(scanner).group
    limitPoints(scanner, start, group.degree * outer.degree)
    reading = single(wreathProduct(group, outer))
  }
  return reading
}

function readProduct(scanner: Scanner): Reading {
  let reading = readWreath(scanner)
  while (scanner.take(/x(?![A-Za-z])|x(?=[A-Z])|×|\*/y) !== undefined) {
    const next = readWreath(scanner).group
    reading = { group: directProduct(reading.group, next), factors: [...reading.factors, next], open: false }
  }
  return reading
}

/** `on n points`: adds fixed points to a group given by generators; for other groups n must be the degree. */
function onPoints(scanner: Scanner, start: number, { group, open }: Reading, points: number): Action {
  limitPoints(scanner, start, points)
  if (points === group.degree) return naturalAction(group)
  if (!open || points < group.degree) scanner.refuse(`${open ? 'at least ' : ''}${group.degree} points, the degree of the group`, start)
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

function readDomain(scanner: Scanner, reading: Reading): Action {
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

/**
 * Parses a group, and optionally what it acts on, from the notation that people write.
 *
 * - `S5 A5 C4 (or Z4) D4 B3 M24 I3`: symmetric, alternating, cyclic, dihedral (of n points, order 2n), hyperoctahedral, Mathieu, and the trivial group.
 *   `PSL(2,7)`, `AGL(1,8)`, `T(8,8)` (shifts of a periodic grid), `Rubik`.
 * - `(1 2 3)(4 5), (1 2)`: generators in cycle notation, points from 1. Write `<...>` around them inside a longer expression.
 * - `C4 wr S5`: wreath product, with the left group acting inside each block. `S3 x C4`: direct product, acting on the disjoint union of the points.
 *   `wr` binds tighter than `x`; parentheses group.
 * - `on pairs`, `on triples`, `on 4-tuples`: ordered tuples whose entries may repeat. After a direct product with as many factors, entry k is a point of
 *   factor k: `S5 x C4 on pairs` has 20 points.
 * - `on 2-subsets`, `on itself` (left multiplication), `on 7 points` (adds fixed points to a group given by generators), `on nothing` (the trivial action
 *   on one point).
 *
 * @returns the action; its group is `action.group`. Without `on`, the natural action.
 * @throws NotationError whose `position` is the first character that cannot be read. Groups and actions of more than 1,000,000 points are refused before
 * anything is allocated.
 */
export function parseGroup(text: string): Action {
  const scanner = new Scanner(text)
  const reading = readProduct(scanner)
  if (scanner.atEnd) return naturalAction(reading.group)
  scanner.require(/on\b/iy, reading.open ? 'a comma, x, wr, on, or the end of the text' : 'x, wr, on, or the end of the text')
  const action = readDomain(scanner, reading)
  if (!scanner.atEnd) scanner.refuse('the end of the text')
  return action
}
