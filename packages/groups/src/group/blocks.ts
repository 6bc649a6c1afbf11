import { DomainError } from '../errors.ts'
import { identityImages } from '../permutation/images.ts'

/** A union-find structure on points. The name of a set is its smallest point. */
class Partition {
  readonly parent: Uint32Array

  constructor(parent: Uint32Array) {
    this.parent = parent
  }

  static ofPoints(degree: number): Partition {
    return new Partition(identityImages(degree))
  }

  find(point: number): number {
    const { parent } = this
    let at = point
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }

  /** Merges the sets of two points. Returns the name that disappears, or -1 if the points were already in one set. */
  unite(a: number, b: number): number {
    const rootA = this.find(a)
    const rootB = this.find(b)
    if (rootA === rootB) return -1
    const lost = Math.max(rootA, rootB)
    this.parent[lost] = Math.min(rootA, rootB)
    return lost
  }

  /** For every point, the name of its set. */
  names(): Uint32Array {
    return this.parent.map((_, point) => this.find(point))
  }
}

/** The finest invariant partition in which both points of each given pair lie in the same block. */
function closure(degree: number, generators: readonly Uint32Array[], pairs: Iterable<readonly [number, number]>): Uint32Array {
  const partition = Partition.ofPoints(degree)
  const lost: number[] = []
  for (const [a, b] of pairs) {
    const name = partition.unite(a, b)
    if (name >= 0) lost.push(name)
  }
  for (const point of lost) {
    for (const images of generators) {
      const name = partition.unite(images[point]!, images[partition.find(point)]!)
      if (name >= 0) lost.push(name)
    }
  }
  return partition.names()
}

const isTrivial = (names: Uint32Array): boolean => names.every((name) => name === 0)

/** A nontrivial block system of a transitive group; undefined if the group is primitive. */
export function someBlocks(degree: number, generators: readonly Uint32Array[]): Uint32Array | undefined {
  for (let point = 1; point < degree; point++) {
    const names = closure(degree, generators, [[0, point]])
    if (!isTrivial(names)) return names
  }
  return undefined
}

/**
 * The minimal nontrivial block systems: those whose only proper refinement is the partition into singletons. Each is given as the block name of every point.
 *
 * @param generators - of a transitive group.
 * @remarks Cost almost O(degree^2 x generators).
 * @see Atkinson 1975, "An algorithm for finding the blocks of a permutation group".
 */
export function minimalBlocks(degree: number, generators: readonly Uint32Array[]): Uint32Array[] {
  const found = new Map<string, Uint32Array>()
  for (let point = 1; point < degree; point++) {
    const names = closure(degree, generators, [[0, point]])
    if (!isTrivial(names)) found.set(names.join(), names)
  }
  const systems = [...found.values()]
  const blockOfZero = systems.map((names) => [...names.keys()].filter((point) => names[point] === 0))
  const isFiner = (block: number[], i: number): boolean =>
    block.length < blockOfZero[i]!.length && block.every((point) => systems[i]![point] === 0)
  return systems.filter((_, i) => !blockOfZero.some((block) => isFiner(block, i)))
}

const pairsOf = (names: Uint32Array): [number, number][] => Array.from(names, (name, point) => [name, point])

/**
 * All nontrivial block systems. Each is a join of minimal ones.
 *
 * @throws DomainError if there are more than `limit`.
 */
export function allBlocks(degree: number, generators: readonly Uint32Array[], limit: number): Uint32Array[] {
  const found = new Map<string, Uint32Array>()
  const seeds: Uint32Array[] = []
  const keep = (names: Uint32Array): boolean => {
    const key = names.join()
    if (isTrivial(names) || found.has(key)) return false
    if (found.size >= limit)
      throw new DomainError('PermutationGroup.blockSystems', `at most ${limit} block systems`, 'more', 'Use minimalBlockSystems().')
    found.set(key, names)
    return true
  }
  for (let point = 1; point < degree; point++) {
    const names = closure(degree, generators, [[0, point]])
    if (keep(names)) seeds.push(names)
  }
  const queue = [...seeds]
  for (const names of queue) {
    for (const seed of seeds) {
      const joined = closure(degree, generators, [...pairsOf(names), ...pairsOf(seed)])
      if (keep(joined)) queue.push(joined)
    }
  }
  return queue
}

/** The blocks as lists of points, each sorted, in the order of their smallest points. */
export function blocksOf(names: Uint32Array): number[][] {
  const blocks = new Map<number, number[]>()
  names.forEach((name, point) => {
    const block = blocks.get(name)
    if (block === undefined) blocks.set(name, [point])
    else block.push(point)
  })
  return [...blocks.values()]
}
