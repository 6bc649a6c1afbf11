import { DomainError, type MatrixGroup, type Representation, representation } from '@equivar/groups'

/** n choose k. */
function choose(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return Math.round(result)
}

/** The highest rank r with (r + 1) d^r <= channels, but at most `most`. */
function rankThatFits(channels: number, d: number, most: number): number {
  let rank = 0
  while (rank < Math.min(32, most) && (rank + 2) * d ** (rank + 1) <= channels) rank++
  return rank
}

/**
 * A representation of so many channels with tensors of all ranks that fit: as many channels for each rank.
 *
 * Tensors of rank r are divided among T(p, r - p) in proportion to r choose p; what does not divide goes to the middle first. For an orthogonal group all of
 * one rank are one kind.
 *
 * @param channels - the dimension of the result.
 * @param highestRank - tensors of higher rank are left out. Scalars and vectors alone are cheaper, and enough for functions of inner products.
 * @throws DomainError if `channels` is not an integer of at least 1, or `highestRank` not one of at least 0.
 * @see Finzi, Welling, Wilson 2021, appendix; there, what does not divide is drawn at random.
 */
export function uniformRepresentation(group: MatrixGroup, channels: number, highestRank = 32): Representation {
  if (!Number.isInteger(channels) || channels < 1)
    throw new DomainError('uniformRepresentation', 'a number of channels of at least 1', `${channels}`)
  if (!Number.isInteger(highestRank) || highestRank < 0)
    throw new DomainError('uniformRepresentation', 'a rank of at least 0', `${highestRank}`)
  const v = representation(group)
  const d = group.dimension
  const counts: number[] = []
  for (let rest = channels; rest > 0; ) {
    const rank = rankThatFits(rest, d, highestRank)
    for (let r = 0; r <= rank; r++) counts[r] = (counts[r] ?? 0) + d ** (rank - r)
    rest -= (rank + 1) * d ** rank
  }
  const summands = counts.flatMap((count, rank) => {
    const shares = Array.from({ length: rank + 1 }, (_, p) => Math.floor(count / 2 ** rank) * choose(rank, p))
    const left = count % 2 ** rank
    const middleFirst = shares.map((_, p) => p).sort((a, b) => Math.abs(2 * a - rank) - Math.abs(2 * b - rank))
    for (let k = 0; k < left; k++) {
      const p = middleFirst[k % shares.length] as number
      shares[p] = (shares[p] as number) + 1
    }
    return shares.flatMap((copies, p) => (copies === 0 ? [] : [v.power(rank - p, p).copies(copies)]))
  })
  const [first, ...others] = summands
  return (first as Representation).plus(...others)
}
