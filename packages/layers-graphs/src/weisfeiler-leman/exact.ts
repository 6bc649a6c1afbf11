import type { TaggedGraph } from '../graph.ts'
import { stridesOf } from './hashed.ts'
import { SignatureTable } from './signature-table.ts'

/** A buffer for a list of integers. Its `table` numbers lists that are parts of a longer one. */
interface Writer {
  readonly buffer: Int32Array
  readonly table: SignatureTable
}

/** Exact refinement of the colours of items (nodes or tuples of nodes), jointly with other graphs. */
interface ExactRefinement {
  readonly items: number
  /** Largest number of integers that an item writes. */
  readonly width: number
  /** Writes the signature of an item's initial colour. @returns its length. */
  first(item: number, writer: Writer): number
  /** Writes an item's colour and those it sees, in an order that does not depend on the numbering of the nodes. @returns the length. */
  next(item: number, colours: Int32Array, writer: Writer): number
}

/** @param tagged - whether the edges of any graph have tags. Then every colour is numbered together with the tag of its edge. */
function exactNodes({ nodes, edges, tags }: TaggedGraph, tagged: boolean): ExactRefinement {
  const starts = new Int32Array(nodes + 1)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let e = 0; e < edges.targets.length; e++) starts[edges.targets[e]! + 1]!++
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let v = 0; v < nodes; v++) starts[v + 1]! += starts[v]!
  const fill = starts.slice()
  const incoming = new Int32Array(edges.sources.length)
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let e = 0; e < incoming.length; e++) incoming[fill[edges.targets[e]!]!++] = e
  const pair = new Int32Array(2)
  return {
    items: nodes,
    width: incoming.length + 1,
    first: (v, { buffer }) => {
      buffer[0] = tags?.[v] ?? 0
      return 1
    },
    next: (v, colours, { buffer, table }) => {
      buffer[0] = colours[v]!
      const degree = starts[v + 1]! - starts[v]!
      // Stryker disable next-line EqualityOperator: one more is written behind the numbers that are sorted and counted.
      for (let i = 0; i < degree; i++) {
        const e = incoming[starts[v]! + i]!
        const colour = colours[edges.sources[e]!]!
        pair[0] = colour
        pair[1] = edges.tags?.[e] ?? 0
        buffer[i + 1] = tagged ? table.number(pair, 2) : colour
      }
      buffer.subarray(1, degree + 1).sort()
      return degree + 1
    },
  }
}

/** For each ordered pair of nodes, the number of the sorted list of the tags of its edges. */
function pairTypes({ nodes: n, edges }: TaggedGraph, table: SignatureTable): Int32Array {
  const tagsOf = new Map<number, number[]>()
  // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
  for (let e = 0; e < edges.sources.length; e++) {
    const at = edges.sources[e]! * n + edges.targets[e]!
    tagsOf.set(at, [...(tagsOf.get(at) ?? []), edges.tags?.[e] ?? 0])
  }
  const types = new Int32Array(n * n).fill(table.number(new Int32Array(0), 0))
  for (const [at, tags] of tagsOf) types[at] = table.number(Int32Array.from(tags).sort(), tags.length)
  return types
}

/** k-tuples; `sees` writes the colours that a tuple sees, besides its own. */
function exactTuples(
  graph: TaggedGraph,
  k: number,
  pairs: Int32Array,
  width: number,
  sees: (start: Int32Array, colours: Int32Array, writer: Writer) => number,
): ExactRefinement {
  const n = graph.nodes
  const strides = stridesOf(n, k)
  const entry = (t: number, j: number): number => Math.floor(t / strides[j]!) % n
  const starts = new Int32Array(k)
  return {
    items: n ** k,
    width: Math.max(width, 2 * k * k + k),
    first: (t, { buffer }) => {
      let length = 0
      for (let i = 0; i < k; i++) {
        buffer[length++] = graph.tags?.[entry(t, i)] ?? 0
        for (let j = 0; j < k; j++) {
          buffer[length++] = pairs[entry(t, i) * n + entry(t, j)]!
          buffer[length++] = entry(t, i) === entry(t, j) ? 1 : 0
        }
      }
      return length
    },
    next: (t, colours, writer) => {
      // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
      for (let j = 0; j < k; j++) starts[j] = t - entry(t, j) * strides[j]!
      writer.buffer[0] = colours[t]!
      return sees(starts, colours, writer)
    },
  }
}

function exactObliviousTuples(graph: TaggedGraph, k: number, pairs: Int32Array): ExactRefinement {
  const n = graph.nodes
  const strides = stridesOf(n, k)
  return exactTuples(graph, k, pairs, k * n + 1, (starts, colours, { buffer }) => {
    // Stryker disable next-line EqualityOperator: one more list is written behind the numbers that are counted.
    for (let j = 0; j < k; j++) {
      // Stryker disable next-line EqualityOperator: one more is written behind the numbers that are sorted, before the next ones.
      for (let w = 0; w < n; w++) buffer[1 + j * n + w] = colours[starts[j]! + w * strides[j]!]!
      buffer.subarray(1 + j * n, 1 + (j + 1) * n).sort()
    }
    return k * n + 1
  })
}

function exactFolkloreTuples(graph: TaggedGraph, k: number, pairs: Int32Array): ExactRefinement {
  const n = graph.nodes
  const strides = stridesOf(n, k)
  const tuple = new Int32Array(k)
  return exactTuples(graph, k, pairs, n + 1, (starts, colours, { buffer, table }) => {
    // Stryker disable next-line EqualityOperator: one more is written behind the numbers that are sorted and counted.
    for (let w = 0; w < n; w++) {
      // Stryker disable next-line EqualityOperator: what is written behind the end of a typed array is lost.
      for (let j = 0; j < k; j++) tuple[j] = colours[starts[j]! + w * strides[j]!]!
      buffer[1 + w] = table.number(tuple, k)
    }
    buffer.subarray(1, n + 1).sort()
    return n + 1
  })
}

/** A Weisfeiler-Leman test. */
export interface Test {
  readonly k: number
  readonly folklore: boolean
}

function refinementsOf(graphs: readonly TaggedGraph[], { k, folklore }: Test): ExactRefinement[] {
  const table = new SignatureTable()
  if (k === 1) {
    const tagged = graphs.some(({ edges }) => edges.tags !== undefined)
    return graphs.map((graph) => exactNodes(graph, tagged))
  }
  const make = folklore ? exactFolkloreTuples : exactObliviousTuples
  return graphs.map((graph) => make(graph, k, pairTypes(graph, table)))
}

/** The colours of the items of each graph, and the number of colours. Equal numbers are equal colours in all graphs. */
export interface JointColours {
  readonly colours: readonly Int32Array[]
  readonly count: number
}

/** The initial colours and all rounds of a test on several graphs together, without hashing. Without a limit, it ends with the first round that refines nothing. */
export function* refineTogether(graphs: readonly TaggedGraph[], test: Test, rounds: number = Infinity): Generator<JointColours> {
  const refinements = refinementsOf(graphs, test)
  const buffer = new Int32Array(refinements.reduce((width, refinement) => Math.max(width, refinement.width), 1))
  const pass = (write: (refinement: ExactRefinement, item: number, graph: number, writer: Writer) => number): JointColours => {
    const writer = { buffer, table: new SignatureTable() }
    const table = new SignatureTable()
    const colours = refinements.map((refinement, graph) =>
      Int32Array.from({ length: refinement.items }, (_, item) => table.number(buffer, write(refinement, item, graph, writer))),
    )
    return { colours, count: table.size }
  }
  let now = pass((refinement, item, _, writer) => refinement.first(item, writer))
  yield now
  for (let round = 0; round < rounds; round++) {
    const before = now
    now = pass((refinement, item, graph, writer) => refinement.next(item, before.colours[graph]!, writer))
    yield now
    if (rounds === Infinity && now.count === before.count) return
  }
}
