import type { ActionLike } from '../action/action.ts'
import { sameGroup } from '../action/constructors.ts'
import { DomainError } from '../errors.ts'
import { StabilizerChain } from '../group/stabilizer-chain.ts'
import { composeInto, identityImages } from '../permutation/images.ts'

/** The largest number of elements that is enumerated. */
const ELEMENT_LIMIT = 10_000_000n

/**
 * The number of orbits of a group on output x input pairs, by Burnside's lemma: (1 / |H|) sum_h fix_output(h) fix_input(h).
 *
 * Law: equals sharingScheme(output, input).count. This computation is independent of sharingScheme and enumerates all elements.
 *
 * @throws DomainError if the actions belong to different groups, or the group induces more than 10,000,000 distinct permutations.
 */
export function burnsideCount(output: ActionLike, input: ActionLike): bigint {
  if (!sameGroup(output.group, input.group)) {
    throw new DomainError(
      'burnsideCount',
      'two actions of one group',
      'actions of groups with different generators',
      'Make both from one PermutationGroup.',
    )
  }
  const rows = output.degree
  const joint = output.generators.map(({ images }, g) => {
    const table = new Uint32Array(rows + input.degree)
    table.set(images)
    input.generators[g]!.images.forEach((image, point) => {
      table[rows + point] = rows + image
    })
    return table
  })
  const chain = new StabilizerChain(rows + input.degree, joint)
  const order = chain.order()
  if (order > ELEMENT_LIMIT)
    throw new DomainError(
      'burnsideCount',
      `a group of at most ${ELEMENT_LIMIT} elements`,
      `one of order ${order}`,
      'Use sharingScheme(output, input).count, which does not enumerate the group.',
    )
  return sumOverElements(chain, (images) => fixedPairs(images, rows)) / order
}

function fixedPairs(images: Uint32Array, rows: number): number {
  let fixedRows = 0
  let fixedColumns = 0
  for (let i = 0; i < rows; i++) if (images[i] === i) fixedRows++
  for (let i = rows; i < images.length; i++) if (images[i] === i) fixedColumns++
  return fixedRows * fixedColumns
}

/** Sums an integer function over all elements, with one product of permutations per element. */
function sumOverElements(chain: StabilizerChain, value: (images: Uint32Array) => number): bigint {
  const { levels, degree } = chain
  const transversals = levels.map((level) => level.orbit.map((point) => level.representative(point)))
  const products = levels.map(() => new Uint32Array(degree))
  let sum = 0n
  const descend = (depth: number, prefix: Uint32Array): number => {
    if (depth === levels.length) return value(prefix)
    const product = products[depth]!
    let subtotal = 0
    for (const representative of transversals[depth]!) {
      composeInto(product, prefix, representative)
      subtotal += descend(depth + 1, product)
    }
    if (subtotal < 2 ** 45) return subtotal
    sum += BigInt(subtotal)
    return 0
  }
  const rest = descend(0, identityImages(degree))
  return sum + BigInt(rest)
}
