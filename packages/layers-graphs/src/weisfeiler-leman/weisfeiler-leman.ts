import { demandGraph, demandGraphs, type TaggedGraph } from '../graph.ts'
import { type JointColours, refineTogether, type Test } from './exact.ts'
import { type HashedRefinement, hashedFolkloreTuples, hashedNodes, hashedObliviousTuples } from './hashed.ts'
import { certificateOf, countColours } from './hashing.ts'
import { SignatureTable } from './signature-table.ts'

/** Options of a Weisfeiler-Leman test. */
export interface WeisfeilerLemanOptions {
  /** Size of the coloured tuples; default 1, colour refinement of the nodes. */
  readonly k?: number
  /** For k of 2 or more: whether to run the folklore test instead of the oblivious one. */
  readonly folklore?: boolean
}

/** The result of a Weisfeiler-Leman test on a graph. */
export interface WeisfeilerLemanResult {
  /** 32 hexadecimal digits, equal for graphs that the test with these options does not separate. */
  readonly certificate: string
  /** Number of rounds until the colouring is stable. */
  readonly rounds: number
  /** Number of colours of the stable colouring. */
  readonly classes: number
  /** The colour of each node, or of each k-tuple of nodes in row-major order. It is a hash, comparable between graphs with equal `rounds`. */
  readonly colours: BigUint64Array
}

const LARGEST = 2 ** 27

function demandTest(where: string, graphs: readonly TaggedGraph[], { k = 1, folklore = false }: WeisfeilerLemanOptions): Test {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`${where}: expected an integer k of 1 or more, received ${k}.`)
  if (graphs.length === 1) demandGraph(where, graphs[0]!)
  else demandGraphs(where, graphs)
  for (const graph of graphs) {
    if (graph.nodes ** k > LARGEST) {
      throw new RangeError(`${where}: expected at most ${LARGEST} tuples, received ${graph.nodes} nodes and k = ${k}. Use a smaller k.`)
    }
  }
  return { k, folklore }
}

function hashedRefinement(graph: TaggedGraph, { k, folklore }: Test): HashedRefinement {
  if (k === 1) return hashedNodes(graph)
  return folklore ? hashedFolkloreTuples(graph, k) : hashedObliviousTuples(graph, k)
}

/**
 * The Weisfeiler-Leman test of dimension k: refines the colours of nodes or of k-tuples until they are stable.
 *
 * Law: isomorphic graphs (with isomorphic tags) get the same certificate, and so do graphs that the test does not separate.
 *
 * k = 1 is colour refinement: a node sees the multiset of its neighbours' colours. For k > 1, the initial colour of a k-tuple is its atomic type. In the
 * oblivious test, a tuple sees k multisets, of the colours of the tuples that differ from it in entry 1, ..., k. In the folklore test, it sees one
 * multiset of k-tuples of colours. Oblivious 2-WL is as powerful as colour refinement, and oblivious (k + 1)-WL as folklore k-WL. Message passing is
 * at most as powerful as colour refinement, PPGN as folklore 2-WL ("3-WL").
 *
 * @param graph - in a directed graph, a node sees the sources of its incoming edges (k = 1). `tags` are initial colours of nodes and edges.
 * @throws RangeError if k is below 1, there are too many tuples, or an edge refers to a node that does not exist.
 * @remarks Cost per round: O(nodes + edges) for k = 1, O(k n^k) oblivious, O(k n^(k+1)) folklore. Memory O(k n^k). Colours are 64-bit hashes, so
 * two different colours collide with probability 2^-64; `sameColours` does not hash.
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

/** Groups the graphs by their keys. */
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

/** The class of each graph by its stable colours, refined jointly and without hashing. */
function exactClasses(graphs: readonly TaggedGraph[], test: Test): Int32Array {
  let stable: readonly Int32Array[] = []
  for (const { colours } of refineTogether(graphs, test)) stable = colours
  const table = new SignatureTable()
  return Int32Array.from(stable, (colours) => table.number(colours.slice().sort(), colours.length))
}

/**
 * Whether a Weisfeiler-Leman test does not separate two graphs. Exact: they are refined together without hashing.
 *
 * @throws RangeError as `weisfeilerLeman` does.
 */
export function sameColours(a: TaggedGraph, b: TaggedGraph, options: WeisfeilerLemanOptions = {}): boolean {
  const classes = exactClasses([a, b], demandTest('sameColours', [a, b], options))
  return classes[0] === classes[1]
}

/**
 * The colours of several graphs after each round of a Weisfeiler-Leman test: before the first round, after it, and so on to the stable colours.
 *
 * Exact: the graphs are refined together without hashing, so equal numbers of one entry are equal colours in all graphs. The test separates two graphs from
 * the first entry on in which they do not have the same number of each colour.
 *
 * @returns one entry more than rounds that refine anything. `colours` has the colour of each node of each graph, or of each k-tuple in row-major order.
 * @throws RangeError as `weisfeilerLeman` does.
 * @remarks Cost as `weisfeilerLeman`, for all graphs.
 */
export function weisfeilerLemanRounds(graphs: readonly TaggedGraph[], options: WeisfeilerLemanOptions = {}): JointColours[] {
  return [...refineTogether(graphs, demandTest('weisfeilerLemanRounds', graphs, options))].slice(0, -1)
}

/**
 * The class of each graph under a Weisfeiler-Leman test: graphs that the test does not separate are in one class. Classes are numbered from 0 in the
 * order of their first graphs.
 *
 * Exact: graphs with equal certificates are refined together without hashing.
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
 * The number of pairs of graphs that a Weisfeiler-Leman test does not separate. Exact, like `weisfeilerLemanClasses`.
 *
 * @remarks Cost: one refinement per graph, which takes seconds for the 61.8 million pairs of the 11,117 connected graphs with 8 nodes.
 * @throws RangeError as `weisfeilerLeman` does.
 */
export function indistinguishablePairs(graphs: readonly TaggedGraph[], options: WeisfeilerLemanOptions = {}): number {
  const sizes = new Map<number, number>()
  for (const number of weisfeilerLemanClasses(graphs, options)) sizes.set(number, (sizes.get(number) ?? 0) + 1)
  return [...sizes.values()].reduce((pairs, size) => pairs + (size * (size - 1)) / 2, 0)
}
