import { PermutationGroup } from '../group/permutation-group.ts'
import type { MatrixGroup } from '../matrix/matrix-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { orbitLabels } from '../sharing/scheme.ts'
import type { Factor } from './factor.ts'
import type { Invariants } from './invariants.ts'
import { requireBytes } from './required-bytes.ts'
import { solvedInvariants } from './solved-invariants.ts'

/** What is known of a group: numbers of its factors, and invariants by the numbers of theirs. */
interface Known {
  readonly numbers: Map<Factor, number>
  readonly invariants: Map<string, Invariants>
}

const known = new WeakMap<MatrixGroup, Known>()

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
      ? solvedInvariants(where, group, factors, maximumBytes)
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
  const onOrbits = (value: (length: number) => number): Float64Array => {
    const result = new Float64Array(count * size)
    labels.forEach((label, at) => {
      result[label * size + at] = value(sizes[label]!)
    })
    return result
  }
  return {
    count,
    size,
    orbits: { labels, sizes },
    evidence: () => 'orbits',
    wholeNumbers: () => onOrbits(() => 1),
    vectors: () => onOrbits((length) => 1 / Math.sqrt(length)),
  }
}

/** Invariants of the factors in another order: axis k of what is known is axis order[k] of what is asked for. */
function reordered(sorted: Invariants, factors: readonly Factor[], order: readonly number[]): Invariants {
  const { count, size, evidence } = sorted
  const moved = (from: Float64Array): Float64Array => {
    const places = placesOf(factors, order, size)
    const result = new Float64Array(count * size)
    for (let k = 0; k < count; k++) for (let at = 0; at < size; at++) result[k * size + at] = from[k * size + places[at]!]!
    return result
  }
  const wholeNumbers = (): Float64Array | undefined => {
    const whole = sorted.wholeNumbers()
    return whole === undefined ? undefined : moved(whole)
  }
  return { count, size, orbits: undefined, evidence, wholeNumbers, vectors: () => moved(sorted.vectors()) }
}

/** Where each entry of a tensor is if axis k is axis order[k] of it. */
function placesOf(factors: readonly Factor[], order: readonly number[], size: number): Int32Array {
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
  return places
}
