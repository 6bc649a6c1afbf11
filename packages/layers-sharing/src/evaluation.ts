import { add, concat, constant, type Dimension, gather, matMul, mul, product, reshape, slice, type Tensor } from '@equivar/tensor'

/**
 * An exact way to compute y_o = sum over i of W_label(o, i) x_i.
 *
 * `apply` takes x [batch, columns, in] and weight [count, in, out] to [batch, rows, out].
 */
export interface Evaluation {
  readonly name: string
  /** The structure that it exploits, in words. */
  readonly reason: string
  /** The estimated cost of one example, in multiplications of a matrix product. */
  cost(workload: Workload): number
  apply(x: Tensor, weight: Tensor): Tensor
  /** Whether it looks at labels when it is applied, after those of a submatrix got their numbers. */
  readonly readsAllLabels: boolean
  /** The same map as a sum of a few operations that treat all channels alike, if it has this form. */
  readonly operations?: readonly Operation[]
}

/** The quantities that a cost depends on. */
export interface Workload {
  readonly inChannels: number
  readonly outChannels: number
  /** The batch size. The work done once per call, such as gathering a dense weight, is shared by the examples. */
  readonly examples: number
}

/**
 * The map `expand(reduce(x) V)`, where `reduce` and `expand` treat all channels alike, and V is the combination of the weights given by `coefficients`.
 *
 * `reduce` takes [batch, columns, c] to [batch, size, c], `expand` takes [batch, size, c] to [batch, rows, c].
 */
export interface Operation {
  /** Operations with the same key have the same `reduce`, which is then computed once. */
  readonly reduceKey: string
  /** Operations with the same key have the same `expand`, which is then computed once. */
  readonly expandKey: string
  readonly size: number
  /** The number of elements that reduce and expand read and write, per channel. */
  readonly moved: number
  reduce(x: Tensor): Tensor
  expand(z: Tensor): Tensor
  readonly coefficients: ReadonlyMap<number, number>
}

/** The cost of moving one element, in multiplications of a matrix product. (Measured on a CPU: about 1.5 moves and 100 multiplications per nanosecond.) */
export const MOVE = 60
/** The cost per example of computing some elements once per call. */
export const perCall = (elements: number, examples: number): number => (elements * MOVE) / examples

/** The overhead of one matrix product and the operators around it, in multiplications (about 4 microseconds). */
const START = 400_000
/** The overhead of some matrix products, per example. */
export const starting = (products: number, examples: number): number => (products * START) / examples

/** A constant int64 tensor. */
export function indices(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor {
  return constant(Float64Array.from(values), shape, 'int64')
}

/** Combinations with at most this many terms per row are computed as sums of gathers, others as a matrix product. */
const MOST_TERMS = 4

/**
 * Linear combinations of weights: row r of the result is the sum of coefficient x weight[label] over the entries (label, coefficient) of rows[r].
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

/** The cost of operations: a product for each, and its memory traffic. */
export function operationsCost(operations: readonly Operation[], { inChannels, outChannels, examples }: Workload): number {
  const each = inChannels * outChannels
  return operations.reduce(
    (sum, { size, moved, coefficients }) =>
      sum + size * each + moved * Math.max(inChannels, outChannels) * MOVE + perCall(coefficients.size * each, examples),
    starting(operations.length, examples),
  )
}

/** Groups values by key, in the order in which the keys first occur. */
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

/** Computes the sum of operations. Those with the same `expand` share one product, with their inputs concatenated. */
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
export function ofOperations(name: string, reason: string, operations: readonly Operation[]): Evaluation {
  return {
    name,
    reason,
    readsAllLabels: false,
    operations,
    cost: (workload) => operationsCost(operations, workload),
    apply: (x, weight) => applyOperations(operations, x, weight),
  }
}

/** Reshapes [batch, a b, c] to [batch, a, b c], so that a map on axis 1 acts on the first of two factors. */
export function firstOfTwo(x: Tensor, a: number, b: number): Tensor {
  return reshape(x, [x.shape[0] as Dimension, a, product([b, x.shape[2] as Dimension])])
}

/** The rows start to start + count - 1 of axis 1. */
export function rowsOf(x: Tensor, start: number, count: number): Tensor {
  return slice(x, { axis: 1, start, end: start + count })
}

/** A workload with `factor` times as many examples. */
export const withMoreExamples = (workload: Workload, factor: number): Workload => ({ ...workload, examples: workload.examples * factor })

/** The cheapest of some evaluations. */
export function cheapest(candidates: readonly (Evaluation | undefined)[], workload: Workload): Evaluation | undefined {
  const fitting = candidates.filter((candidate) => candidate !== undefined)
  return fitting.reduce<Evaluation | undefined>(
    (best, one) => (best === undefined || one.cost(workload) < best.cost(workload) ? one : best),
    undefined,
  )
}
