import { Permutation, PermutationGroup, type RandomSource, seededRandom } from '@equivar/groups'

/** Whether mutants of the sources are tried: every line is counted then, and takes a hundred times as long. */
export const triesMutants: boolean = process.env.EQUIVAR_MUTATED !== undefined

/** How often something random is tried; a tenth of that where mutants are tried. */
export const trials = (count: number): number => (triesMutants ? Math.ceil(count / 10) : count)

/** A uniformly random permutation, by Fisher-Yates shuffle. */
export function randomPermutation(n: number, random: RandomSource): Permutation {
  const images = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const image = images[i]!
    images[i] = images[j]!
    images[j] = image
  }
  return Permutation.fromImages(images)
}

/** A permutation that moves few points. Such permutations also generate groups smaller than the symmetric group. */
function sparsePermutation(n: number, random: RandomSource): Permutation {
  const order = randomPermutation(n, random).images
  const cycles: number[][] = []
  let at = 0
  while (at < n && random() < 0.7) {
    const length = 2 + Math.floor(random() * 3)
    if (at + length > n) break
    cycles.push([...order.slice(at, at + length)])
    at += length
  }
  return Permutation.fromCycles(n, cycles)
}

/** A random group of degree at most `maximumDegree` with at most three generators. */
export function randomGroup(seed: number, maximumDegree: number): PermutationGroup {
  const random = seededRandom(seed)
  const n = 1 + Math.floor(random() * maximumDegree)
  const generators = Array.from({ length: Math.floor(random() * 4) }, () => sparsePermutation(n, random))
  return new PermutationGroup(n, generators)
}

/** All elements of a group, by closing the generators under products: slow and obvious. */
export function bruteForceElements(group: PermutationGroup): Permutation[] {
  const identity = Permutation.identity(group.degree)
  const found = new Map([[identity.images.join(), identity]])
  for (const element of found.values()) {
    for (const generator of group.generators) {
      const product = generator.compose(element)
      found.set(product.images.join(), product)
    }
  }
  return [...found.values()]
}
