import { MAXIMUM_DEGREE, requireInteger } from '../errors.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { greatestCommonDivisor } from '../integers.ts'
import { Permutation } from '../permutation/permutation.ts'
import { type FiniteField, finiteField } from './finite-field.ts'

/** A matrix over a finite field, as rows. */
type Matrix = readonly (readonly number[])[]

const indices = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The identity matrix with the given entries [row, column, value] replaced. */
function elementary(d: number, ...entries: readonly [number, number, number][]): Matrix {
  const rows = indices(d).map((i) => indices(d).map((j): number => (i === j ? 1 : 0)))
  for (const [row, column, value] of entries) rows[row]![column] = value
  return rows
}

/** The cyclic shift e_i -> e_{i+1} of the basis vectors, with the sign of the last one chosen so that the determinant is 1. */
function rotation(d: number, field: FiniteField): Matrix {
  const minusOne = field.characteristic === 2 ? 1 : field.characteristic - 1
  const corner = d % 2 === 1 ? 1 : minusOne
  return indices(d).map((i) => indices(d).map((j) => (i === (j + 1) % d ? (i === 0 ? corner : 1) : 0)))
}

function times(field: FiniteField, matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, entry, j) => field.add(sum, field.multiply(entry, vector[j]!)), 0))
}

/** The vector with a given number: its components are the base-q digits, most significant first. */
function vectorOf(number: number, d: number, q: number): number[] {
  const vector = new Array<number>(d).fill(0)
  for (let i = d - 1, rest = number; i >= 0; i--, rest = Math.floor(rest / q)) vector[i] = rest % q
  return vector
}

const numberOf = (vector: readonly number[], q: number): number => vector.reduce((number, component) => number * q + component, 0)

function checkedField(where: string, d: number, q: number): FiniteField {
  requireInteger(where, 'the dimension', d, 1)
  requireInteger(where, 'the number of vectors', q ** d, 2, MAXIMUM_DEGREE)
  return finiteField(q)
}

/** |GL(d, q)| = product of q^d - q^i. */
function generalLinearOrder(d: number, q: number): bigint {
  return indices(d).reduce((order, i) => order * (BigInt(q) ** BigInt(d) - BigInt(q) ** BigInt(i)), 1n)
}

/** Generators of SL(d, q): a shear, a cyclic shift of the axes, and for q > 3 a diagonal matrix that scales the shear. */
function specialLinearGenerators(d: number, field: FiniteField): Matrix[] {
  if (d === 1) return []
  const scaled = elementary(d, [0, 0, field.primitive], [1, 1, field.invert(field.primitive)])
  return [
    elementary(d, [0, 1, 1]),
    ...(d === 2 && field.size > 3 ? [elementary(d, [0, 1, field.primitive])] : []),
    rotation(d, field),
    ...(field.size > 3 ? [scaled] : []),
  ]
}

/**
 * The affine general linear group AGL(d, q): the maps x -> A x + b with A invertible, acting on the q^d vectors over the field of q elements.
 *
 * Order q^d (q^d - 1)(q^d - q)...; 2-transitive. The components of a vector are the base-q digits of its number.
 *
 * @param q - a prime power.
 * @throws DomainError if q is not a prime power of at most 65,536, or q^d exceeds 2^28.
 */
export function affineGeneral(d: number, q: number): PermutationGroup {
  const field = checkedField('affineGeneral', d, q)
  const degree = q ** d
  const matrices = [...specialLinearGenerators(d, field), ...(q === 2 ? [] : [elementary(d, [0, 0, field.primitive])])]
  const moving = (image: (vector: readonly number[]) => readonly number[]): Permutation =>
    Permutation.fromUncheckedImages(new Uint32Array(degree).map((_, x) => numberOf(image(vectorOf(x, d, q)), q)))
  const make = (): Permutation[] => [
    ...matrices.map((matrix) => moving((vector) => times(field, matrix, vector))),
    moving((vector) => [field.add(vector[0]!, 1), ...vector.slice(1)]),
  ]
  return new PermutationGroup(
    degree,
    { count: matrices.length + 1, make },
    { order: BigInt(degree) * generalLinearOrder(d, q), construction: { kind: 'affine', dimension: d, fieldSize: q } },
  )
}

/** The number of every line, by the number of its normalized vector. */
function linesOf(d: number, q: number): Map<number, number> {
  const lines = new Map<number, number>()
  for (let lead = d - 1; lead >= 0; lead--) {
    const one = q ** (d - 1 - lead)
    for (let rest = 0; rest < one; rest++) lines.set(one + rest, lines.size)
  }
  return lines
}

/**
 * The projective special linear group PSL(d, q): the matrices of determinant 1, acting on the (q^d - 1)/(q - 1) lines through the origin.
 *
 * Simple except for PSL(2, 2) and PSL(2, 3); 2-transitive. Lines are numbered in the order of their normalized vectors, whose first nonzero component is 1.
 *
 * @param d - at least 2.
 * @param q - a prime power.
 * @throws DomainError if q is not a prime power of at most 65,536, or q^d exceeds 2^28.
 */
export function projectiveSpecialLinear(d: number, q: number): PermutationGroup {
  requireInteger('projectiveSpecialLinear', 'the dimension', d, 2)
  const field = checkedField('projectiveSpecialLinear', d, q)
  const matrices = specialLinearGenerators(d, field)
  const make = (): Permutation[] => {
    const lines = linesOf(d, q)
    const lineOf = (vector: readonly number[]): number => {
      const scale = field.invert(vector.find((component) => component !== 0)!)
      const normalized = vector.map((component) => field.multiply(component, scale))
      return lines.get(numberOf(normalized, q))!
    }
    return matrices.map((matrix) =>
      Permutation.fromImages(Array.from(lines.keys(), (vector) => lineOf(times(field, matrix, vectorOf(vector, d, q))))),
    )
  }
  const order = generalLinearOrder(d, q) / BigInt((q - 1) * greatestCommonDivisor(d, q - 1))
  return new PermutationGroup(
    (q ** d - 1) / (q - 1),
    { count: matrices.length, make },
    { order, construction: { kind: 'projective', dimension: d, fieldSize: q } },
  )
}
