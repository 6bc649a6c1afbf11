import { demandGraph, type TaggedGraph } from '../graph.ts'
import { refineTogether, type Test } from './exact.ts'
import { type HashedRefinement, hashedFolkloreTuples, hashedNodes, hashedObliviousTuples } from './hashed.ts'
import { certificateOf, countColours } from './hashing.ts'
import { SignatureTable } from './signature-table.ts'

/** Which Weisfeiler-Leman test. */
export interface WeisfeilerLemanOptions {
  /** Size of the tuples that are coloured; 1, colour refinement of the nodes, if left out. */
  readonly k?: number
  /** For k of 2 or more: whether a tuple sees its k neighbours by a node together (folklore), not one by one (oblivious). */
  readonly folklore?: boolean
}

/** What a Weisfeiler-Leman test says of a graph. */
export interface WeisfeilerLemanResult {
  /** 32 hexadecimal digits, the same for every two graphs that the test does not tell apart, with the same options. */
  readonly certificate: string
  /** Rounds after which nothing changed any more. */
  readonly rounds: number
  /** How many colours the stable colouring has. */
  readonly classes: number
  /** For each node, or k-tuple of nodes in row-major order, its colour: a hash that means the same in every graph of as many rounds. */
  readonly colours: BigUint64Array
}

const LARGEST = 2 ** 27

function demandTest(where: string, graphs: readonly TaggedGraph[], { k = 1, folklore = false }: WeisfeilerLemanOptions): Test {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`${where}: expected k a whole number of 1 or more, received ${k}.`)
  for (const graph of graphs) {
    demandGraph(where, graph)
    if (graph.nodes ** k > LARGEST) {
      throw new RangeError(`${where}: expected at most ${LARGEST} tuples, received ${graph.nodes} nodes and k = ${k}. Take a smaller k.`)
    }
  }
  return { k, folklore }
}

function hashedRefinement(graph: TaggedGraph, { k, folklore }: Test): HashedRefinement {
  if (k === 1) return hashedNodes(graph)
  return folklore ? hashedFolkloreTuples(graph, k) : hashedObliviousTuples(graph, k)
}

/**
 * The Weisfeiler-Leman test of dimension k: colours of nodes or of k-tuples, refined until nothing changes.
 *
 * Law: graphs that are isomorphic (with their tags) get the same certificate; so do graphs that the test does not tell apart.
 *
 * k = 1 is colour refinement: a node sees the multiset of its neighbours' colours. For k of 2 or more k-tuples are coloured, first by their
 * atomic type; oblivious: a tuple sees k multisets, of the tuples that differ from it in entry 1, ..., k; folklore: it sees one multiset of k-tuples of
 * colours. Numbers differ by one: oblivious 2-WL tells apart what colour refinement does, and oblivious (k + 1)-WL what folklore k-WL does.
 * Message passing is at most colour refinement, PPGN at most folklore 2-WL ("3-WL").
 *
 * @param graph - of a directed one, edges are heard at their targets (k = 1). `tags` are first colours, of nodes and of edges.
 * @throws RangeError if k is not 1 or more, there are too many tuples, or an edge ends at a node that is not there.
 * @remarks Cost a round: O(nodes + edges); oblivious O(k n^k); folklore O(k n^(k+1)). Memory O(k n^k). Colours are hashes of 64 bits, so two
 * that differ agree with a probability of 2^-64: enough to count by; `sameColours` does not hash.
 * @see Cai, Furer, Immerman 1992; Grohe 2017, Descriptive complexity, for the numbering; Morris et al. 2019.
 * @example weisfeilerLeman(a).certificate === weisfeilerLeman(b).certificate
 */
export function weisfeilerLeman(graph: TaggedGraph, options: WeisfeilerLemanOptions = {}): WeisfeilerLemanResult {
  const test = demandTest('weisfeilerLeman', [graph], options)
  return hashedResult(graph, test)
}

function hashedResult(graph: TaggedGraph, test: Test): WeisfeilerLemanResult {
  const refinement = hashedRefinement(graph, test)
  let colours = refinement.first
  let classes = countColours(colours)
  for (let rounds = 0; ; rounds++) {
    colours = refinement.next(colours)
    const refined = countColours(colours)
    if (refined === classes) {
      const { low, high } = colours
      const joined = BigUint64Array.from(low, (word, i) => (BigInt(high[i]! >>> 0) << 32n) | BigInt(word >>> 0))
      return { certificate: certificateOf(colours, [graph.nodes, rounds, classes]), rounds, classes, colours: joined }
    }
    classes = refined
  }
}

/** Numbers the graphs by what a key says of them. */
function numbered(keys: readonly string[]): { classes: Int32Array; members: number[][] } {
  const numbers = new Map<string, number>()
  const members: number[][] = []
  const classes = Int32Array.from(keys, (key, i) => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    if (members[number] === undefined) members[number] = [i]
    else members[number].push(i)
    return number
  })
  return { classes, members }
}

/** Class of each graph by its stable colours, refined for all together and without hashing. */
function exactClasses(graphs: readonly TaggedGraph[], test: Test): Int32Array {
  let stable: readonly Int32Array[] = []
  for (const { colours } of refineTogether(graphs, test)) stable = colours
  const table = new SignatureTable()
  return Int32Array.from(stable, (colours) => table.number(colours.slice().sort(), colours.length))
}

/**
 * Whether a Weisfeiler-Leman test leaves two graphs equal. Exact: they are refined together and nothing is hashed.
 *
 * @throws RangeError as `weisfeilerLeman` does.
 */
export function sameColours(a: TaggedGraph, b: TaggedGraph, options: WeisfeilerLemanOptions = {}): boolean {
  const classes = exactClasses([a, b], demandTest('sameColours', [a, b], options))
  return classes[0] === classes[1]
}

/**
 * Numbers for graphs, equal for those that a Weisfeiler-Leman test leaves equal, from 0 in the order in which they come.
 *
 * Exact: graphs are sorted by their certificates, and those that share one are refined together without hashing.
 *
 * @throws RangeError as `weisfeilerLeman` does.
 */
export function weisfeilerLemanClasses(graphs: readonly TaggedGraph[], options: WeisfeilerLemanOptions = {}): Int32Array {
  const test = demandTest('weisfeilerLemanClasses', graphs, options)
  const certificates = graphs.map((graph) => hashedResult(graph, test).certificate)
  const keys = [...certificates]
  for (const members of numbered(certificates).members) {
    if (members.length < 2) continue
    const classes = exactClasses(
      members.map((i) => graphs[i]!),
      test,
    )
    members.forEach((i, m) => {
      keys[i] = `${certificates[i]} ${classes[m]}`
    })
  }
  return numbered(keys).classes
}

/**
 * How many pairs of graphs a Weisfeiler-Leman test leaves equal. Exact, as `weisfeilerLemanClasses` is.
 *
 * @remarks All 61.8 million pairs of the 11,117 connected graphs of 8 nodes: one refinement a graph, seconds.
 * @throws RangeError as `weisfeilerLeman` does.
 */
export function indistinguishablePairs(graphs: readonly TaggedGraph[], options: WeisfeilerLemanOptions = {}): number {
  const sizes = new Map<number, number>()
  for (const number of weisfeilerLemanClasses(graphs, options)) sizes.set(number, (sizes.get(number) ?? 0) + 1)
  return [...sizes.values()].reduce((pairs, size) => pairs + (size * (size - 1)) / 2, 0)
}
