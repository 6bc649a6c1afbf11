import { add, concat, constant, type Dimension, gather, matMul, mul, product, reshape, slice, type Tensor } from '@equivar/tensor'

/**
 * One way to compute y_o = sum over i of W_label(o, i) x_i, exactly.
 *
 * `apply` takes x [batch, columns, in] and weight [count, in, out] to [batch, rows, out].
 */
export interface Evaluation {
  readonly name: string
  /** Why it fits, in words. */
  readonly why: string
  /** Estimated cost of one example, in multiplications of a matrix product. */
  cost(workload: Workload): number
  apply(x: Tensor, weight: Tensor): Tensor
  /** The same as a sum of few operations that do not look at channels, where it has that form. */
  readonly operations?: readonly Operation[]
}

/** What a cost depends on. */
export interface Workload {
  readonly inChannels: number
  readonly outChannels: number
  /** Examples that are computed together: they share what is done once a call, such as gathering a dense weight. */
  readonly examples: number
}

/**
 * A linear map that is the same for every channel: `expand(reduce(x) V)`, with V the combination of the weights that `coefficients` says.
 *
 * `reduce` takes [batch, columns, c] to [batch, size, c], `expand` takes [batch, size, c] to [batch, rows, c].
 */
export interface Operation {
  /** Operations of one key have the same `reduce` (or `expand`), which is then done once. */
  readonly reduceKey: string
  readonly expandKey: string
  readonly size: number
  /** Elements that reduce and expand read and write for a channel. */
  readonly moved: number
  reduce(x: Tensor): Tensor
  expand(z: Tensor): Tensor
  readonly coefficients: ReadonlyMap<number, number>
}

/** Moving one element costs as much as so many multiplications in a matrix product (measured on a cpu: about 1.5 against 100 a nanosecond). */
export const MOVE = 60
/** Cost of making something once a call, for one example. */
export const perCall = (elements: number, examples: number): number => (elements * MOVE) / examples

/** Starting one product, with what leads to it and from it, costs as much as so many multiplications (about 4 microseconds). */
const START = 400_000
/** Cost of starting products, for one example. */
export const starting = (products: number, examples: number): number => (products * START) / examples

/** A vector of int64. */
export function indices(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor {
  return constant(Float64Array.from(values), shape, 'int64')
}

/** Up to this many terms a row, combinations are sums of gathers; beyond, a matrix product. */
const MOST_TERMS = 4

/**
 * Combinations of weights: row r is the sum over its entries (label, coefficient).
 *
 * @param weight - [count, in, out].
 * @returns [rows, in, out].
 */
export function combine(weight: Tensor, rows: readonly ReadonlyMap<number, number>[]): Tensor {
  const [count, inputs, outputs] = weight.shape as [number, number, number]
  const terms = Math.max(0, ...rows.map(({ size }) => size))
  if (terms > MOST_TERMS) {
    const matrix = new Float64Array(rows.length * count)
    rows.forEach((row, r) => {
      for (const [label, coefficient] of row) matrix[r * count + label] = coefficient
    })
    const flat = matMul(constant(matrix, [rows.length, count], 'float32'), reshape(weight, [count, inputs * outputs]))
    return reshape(flat, [rows.length, inputs, outputs])
  }
  const entries = rows.map((row) => [...row])
  const term = (t: number): Tensor => {
    const labels = entries.map((row) => row[t]?.[0] ?? 0)
    const factors = entries.map((row) => row[t]?.[1] ?? 0)
    const inOrder = labels.length === count && labels.every((label, i) => label === i)
    const picked = inOrder ? weight : gather(weight, indices(labels))
    return factors.every((factor) => factor === 1)
      ? picked
      : mul(picked, constant(Float64Array.from(factors), [rows.length, 1, 1], 'float32'))
  }
  return Array.from({ length: Math.max(1, terms) }, (_, t) => term(t)).reduce((a, b) => add(a, b))
}

/** Cost of operations: each a product, and what it moves. */
export function operationsCost(operations: readonly Operation[], { inChannels, outChannels, examples }: Workload): number {
  const each = inChannels * outChannels
  return operations.reduce(
    (sum, { size, moved, coefficients }) =>
      sum + size * each + moved * Math.max(inChannels, outChannels) * MOVE + perCall(coefficients.size * each, examples),
    starting(operations.length, examples),
  )
}

/** Values by key, in the order of the first of each. */
export function grouped<K, V>(values: Iterable<V>, keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}

/** Sums operations: those of one `expand` share one product, over their inputs side by side. */
function applyOperations(operations: readonly Operation[], x: Tensor, weight: Tensor): Tensor {
  const reduced = new Map<string, Tensor>()
  const reduce = (operation: Operation): Tensor => {
    const known = reduced.get(operation.reduceKey) ?? operation.reduce(x)
    reduced.set(operation.reduceKey, known)
    return known
  }
  const [, inputs, outputs] = weight.shape as [number, number, number]
  const groups = grouped(operations, ({ expandKey }) => expandKey)
  const parts = [...groups.values()].map((group) => {
    const matrix = reshape(
      combine(
        weight,
        group.map(({ coefficients }) => coefficients),
      ),
      [group.length * inputs, outputs],
    )
    const side = group.map(reduce)
    return (group[0] as Operation).expand(matMul(side.length === 1 ? (side[0] as Tensor) : concat(side, 2), matrix))
  })
  return parts.reduce((a, b) => add(a, b))
}

/** An evaluation that is a sum of operations. */
export function ofOperations(name: string, why: string, operations: readonly Operation[]): Evaluation {
  return {
    name,
    why,
    operations,
    cost: (workload) => operationsCost(operations, workload),
    apply: (x, weight) => applyOperations(operations, x, weight),
  }
}

/** Splits axis 1 of [batch, a b, c] in two, and folds it for work on the first: [batch, a, b c]. */
export function firstOfTwo(x: Tensor, a: number, b: number): Tensor {
  return reshape(x, [x.shape[0] as Dimension, a, product([b, x.shape[2] as Dimension])])
}

/** Rows from start on. */
export function rowsOf(x: Tensor, start: number, count: number): Tensor {
  return slice(x, { axis: 1, start, end: start + count })
}

/** So many times as many examples. */
export const together = (workload: Workload, times_: number): Workload => ({ ...workload, examples: workload.examples * times_ })

/** The cheapest of some evaluations. */
export function cheapest(candidates: readonly (Evaluation | undefined)[], workload: Workload): Evaluation | undefined {
  const there = candidates.filter((candidate) => candidate !== undefined)
  return there.reduce<Evaluation | undefined>(
    (best, one) => (best === undefined || one.cost(workload) < best.cost(workload) ? one : best),
    undefined,
  )
}
