import {
  abs,
  add,
  cast,
  constant,
  type Dimension,
  div,
  equal,
  eyeLike,
  greater,
  less,
  matMul,
  mul,
  neg,
  range,
  reduceSum,
  reshape,
  slice,
  sqrt,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from '@equivar/tensor'

/** Added where 0 / 0 would be no number; far below what squares of float32 numbers of size 1 resolve. */
const TINY = 1e-30

/** Sweeps after which float32 numbers no longer change: convergence is quadratic. */
const sweepsOf = (n: number): number => (n < 3 ? 1 : 5 + Math.ceil(Math.log2(n / 3)))

/** Entry (i, j) of each matrix, [batch, 1, 1]. */
const entry = (matrices: Tensor, i: number, j: number): Tensor =>
  slice(matrices, { axis: 1, start: i, end: i + 1 }, { axis: 2, start: j, end: j + 1 })

/** A constant n x n matrix that is 0 but for some entries. */
function matrix(n: number, entries: readonly (readonly [i: number, j: number, value: number])[]): Tensor {
  const data = new Float64Array(n * n)
  for (const [i, j, value] of entries) data[i * n + j] = value
  return constant(data, [n, n])
}

/** The rotations, of the plane of coordinates p and q, that make entry (p, q) of J^T C J vanish: the smaller of the two angles. */
function jacobiRotation(c: Tensor, n: number, p: number, q: number): Tensor {
  const off = entry(c, p, q)
  const difference = sub(entry(c, q, q), entry(c, p, p))
  const twice = mul(off, 2)
  const root = sqrt(add(add(mul(difference, difference), mul(twice, twice)), TINY))
  const signed = where(less(difference, 0), neg(twice), twice)
  const tangent = div(signed, add(abs(difference), root))
  const cosine = div(1, sqrt(add(mul(tangent, tangent), 1)))
  const plane = matrix(n, [
    [p, p, 1],
    [q, q, 1],
  ])
  const turn = matrix(n, [
    [p, q, 1],
    [q, p, -1],
  ])
  return add(add(eyeLike(n), mul(sub(cosine, 1), plane)), mul(mul(tangent, cosine), turn))
}

/** Eigenvectors of symmetric matrices in the order of their eigenvalues. */
export interface Eigenvectors {
  /** [batch, n, n]: one in each column, the largest eigenvalue first. */
  readonly vectors: Tensor
  /** [batch, 1, 1]: their determinant, 1 or -1. */
  readonly determinant: Tensor
}

/** How many other numbers come before each, in falling order; of equal ones the first. [batch, n] to [batch, n]. */
function ranks(values: Tensor, n: number): Tensor {
  const [mine, theirs] = [unsqueeze(values, 2), unsqueeze(values, 1)]
  const earlier = matrix(
    n,
    Array.from({ length: n * n }, (_, at): [number, number, number] => [Math.floor(at / n), at % n, Number(at % n < Math.floor(at / n))]),
  )
  const before = add(cast(greater(theirs, mine), 'float32'), mul(cast(equal(theirs, mine), 'float32'), earlier))
  return reduceSum(before, { axis: 2 })
}

/** 1 or -1: the sign of the permutation that ranks are. [batch, n] to [batch, 1, 1]. */
function signOf(order: Tensor, n: number): Tensor {
  let sign: Tensor | undefined
  const one = (i: number): Tensor => slice(order, { axis: 1, start: i, end: i + 1 })
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const each = sub(1, mul(cast(greater(one(i), one(j)), 'float32'), 2))
      sign = sign === undefined ? each : mul(sign, each)
    }
  return unsqueeze(sign ?? add(mul(one(0), 0), 1), 2)
}

/**
 * Eigenvectors of symmetric matrices, by a fixed number of sweeps of Jacobi's rotations: standard operators only.
 *
 * @param c - float32 [batch, n, n], symmetric.
 * @remarks Orthonormal to 1e-6 in float32. Eigenvectors are good to 1e-7 times the largest eigenvalue over the distance of theirs to the next one; those of
 *   equal eigenvalues are some basis of their space. Cost: 5 sweeps of n (n - 1) / 2 rotations for n = 3, a few small products each.
 * @see Golub, Van Loan, "Matrix computations", section 8.5.
 */
export function eigenvectors(c: Tensor, n: number): Eigenvectors {
  const [batch] = c.shape as [Dimension]
  let [diagonal, vectors] = [c, add(mul(c, 0), eyeLike(n))]
  for (let sweep = 0; sweep < (n < 2 ? 0 : sweepsOf(n)); sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const j = jacobiRotation(diagonal, n, p, q)
        diagonal = matMul(matMul(transpose(j, [0, 2, 1]), diagonal), j)
        vectors = matMul(vectors, j)
      }
  const values = reshape(reduceSum(mul(diagonal, eyeLike(n)), { axis: 2 }), [batch, n])
  const order = ranks(values, n)
  const sorting = cast(equal(cast(unsqueeze(order, 2), 'int64'), range(n)), 'float32')
  return { vectors: matMul(vectors, sorting), determinant: signOf(order, n) }
}
