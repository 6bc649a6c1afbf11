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

/** The most points of a group, or of its action, that an expression may name. */
const POINT_LIMIT = 1_000_000

const EXPECTED_GROUP = 'a group such as S5, C4, D6, PSL(2,7) or (1 2 3)(4 5)'

/** Groups that are a letter and the number of points. */
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

/** Groups that are a word and numbers in parentheses. */
const WORDS: Record<string, { readonly count: number | undefined; readonly make: (numbers: number[]) => PermutationGroup }> = {
  PSL: { count: 2, make: ([d, q]) => projectiveSpecialLinear(d!, q!) },
  AGL: { count: 2, make: ([d, q]) => affineGeneral(d!, q!) },
  T: { count: undefined, make: (sizes) => translations(...sizes) },
}

/** A group that was read, and its factors when it is a product that stands without parentheses. */
interface Reading {
  readonly group: PermutationGroup
  readonly factors: readonly PermutationGroup[]
  /** Whether it was given by generators alone, so that further points may be added. */
  readonly open: boolean
}

const single = (group: PermutationGroup, open = false): Reading => ({ group, factors: [group], open })

/** Runs a maker; what it refuses is said of the text from `start` on. */
function make<Made>(scanner: Scanner, start: number, maker: () => Made): Made {
  try {
    return maker()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return scanner.refuse(error.expected, start, `It was given ${error.received}.`)
  }
}

function limitPoints(scanner: Scanner, start: number, points: number): void {
  if (points > POINT_LIMIT) scanner.refuse(`at most ${POINT_LIMIT} points`, start, `This has ${points}.`)
}

/** One permutation as cycles with points from 1; their images as a map, since the degree is not yet known. */
function readPermutation(scanner: Scanner): number[][] {
  const { cycles, positions, end, fault } = readCycles(scanner.text, scanner.position)
  if (fault !== undefined) scanner.refuse(fault.expected, fault.position)
  const seen = new Set<number>()
  cycles.forEach((cycle, c) => {
    cycle.forEach((point, k) => {
      const position = positions[c]![k]!
      if (point === 0) scanner.refuse('a point from 1 on', position)
      limitPoints(scanner, position, point)
      if (seen.has(point)) scanner.refuse('a point that no cycle has had', position)
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
  const maker = Object.hasOwn(LETTERS, word) ? LETTERS[word]! : scanner.refuse(EXPECTED_GROUP)
  scanner.take(/[A-Za-z]+_?/y)
  const braced = scanner.take(/[{(]/y)
  const start = scanner.position
  const n = scanner.integer(`the number of points after ${word}`)
  if (braced !== undefined) scanner.require(braced === '{' ? /\}/y : /\)/y, braced === '{' ? '}' : ')')
  limitPoints(scanner, start, n)
  return single(make(scanner, start, () => maker(n)))
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

/** Further points for a group given by generators, which it does not move. */
function onPoints(scanner: Scanner, start: number, { group, open }: Reading, points: number): Action {
  limitPoints(scanner, start, points)
  if (points === group.degree) return naturalAction(group)
  if (!open || points < group.degree) scanner.refuse(`${open ? 'at least ' : ''}${group.degree} points, as the group has`, start)
  const widened = group.generators.map((generator) => Permutation.fromCycles(points, generator.cycles()))
  return naturalAction(new PermutationGroup(points, widened))
}

/** Tuples of points; for a product of as many factors, one point of each. */
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
 * Reads a group, and what it acts on, as a person writes it.
 *
 * - `S5 A5 C4 (or Z4) D4 B3 M24 I3`: symmetric, alternating, cyclic, dihedral (of n points, order 2n), hyperoctahedral, Mathieu, and no permutation but the identity.
 *   `PSL(2,7)`, `AGL(1,8)`, `T(8,8)` (shifts of a periodic grid), `Rubik`.
 * - `(1 2 3)(4 5), (1 2)`: generators by their cycles, points from 1; `<...>` around them inside a longer expression.
 * - `C4 wr S5`: wreath product, the left group inside each block; `S3 x C4`: direct product, side by side. `wr` binds closer; parentheses group.
 * - `on pairs`, `on triples`, `on 4-tuples`: ordered, entries may repeat; behind a product of as many factors, one point of each (`S5 x C4 on pairs` has 20 points).
 *   `on 2-subsets`, `on itself` (by multiplication), `on 7 points` (generators only), `on nothing` (one point that nothing moves).
 *
 * @returns the action, its group in `group`.
 * @throws NotationError whose `position` is the character that does not fit; nothing is allocated for groups or actions of more than 1,000,000 points.
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
