import { add, type Dimension, reshape, type Tensor, times, transpose } from '@equivar/tensor'
import { type Part, part } from './blocks.ts'
import type { Labels } from './dense.ts'
import { cheapest, combine, type Evaluation, firstOfTwo, MOVE, type Operation, type Workload, withMoreExamples } from './evaluation.ts'

/** A factorization of labels: the label of a pair is determined by that of the quotients of row and column by the size of b, and that of the remainders. */
interface Factors {
  readonly a: Part
  readonly b: Part
  /** The label of the product, from the label in a and the label in b. */
  of(a: number, b: number): number
}

/** Evaluates the operations of the first factor, each followed by an evaluation of the second factor. */
function product({ a, b, of }: Factors, operations: readonly Operation[], second: Evaluation, name: string): Evaluation {
  const weightsOf = ({ coefficients }: Operation): ReadonlyMap<number, number>[] =>
    b.whole.map((_, label) => new Map([...coefficients].map(([first, factor]) => [of(first, label), factor])))
  return {
    name: `product (${name} x ${second.name})`,
    reason: `two factors act independently: ${operations.length} operations on the first, then for the second: ${second.reason}`,
    readsAllLabels: second.readsAllLabels,
    ...(second.operations === undefined ? {} : { operations: productOperations({ a, b, of }, operations, second.operations) }),
    cost: (w) =>
      operations.reduce(
        (sum, { size, moved }) =>
          sum + size * second.cost(withMoreExamples(w, size)) + moved * (b.columns * w.inChannels + b.rows * w.outChannels) * (MOVE / 2),
        0,
      ),
    apply: (x, weight) => {
      const [batch, , inputs] = x.shape as [Dimension, Dimension, number]
      const outputs = weight.shape[2] as number
      if (second.readsAllLabels) b.numberAll()
      const parts = operations.map((operation) => {
        const z = reshape(operation.reduce(firstOfTwo(x, a.columns, b.columns)), [times(batch, operation.size), b.columns, inputs])
        const y = second.apply(z, combine(weight, weightsOf(operation)))
        return operation.expand(reshape(y, [batch, operation.size, b.rows * outputs]))
      })
      return reshape(
        parts.reduce((p, q) => add(p, q)),
        [batch, a.rows * b.rows, outputs],
      )
    },
  }
}

/** The compositions of an operation of the first factor and one of the second. */
function productOperations({ a, b, of }: Factors, first: readonly Operation[], second: readonly Operation[]): Operation[] {
  return first.flatMap((f) =>
    second.map((g) => {
      const coefficients = new Map<number, number>()
      for (const [p, x] of f.coefficients) for (const [q, y] of g.coefficients) coefficients.set(of(p, q), x * y)
      const inside = (z: Tensor, count: number, columns: number): Tensor =>
        reshape(z, [times(z.shape[0] as Dimension, count), columns, z.shape[2] as Dimension])
      return {
        reduceKey: `${f.reduceKey} x ${g.reduceKey}`,
        expandKey: `${f.expandKey} x ${g.expandKey}`,
        size: f.size * g.size,
        moved: f.moved * b.columns + f.size * g.moved,
        coefficients,
        reduce: (x: Tensor): Tensor => {
          const c = x.shape[2] as Dimension
          const z = f.reduce(firstOfTwo(x, a.columns, b.columns))
          const y = g.reduce(inside(reshape(z, [x.shape[0] as Dimension, f.size * b.columns, c]), f.size, b.columns))
          return reshape(y, [x.shape[0] as Dimension, f.size * g.size, c])
        },
        expand: (z: Tensor): Tensor => {
          const c = z.shape[2] as Dimension
          const y = g.expand(inside(z, f.size, g.size))
          const w = f.expand(reshape(y, [z.shape[0] as Dimension, f.size, times(c, b.rows)]))
          return reshape(w, [z.shape[0] as Dimension, a.rows * b.rows, c])
        },
      }
    }),
  )
}

/** Wraps an evaluation of the factors in the opposite order between two transposes. */
function swapped(evaluation: Evaluation, { a, b }: Factors): Evaluation {
  const exchange = (x: Tensor, p: number, q: number): Tensor => {
    const [batch, , c] = x.shape as [Dimension, Dimension, Dimension]
    return reshape(transpose(reshape(x, [batch, p, q, c]), [0, 2, 1, 3]), [batch, p * q, c])
  }
  return {
    name: evaluation.name,
    reason: evaluation.reason,
    readsAllLabels: evaluation.readsAllLabels,
    cost: (w) => evaluation.cost(w) + (a.columns * b.columns * w.inChannels + a.rows * b.rows * w.outChannels) * MOVE,
    apply: (x, weight) => exchange(evaluation.apply(exchange(x, a.columns, b.columns), weight), b.rows, a.rows),
  }
}

/** The cheapest combination of an evaluation of each factor. One of the two must be a sum of operations. */
export function ofFactors(
  factors: Factors,
  firsts: readonly (Evaluation | undefined)[],
  seconds: readonly (Evaluation | undefined)[],
  workload: Workload,
): Evaluation | undefined {
  const { a, b, of } = factors
  const other: Factors = { a: b, b: a, of: (p, q) => of(q, p) }
  const pairs = firsts.flatMap((first) =>
    seconds.flatMap((second) => (first === undefined || second === undefined ? [] : [{ first, second }])),
  )
  const candidates = pairs.flatMap(({ first, second }) => [
    first.operations === undefined ? undefined : product(factors, first.operations, second, first.name),
    second.operations === undefined ? undefined : swapped(product(other, second.operations, first, second.name), factors),
  ])
  return cheapest(candidates, workload)
}

/** Searches a table for a factorization in which point i b + j is the pair (i, j), for some b. */
export function factorsOf(labels: Labels): Factors | undefined {
  const { rows: n, columns } = labels
  if (n !== columns) return undefined
  for (let b = 2; b < n; b++) {
    if (n % b !== 0) continue
    const found = factorsFor(labels, n / b, b)
    if (found !== undefined) return found
  }
  return undefined
}

function factorsFor(labels: Labels, a: number, b: number): Factors | undefined {
  const first = part(
    labels.label,
    (r) => r * b,
    (c) => c * b,
    a,
    a,
  )
  const second = part(
    labels.label,
    (r) => r,
    (c) => c,
    b,
    b,
  )
  const whole = new Map<string, number>()
  const taken = new Set<number>()
  for (let r = 0; r < a * b; r++) {
    for (let c = 0; c < a * b; c++) {
      const key = `${first.label(Math.floor(r / b), Math.floor(c / b))} ${second.label(r % b, c % b)}`
      const label = labels.label(r, c)
      const known = whole.get(key)
      if (known !== undefined && known !== label) return undefined
      if (known === undefined) {
        if (taken.has(label)) return undefined
        taken.add(label)
        whole.set(key, label)
      }
    }
  }
  return { a: first, b: second, of: (p, q) => whole.get(`${p} ${q}`) as number }
}
