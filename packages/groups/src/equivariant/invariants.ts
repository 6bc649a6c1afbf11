/** An orthonormal basis of the invariant tensors in a tensor product of factors. */
export interface Invariants {
  /** How many independent ones there are. */
  readonly count: number
  /** The number of entries of a tensor. */
  readonly size: number
  /** The orbit of each entry, if the group permutes the entries. Vector k is then 1 / sqrt(size of orbit k) on that orbit, and 0 elsewhere. */
  readonly orbits: { readonly labels: Int32Array; readonly sizes: Int32Array } | undefined
  /**
   * What shows that there are no more. `orbits`: they were counted. `exact`: elimination in whole numbers proves that there are at most so many; it is tried for up to
   * 256 entries, if the matrices of the product have multiples of 1/4. `iteration`: two random tensors in a row had no part outside the basis longer than 1e-7,
   * which has probability below 1e-13 if one is missing that the iteration can tell from rounding errors.
   */
  evidence(): 'orbits' | 'exact' | 'iteration'
  /**
   * A basis in whole numbers, [count, size], not orthogonal; undefined where `evidence` is `iteration`, or numbers above 2^18 are needed. Each vector solves the
   * equations exactly, so that the count is proved from below, too.
   */
  wholeNumbers(): Float64Array | undefined
  /** The vectors, [count, size], row-major. */
  vectors(): Float64Array
}
