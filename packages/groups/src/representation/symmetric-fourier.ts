import { DomainError, requireInteger } from '../errors.ts'
import { type Partition, partitions } from './partition.ts'
import { YoungRepresentation } from './young.ts'

/** One matrix of a Fourier transform on the symmetric group. */
export interface SymmetricFourierBlock {
  readonly partition: Partition
  /** d, the dimension of the representation. */
  readonly dimension: number
  /** [d, d] row-major. */
  readonly matrix: Float64Array
}

const LARGEST_DEGREE = 9

/** The irreducible representations of symmetric groups, constructed at first use. */
class Representations {
  readonly #cache = new Map<string, YoungRepresentation>()

  of(partition: Partition): YoungRepresentation {
    const key = partition.join()
    // Stryker disable next-line LogicalOperator: what is constructed again is the same
    const representation = this.#cache.get(key) ?? new YoungRepresentation(partition)
    this.#cache.set(key, representation)
    return representation
  }
}

/** n! as a number. */
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/**
 * The position in coset order of every permutation, for permutations in lexicographic order of their images.
 *
 * Write p = c_i q, where i = p(last), c_i = s_i s_{i+1} ... takes the last point to i, and q fixes the last point. Coset order sorts by i, then by the coset
 * order of q.
 */
function cosetPlaces(n: number): Int32Array {
  const places = new Int32Array(factorial(n))
  const images = Array.from({ length: n }, (_, i) => i)
  for (const rank of places.keys()) {
    let place = 0
    let rest = images
    for (let size = n; size > 1; size--) {
      const last = rest[size - 1]!
      place += last * factorial(size - 1)
      rest = rest.slice(0, -1).map((image) => (image > last ? image - 1 : image))
    }
    places[rank] = place
    nextInOrder(images)
  }
  return places
}

/** Advances a permutation to the next one in lexicographic order, in place. */
function nextInOrder(images: number[]): void {
  let i = images.length - 2
  while (i >= 0 && images[i]! > images[i + 1]!) i--
  if (i < 0) return
  let j = images.length - 1
  while (images[j]! < images[i]!) j--
  const pivot = images[i]!
  images[i] = images[j]!
  images[j] = pivot
  images.push(...images.splice(i + 1).reverse())
}

/** Adds a square block to a matrix, at row and column `start`. */
function addBlock(target: Float64Array, width: number, start: number, block: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) target[(start + i) * width + start + j]! += block[i * size + j]!
}

/** Fourier transform from the transforms of the cosets: f^(l) = sum_i rho_l(c_i) (direct sum of f_i^(m) over the branches m of l), with f_i(q) = f(c_i q). */
function forward(n: number, values: Float64Array, young: Representations): Map<string, Float64Array> {
  if (n < 2) return new Map([[n === 0 ? '' : '1', values]])
  const size = values.length / n
  const parts = Array.from({ length: n }, (_, i) => forward(n - 1, values.subarray(i * size, (i + 1) * size), young))
  return new Map(
    partitions(n).map((partition) => {
      const representation = young.of(partition)
      const d = representation.dimension
      const sum = new Float64Array(d * d)
      parts.forEach((part, i) => {
        const term = new Float64Array(d * d)
        for (const branch of representation.branches)
          addBlock(term, d, branch.start, part.get(branch.partition.join())!, young.of(branch.partition).dimension)
        for (let k = n - 2; k >= i; k--) representation.applyAdjacent(k, term)
        term.forEach((value, k) => {
          sum[k]! += value
        })
      })
      return [partition.join(), sum]
    }),
  )
}

/** The transforms of the cosets: f_i^(m) = (1/n) sum of (d_l / d_m) times block m of rho_l(c_i)^-1 f^(l), over the partitions l that have m as a branch. */
function backward(n: number, blocks: ReadonlyMap<string, Float64Array>, young: Representations, values: Float64Array): void {
  if (n < 2) {
    values[0] = [...blocks.values()][0]![0]!
    return
  }
  const size = values.length / n
  // Stryker disable next-line EqualityOperator: behind the last coset there are no values to write
  for (let i = 0; i < n; i++) {
    const smaller = new Map(partitions(n - 1).map((partition) => [partition.join(), new Float64Array(young.of(partition).dimension ** 2)]))
    for (const partition of partitions(n)) {
      const representation = young.of(partition)
      const d = representation.dimension
      const term = blocks.get(partition.join())!.slice()
      for (let k = i; k < n - 1; k++) representation.applyAdjacent(k, term)
      for (const branch of representation.branches) {
        const target = smaller.get(branch.partition.join())!
        const width = young.of(branch.partition).dimension
        const weight = d / (n * width)
        // Stryker disable next-line EqualityOperator: what is written behind the end of an array is lost
        for (let a = 0; a < width; a++) {
          for (let b = 0; b < width; b++) target[a * width + b]! += weight * term[(branch.start + a) * d + branch.start + b]!
        }
      }
    }
    backward(n - 1, smaller, young, values.subarray(i * size, (i + 1) * size))
  }
}

/**
 * The Fourier transform of a function on the symmetric group: f^(l) = sum_p f(p) rho_l(p), for every irreducible representation rho_l.
 *
 * @param n - the number of points, at most 9.
 * @param values - f(p) for the n! permutations in lexicographic order of their images.
 * @returns one matrix per partition of n, in the order of partitions(n); rho_l is Young's orthogonal form.
 * @throws DomainError if there are not n! values.
 * @remarks Cost O(n^3 n!), by recursion over cosets of the smaller symmetric groups. Accuracy about 1e-13 relative to the largest value.
 * @see Clausen 1989, "Fast generalized Fourier transforms".
 */
export function symmetricFourier(n: number, values: ArrayLike<number>): SymmetricFourierBlock[] {
  requireInteger('symmetricFourier', 'n', n, 0, LARGEST_DEGREE)
  if (values.length !== factorial(n))
    throw new DomainError('symmetricFourier', `${factorial(n)} values, one per permutation`, `${values.length}`)
  const inCosets = new Float64Array(values.length)
  cosetPlaces(n).forEach((place, rank) => {
    inCosets[place] = values[rank]!
  })
  const young = new Representations()
  const blocks = forward(n, inCosets, young)
  return partitions(n).map((partition) => ({ partition, dimension: young.of(partition).dimension, matrix: blocks.get(partition.join())! }))
}

/**
 * The inverse Fourier transform on the symmetric group: f(p) = (1/n!) sum_l d_l trace(rho_l(p)^-1 f^(l)).
 *
 * @returns f(p) for the n! permutations in lexicographic order of their images.
 */
export function inverseSymmetricFourier(n: number, blocks: readonly SymmetricFourierBlock[]): Float64Array {
  requireInteger('inverseSymmetricFourier', 'n', n, 0, LARGEST_DEGREE)
  const given = new Map(blocks.map(({ partition, matrix }) => [partition.join(), matrix]))
  const young = new Representations()
  for (const partition of partitions(n)) {
    const size = young.of(partition).dimension ** 2
    const received = given.get(partition.join())?.length
    if (received !== size)
      throw new DomainError('inverseSymmetricFourier', `${size} entries for [${partition.join(', ')}]`, `${received ?? 'none'}`)
  }
  const inCosets = new Float64Array(factorial(n))
  backward(n, given, young, inCosets)
  return Float64Array.from(cosetPlaces(n), (place) => inCosets[place]!)
}
