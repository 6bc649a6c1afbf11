import { PermutationGroup } from '../group/permutation-group.ts'
import type { MatrixGroup } from '../matrix/matrix-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { orbitLabels } from '../sharing/scheme.ts'
import { Constraints } from './constraints.ts'
import { exactCount } from './exact-count.ts'
import type { Factor } from './factor.ts'
import { illConditioned, solutionsOf } from './krylov.ts'

/** An orthonormal basis of the invariant tensors in a tensor product of factors. */
export interface Invariants {
  /** How many independent ones there are. */
  readonly count: number
  /** The number of entries of a tensor. */
  readonly size: number
  /** The orbit of each entry, if the group permutes the entries. Vector k is then 1 / sqrt(size of orbit k) on that orbit, and 0 elsewhere. */
  readonly orbits: { readonly labels: Int32Array; readonly sizes: Int32Array } | undefined
  /**
   * What shows that there are no more: counted orbits; elimination in exact integers, which is tried for up to 256 entries with generators of quarters of whole
   * numbers; or else the iteration, in which two random tensors in a row had nothing new.
   */
  evidence(): 'orbits' | 'exact' | 'iteration'
  /** The vectors, [count, size], row-major. */
  vectors(): Float64Array
}

/** What is known of a group: numbers of its factors, and invariants by the numbers of theirs. */
interface Known {
  readonly numbers: Map<Factor, number>
  readonly invariants: Map<string, Invariants>
}

const known = new WeakMap<MatrixGroup, Known>()

/** The most that a basis may take by default, in bytes. */
export const MOST_BYTES: number = 2 ** 30

/** Up to so many unknowns, each count is compared with that of exact integers, which takes about 10 ms. */
const ALWAYS_EXACT = 64
/** So are counts from equations with larger rounding errors: matrices far from orthogonal. */
const LARGE_NOISE = 1e-12

/** @throws RangeError if a basis would take more than so many bytes. */
export function requireBytes(where: string, what: string, bytes: number, most: number): void {
  if (bytes <= most) return
  throw new RangeError(
    `${where}: expected a basis of at most ${most} bytes, received ${what}, which takes ${bytes} bytes. Use smaller tensor powers, or raise maximumBytes.`,
  )
}

/**
 * The invariants in the tensor product of factors. They are kept with the group and found once for each set of factors, whatever their order.
 *
 * @throws RangeError before memory is allocated, if the basis needs more than `maximumBytes`.
 */
export function invariantsOf(where: string, group: MatrixGroup, factors: readonly Factor[], maximumBytes: number): Invariants {
  const { numbers, invariants } = known.get(group) ?? { numbers: new Map(), invariants: new Map() }
  known.set(group, { numbers, invariants })
  const numberOf = (factor: Factor): number => {
    const number = numbers.get(factor) ?? numbers.size
    numbers.set(factor, number)
    return number
  }
  const key = factors.map(numberOf).join()
  const direct = invariants.get(key)
  if (direct !== undefined) return direct
  const size = factors.reduce((product, { dimension }) => product * dimension, 1)
  const isPermuted = factors.every(({ permutations }) => permutations !== undefined)
  const needed = isPermuted
    ? 4 * size * (2 + (factors[0]?.generators.length ?? 0))
    : 8 * size * (10 + 2 * ((factors[0]?.generators.length ?? 0) + group.lieAlgebra.length))
  requireBytes(where, `maps with ${size} entries`, needed, maximumBytes)
  const order = factors.map((_, axis) => axis).sort((a, b) => numberOf(factors[a]!) - numberOf(factors[b]!) || a - b)
  const isSorted = order.every((axis, k) => axis === k)
  const found = isPermuted
    ? orbitInvariants(group, factors, size)
    : isSorted
      ? iteratedInvariants(where, factors, maximumBytes)
      : reordered(
          invariantsOf(
            where,
            group,
            order.map((axis) => factors[axis]!),
            maximumBytes,
          ),
          factors,
          order,
        )
  invariants.set(key, found)
  return found
}

/** The images of the points of a product of sets under one generator, which acts on each. The last set varies fastest. */
function productImages(images: readonly Uint32Array[]): Uint32Array {
  let result: Uint32Array = Uint32Array.of(0)
  for (const each of images) {
    const n = each.length
    const next = new Uint32Array(result.length * n)
    result.forEach((image, head) => {
      for (let k = 0; k < n; k++) next[head * n + k] = image * n + each[k]!
    })
    result = next
  }
  return result
}

function orbitInvariants(group: MatrixGroup, factors: readonly Factor[], size: number): Invariants {
  const generators = (factors[0]?.generators ?? []).map((_, k) =>
    Permutation.fromUncheckedImages(productImages(factors.map(({ permutations }) => permutations![k]!))),
  )
  const permutations = group.permutations ?? new PermutationGroup(size, generators)
  const { labels, count, sizes } = orbitLabels({ group: permutations, degree: size, generators })
  const vectors = (): Float64Array => {
    const result = new Float64Array(count * size)
    labels.forEach((label, at) => {
      result[label * size + at] = 1 / Math.sqrt(sizes[label]!)
    })
    return result
  }
  return { count, size, orbits: { labels, sizes }, evidence: () => 'orbits', vectors }
}

function iteratedInvariants(where: string, factors: readonly Factor[], maximumBytes: number): Invariants {
  const constraints = new Constraints(factors)
  const { size } = constraints
  const mayHold = (count: number): void => requireBytes(where, `${count} or more maps with ${size} entries`, 8 * count * size, maximumBytes)
  const found = solutionsOf(where, constraints, mayHold)
  const exact = size <= ALWAYS_EXACT || constraints.noise > LARGE_NOISE ? exactCount(constraints) : undefined
  if (exact !== undefined && exact !== found.length)
    throw illConditioned(where, `${found.length} solutions, where exact integers say ${exact}`)
  const evidence = (): 'exact' | 'iteration' => ((exact ?? exactCount(constraints)) === found.length ? 'exact' : 'iteration')
  const joined = new Float64Array(found.length * size)
  found.forEach((vector, k) => {
    joined.set(vector, k * size)
  })
  return { count: found.length, size, orbits: undefined, evidence, vectors: () => joined }
}

/** Invariants of the factors in another order: axis k of what is known is axis order[k] of what is asked for. */
function reordered(sorted: Invariants, factors: readonly Factor[], order: readonly number[]): Invariants {
  const { count, size, evidence } = sorted
  const vectors = (): Float64Array => {
    const from = sorted.vectors()
    const strides = new Array<number>(factors.length)
    let stride = 1
    for (let k = order.length - 1; k >= 0; k--) {
      strides[order[k]!] = stride
      stride *= factors[order[k]!]!.dimension
    }
    const places = new Int32Array(size)
    for (let at = 0; at < size; at++) {
      let rest = at
      let place = 0
      for (let axis = factors.length - 1; axis >= 0; axis--) {
        const n = factors[axis]!.dimension
        place += (rest % n) * strides[axis]!
        rest = Math.floor(rest / n)
      }
      places[at] = place
    }
    const result = new Float64Array(count * size)
    for (let k = 0; k < count; k++) for (let at = 0; at < size; at++) result[k * size + at] = from[k * size + places[at]!]!
    return result
  }
  return { count, size, orbits: undefined, evidence, vectors }
}
