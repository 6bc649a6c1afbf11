import { PermutationGroup } from '../group/permutation-group.ts'
import { affineGeneral, projectiveSpecialLinear } from '../named/linear.ts'
import { mathieu } from '../named/mathieu.ts'
import { hyperoctahedral } from '../named/products.ts'
import { rubik } from '../named/rubik.ts'
import { alternating, cyclic, dihedral, symmetric, translations, trivial } from '../named/symmetric.ts'
import { readCycles } from '../permutation/cycle-notation.ts'
import { Permutation } from '../permutation/permutation.ts'
import { GENERATOR_LIMIT, GROUP_LIMIT, limitImages, limitPoints, make } from './limits.ts'
import type { Scanner } from './scanner.ts'

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
export interface Reading {
  readonly group: PermutationGroup
  readonly factors: readonly PermutationGroup[]
  /** True if the group was given by generators only, so `on n points` may add fixed points. */
  readonly open: boolean
}

/** A group that is not a product, or stands in parentheses. */
export const single = (group: PermutationGroup, open: boolean = false): Reading => ({ group, factors: [group], open })

/** Reads one permutation in cycle notation and returns its cycles with points from 0; the degree is not yet known. */
function readPermutation(scanner: Scanner, firstPoint: number): number[][] {
  const { cycles, positions, end, fault } = readCycles(scanner.text, scanner.position)
  if (fault !== undefined) scanner.refuse(fault.expected, fault.position)
  const seen = new Set<number>()
  cycles.forEach((cycle, c) => {
    cycle.forEach((point, k) => {
      const position = positions[c]![k]!
      if (point < firstPoint) scanner.refuse(`a point, numbered from ${firstPoint}`, position)
      limitPoints(scanner, position, point - firstPoint + 1)
      if (seen.has(point)) scanner.refuse('a point that has not appeared before', position)
      seen.add(point)
    })
  })
  scanner.position = end
  scanner.skipBlanks()
  return cycles.map((cycle) => cycle.map((point) => point - firstPoint))
}

/** The start of a cycle: a parenthesis followed by a point, or by the end of the cycle. */
export const CYCLE_START: RegExp = /\(\s*(\d|\))/y

function readGenerators(scanner: Scanner, firstPoint: number): Reading {
  const start = scanner.position
  const permutations: number[][][] = []
  let degree = 0
  do {
    if (scanner.peek(CYCLE_START) === undefined) scanner.refuse(`a cycle such as (${firstPoint} ${firstPoint + 1} ${firstPoint + 2})`)
    if (permutations.length === GENERATOR_LIMIT) scanner.refuse(`at most ${GENERATOR_LIMIT} generators`)
    const cycles = readPermutation(scanner, firstPoint)
    for (const cycle of cycles) for (const point of cycle) degree = Math.max(degree, point + 1)
    permutations.push(cycles)
  } while (scanner.take(/,/y) !== undefined)
  limitImages(scanner, start, permutations.length, degree)
  const generators = permutations.map((cycles) => Permutation.fromCycles(degree, cycles))
  return single(new PermutationGroup(degree, generators), true)
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
    limitPoints(scanner, start, family.count === undefined ? numbers.reduce((a, b) => a * b, 1) : numbers[1]! ** numbers[0]!, GROUP_LIMIT)
    return single(make(scanner, start, () => family.make(numbers)))
  }
  const construct = Object.hasOwn(LETTERS, word) ? LETTERS[word]! : scanner.refuse(EXPECTED_GROUP)
  scanner.take(/[A-Za-z]+_?/y)
  const braced = scanner.take(/[{(]/y)
  const start = scanner.position
  const n = scanner.integer(`the number of points after ${word}`)
  if (braced !== undefined) scanner.require(braced === '{' ? /\}/y : /\)/y, braced === '{' ? '}' : ')')
  limitPoints(scanner, start, n, GROUP_LIMIT)
  return single(make(scanner, start, () => construct(n)))
}

/** An atom that is not in parentheses. */
export function readAtom(scanner: Scanner, firstPoint: number): Reading {
  if (scanner.peek(CYCLE_START) !== undefined) return readGenerators(scanner, firstPoint)
  if (scanner.take(/</y) === undefined) return readNamed(scanner)
  const inside = readGenerators(scanner, firstPoint)
  scanner.require(/>/y, 'a comma or >')
  return inside
}
