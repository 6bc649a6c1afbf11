import { conjugacyOrbits, ElementNumbering } from '../group/conjugacy.ts'
import type { ConjugacyClass, PermutationGroup } from '../group/permutation-group.ts'
import { greatestCommonDivisor } from '../integers.ts'
import { Permutation } from '../permutation/permutation.ts'
import { type RandomSource, randomInteger, seededRandom } from '../random.ts'
import { PrimeField, primeCongruentToOne, rootOfUnity } from './prime-field.ts'

/** A complex character: its value on every conjugacy class. */
export interface Character {
  readonly degree: number
  readonly real: readonly number[]
  readonly imaginary: readonly number[]
}

/** The irreducible complex characters of a group, in order of degree; the trivial character comes first. */
export interface CharacterTable {
  readonly classes: readonly ConjugacyClass[]
  readonly characters: readonly Character[]
}

const ELEMENT_LIMIT = 100_000

/** A small group with a table of the conjugacy class of every element. */
class ClassAlgebra {
  readonly numbering: ElementNumbering
  readonly classOf: Int32Array
  readonly members: readonly (readonly number[])[]
  readonly representatives: readonly Permutation[]
  readonly orders: readonly number[]

  constructor(group: PermutationGroup) {
    this.numbering = new ElementNumbering('characterTable', group, ELEMENT_LIMIT)
    const orbits = conjugacyOrbits(
      this.numbering,
      group.generators.map(({ images }) => images),
    )
    this.members = orbits.map(({ members }) => members)
    this.representatives = orbits.map(({ representative }) => Permutation.fromUncheckedImages(this.numbering.element(representative)))
    this.orders = this.representatives.map((representative) => representative.order())
    this.classOf = new Int32Array(this.numbering.size)
    this.members.forEach((indices, k) => {
      for (const index of indices) this.classOf[index] = k
    })
  }

  classOfElement(element: Permutation): number {
    return this.classOf[this.numbering.indexOf(element.images.slice())]!
  }

  /** Entry [k][l] is the number of pairs (x, y), x in class j and y in class k, with x y = z_l, the representative of class l. */
  matrix(j: number): number[][] {
    const size = this.members.length
    const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0))
    for (const index of this.members[j]!) {
      const inverse = Permutation.fromUncheckedImages(this.numbering.element(index)).inverse()
      this.representatives.forEach((z, l) => {
        matrix[this.classOfElement(inverse.compose(z))]![l]!++
      })
    }
    return matrix
  }
}

/** The eigenvalues of a diagonalizable matrix, as the roots of the minimal polynomial of a random vector. With small probability some are missing. */
function eigenvalues(field: PrimeField, matrix: readonly (readonly number[])[], random: RandomSource): number[] {
  const start = matrix.map(() => randomInteger(random, field.p))
  const powers = [start]
  matrix.forEach((_, k) => {
    powers.push(field.times(matrix, powers[k]!))
  })
  const columns = matrix.map((_, i) => powers.map((power) => power[i]!))
  const relation = field.kernel(columns)[0]!
  const degree = relation.findLastIndex((coefficient) => coefficient !== 0)
  const roots: number[] = []
  // Stryker disable next-line ConditionalExpression,EqualityOperator,LogicalOperator: a polynomial has no more roots than its degree; going on only takes time
  for (let value = 0; value < field.p && roots.length < degree; value++) {
    let sum = 0
    for (let k = degree; k >= 0; k--) sum = (sum * value + relation[k]!) % field.p
    if (sum === 0) roots.push(value)
  }
  return roots
}

/** The restriction of a matrix to an invariant space, whose basis is in echelon form. */
function restrict(
  field: PrimeField,
  matrix: readonly (readonly number[])[],
  basis: readonly number[][],
  pivots: readonly number[],
): number[][] {
  const images = basis.map((vector) => field.times(matrix, vector))
  return pivots.map((pivot) => images.map((image) => image[pivot]!))
}

/** Decomposes an invariant space into the eigenspaces of a matrix. */
function split(field: PrimeField, matrix: readonly (readonly number[])[], space: readonly number[][], random: RandomSource): number[][][] {
  const basis = space.map((vector) => [...vector])
  const pivots = field.eliminate(basis)
  const small = restrict(field, matrix, basis, pivots)
  for (;;) {
    const parts = eigenvalues(field, small, random).map((value) => {
      const shifted = small.map((row, i) => row.map((entry, k) => (i === k ? field.reduce(entry - value) : entry)))
      return field.kernel(shifted).map((coordinates) => combine(field, coordinates, basis))
    })
    if (parts.reduce((sum, part) => sum + part.length, 0) === basis.length) return parts
  }
}

function combine(field: PrimeField, coordinates: readonly number[], basis: readonly number[][]): number[] {
  return basis[0]!.map((_, k) => coordinates.reduce((sum, coordinate, i) => (sum + coordinate * basis[i]![k]!) % field.p, 0))
}

/** The common eigenvectors of the class matrices, one per irreducible character. */
function commonEigenvectors(field: PrimeField, algebra: ClassAlgebra): number[][] {
  const random = seededRandom(1)
  const size = algebra.members.length
  let spaces: number[][][] = [Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, k) => (i === k ? 1 : 0)))]
  // Stryker disable next-line all: any order gives the same eigenvectors; small classes take less time
  const byCost = Array.from({ length: size }, (_, j) => j).sort((a, b) => algebra.members[a]!.length - algebra.members[b]!.length)
  for (const j of byCost) {
    // Stryker disable next-line all: what is split already stays as it is; going on only takes time
    if (spaces.every((space) => space.length === 1)) break
    const matrix = algebra.matrix(j)
    // Stryker disable next-line ConditionalExpression: a space of one dimension is its own only eigenspace
    spaces = spaces.flatMap((space) => (space.length === 1 ? [space] : split(field, matrix, space, random)))
  }
  return spaces.map(([vector]) => vector!)
}

/** The values of a character modulo p, from its central character omega: chi(1)^2 = |G| / sum_l omega_l omega_l' / |C_l|, where l' is the inverse class. */
function valuesModulo(field: PrimeField, algebra: ClassAlgebra, eigenvector: readonly number[]): number[] {
  const scale = field.invert(eigenvector[0]!)
  const omega = eigenvector.map((entry) => (entry * scale) % field.p)
  const inverseSizes = algebra.members.map((members) => field.invert(members.length % field.p))
  const sum = omega.reduce((total, value, l) => {
    const inverse = algebra.classOfElement(algebra.representatives[l]!.inverse())
    return (total + ((value * omega[inverse]!) % field.p) * inverseSizes[l]!) % field.p
  }, 0)
  const square = ((algebra.numbering.size % field.p) * field.invert(sum)) % field.p
  let degree = 1
  while ((degree * degree) % field.p !== square) degree++
  return omega.map((value, l) => (((value * inverseSizes[l]!) % field.p) * degree) % field.p)
}

/** The complex values of a character: the values on the powers of an element of order n give the multiplicity of each of its eigenvalues. */
function lift(field: PrimeField, algebra: ClassAlgebra, values: readonly number[], root: number, exponent: number): Character {
  const real: number[] = []
  const imaginary: number[] = []
  algebra.representatives.forEach((representative, l) => {
    const n = algebra.orders[l]!
    const inverseRoot = field.invert(field.power(root, exponent / n))
    const onPowers = Array.from({ length: n }, (_, j) => values[algebra.classOfElement(representative.power(j))]!)
    const inverseN = field.invert(n % field.p)
    let re = 0
    let im = 0
    for (let k = 0; k < n; k++) {
      const sum = onPowers.reduce((total, value, j) => (total + value * field.power(inverseRoot, (j * k) % n)) % field.p, 0)
      const multiplicity = (sum * inverseN) % field.p
      re += multiplicity * Math.cos((2 * Math.PI * k) / n)
      im += multiplicity * Math.sin((2 * Math.PI * k) / n)
    }
    real.push(rounded(re))
    imaginary.push(rounded(im))
  })
  return { degree: values[0]!, real, imaginary }
}

/** The nearest integer if a value differs from it only by rounding errors; otherwise the value. */
function rounded(value: number): number {
  const nearest = Math.round(value)
  // Stryker disable next-line EqualityOperator: no value lies at that distance
  return Math.abs(value - nearest) < 1e-9 ? nearest + 0 : value
}

function leastCommonMultiple(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (a / greatestCommonDivisor(a, b)) * b, 1)
}

/**
 * The irreducible characters of a small group, exact up to the rounding of complex values.
 *
 * @throws DomainError if the group has more than 100,000 elements.
 * @remarks The class matrices are diagonalized modulo a prime. Cost mostly O(order x classes) products of permutations.
 * @see Dixon 1967, "High speed computation of group characters".
 */
export function characterTable(group: PermutationGroup): CharacterTable {
  const algebra = new ClassAlgebra(group)
  const exponent = leastCommonMultiple(algebra.orders)
  const field = new PrimeField(primeCongruentToOne(exponent, 2 * Math.sqrt(algebra.numbering.size) + 2))
  const root = rootOfUnity(field, exponent)
  const characters = commonEigenvectors(field, algebra).map((vector) =>
    lift(field, algebra, valuesModulo(field, algebra, vector), root, exponent),
  )
  const isTrivial = ({ real, imaginary }: Character): boolean =>
    real.every((value) => value === 1) && imaginary.every((value) => value === 0)
  characters.sort((a, b) => a.degree - b.degree || Number(isTrivial(b)) - Number(isTrivial(a)))
  const classes = algebra.representatives.map((representative, l) => ({ representative, size: algebra.members[l]!.length }))
  return { classes, characters }
}
