import { DomainError } from '../errors.ts'
import { PermutationGroup } from '../group/permutation-group.ts'
import { Permutation } from '../permutation/permutation.ts'
import { type Arc, mix, OrderedPartition } from './ordered-partition.ts'

/** A square matrix: entry [i][j] is the weight of the edge from i to j, or 0 if there is none. The diagonal entries are vertex colours. */
export type Adjacency = readonly ArrayLike<number>[]

function checkAdjacency(adjacency: Adjacency): void {
  const n = adjacency.length
  adjacency.forEach((row, i) => {
    if (row.length !== n) throw new DomainError('graphAutomorphisms', `${n} rows of ${n} numbers`, `row ${i} of ${row.length}`)
    for (let j = 0; j < n; j++) {
      if (typeof row[j] !== 'number' || Number.isNaN(row[j]))
        throw new DomainError('graphAutomorphisms', 'numbers', `${row[j]} in row ${i}, column ${j}`)
    }
  })
}

/** Numbers the distinct weights in increasing order. The result does not depend on the order of the vertices. */
function weightNumbers(adjacency: Adjacency): Map<number, number> {
  const weights = new Set<number>()
  for (const row of adjacency) for (const weight of Array.from(row)) weights.add(weight)
  return new Map([...weights].sort((a, b) => a - b).map((weight, k) => [weight, k + 1]))
}

/** For every vertex, its incoming and outgoing edges in one list. */
function arcsOf(adjacency: Adjacency, numbers: ReadonlyMap<number, number>): Arc[][] {
  return adjacency.map((row, i) =>
    adjacency.flatMap((column, j): Arc[] => {
      const outward = row[j]!
      const inward = column[i]!
      return i === j || (outward === 0 && inward === 0) ? [] : [{ to: j, colour: mix(numbers.get(outward)!, numbers.get(inward)!) | 1 }]
    }),
  )
}

/** One step of the search path to a discrete partition: the partition before the step, the chosen cell and vertex, and the trace after the step. */
interface Step {
  readonly partition: OrderedPartition
  readonly cell: number
  readonly vertex: number
  readonly traceAfter: number
}

/** Finds automorphisms by comparing other search paths with the path to the first discrete partition. */
class AutomorphismSearch {
  readonly steps: Step[] = []
  readonly #adjacency: Adjacency
  readonly #arcs: readonly Arc[][]
  readonly #leaf: Int32Array

  constructor(adjacency: Adjacency) {
    this.#adjacency = adjacency
    const numbers = weightNumbers(adjacency)
    this.#arcs = arcsOf(adjacency, numbers)
    let partition = OrderedPartition.unit(adjacency.length)
    if (adjacency.length > 0) {
      partition.separate(Uint32Array.from(adjacency, (row, i) => numbers.get(row[i]!)!))
      partition.refine(this.#arcs, [...new Set(partition.cellOf)])
    }
    for (let cell = partition.target(); cell >= 0; cell = partition.target()) {
      const vertex = Math.min(...partition.elements.subarray(cell, cell + partition.lengths[cell]!))
      const next = partition.copy().individualize(vertex, this.#arcs)
      this.steps.push({ partition, cell, vertex, traceAfter: next.trace })
      partition = next
    }
    this.#leaf = partition.elements
  }

  /** An automorphism that fixes the first `depth` chosen vertices and takes the next one to `image`; undefined if none exists. */
  find(depth: number, image: number): Uint32Array | undefined {
    const step = this.steps[depth]!
    const partition = step.partition.copy().individualize(image, this.#arcs)
    return partition.trace === step.traceAfter ? this.#complete(depth + 1, partition) : undefined
  }

  #complete(depth: number, partition: OrderedPartition): Uint32Array | undefined {
    const step = this.steps[depth]
    if (step === undefined) return this.#checked(partition.elements)
    if (partition.target() !== step.cell) return undefined
    for (const vertex of partition.elements.subarray(step.cell, step.cell + partition.lengths[step.cell]!)) {
      const next = partition.copy().individualize(vertex, this.#arcs)
      const found = next.trace === step.traceAfter ? this.#complete(depth + 1, next) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The permutation from the first discrete partition to another one, if it is an automorphism. */
  #checked(leaf: Int32Array): Uint32Array | undefined {
    const adjacency = this.#adjacency
    const images = new Uint32Array(leaf.length)
    leaf.forEach((vertex, k) => {
      images[this.#leaf[k]!] = vertex
    })
    const isAutomorphism = images.every((image, i) => {
      const row = adjacency[i]!
      const moved = adjacency[image]!
      return images.every((other, j) => row[j] === moved[other])
    })
    return isAutomorphism ? images : undefined
  }
}

/** The orbit of a vertex under some generators. */
function reach(start: number, generators: readonly Uint32Array[]): Set<number> {
  const reached = new Set([start])
  for (const vertex of reached) for (const images of generators) reached.add(images[vertex]!)
  return reached
}

/**
 * The automorphism group of a graph: the permutations p of the vertices with adjacency[p(i)][p(j)] = adjacency[i][j] for all i and j.
 *
 * Exact for every graph: directed or undirected, weighted, with loops. Vertices are individualized and the partition is refined until it is discrete.
 * Then, from the last individualized vertex to the first, the search finds one automorphism for each possible image of that vertex.
 *
 * @throws DomainError if the matrix is not square or contains NaN.
 * @remarks Usually O(n^2) to O(n^3) for n vertices; exponential for graphs constructed to be hard.
 * @see McKay, Piperno 2014, "Practical graph isomorphism, II".
 */
export function graphAutomorphisms(adjacency: Adjacency): PermutationGroup {
  checkAdjacency(adjacency)
  const search = new AutomorphismSearch(adjacency)
  const generators: Uint32Array[] = []
  let order = 1n
  for (let depth = search.steps.length - 1; depth >= 0; depth--) {
    const { partition, cell, vertex } = search.steps[depth]!
    const candidates = [...partition.elements.subarray(cell, cell + partition.lengths[cell]!)].sort((a, b) => a - b)
    let orbit = reach(vertex, generators)
    const refuted = new Set<number>()
    for (const candidate of candidates) {
      if (orbit.has(candidate) || refuted.has(candidate)) continue
      const found = search.find(depth, candidate)
      if (found === undefined) {
        for (const image of reach(candidate, generators)) refuted.add(image)
      } else {
        generators.push(found)
        orbit = reach(vertex, generators)
      }
    }
    order *= BigInt(orbit.size)
  }
  return new PermutationGroup(
    adjacency.length,
    generators.map((images) => Permutation.fromUncheckedImages(images)),
    { order },
  )
}
