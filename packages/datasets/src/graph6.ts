import { requireEdges } from '@equivar/tensor'
import { FormatError, quoted } from './format-error.ts'
import type { Edges, Graph } from './graph.ts'

const HEADER = '>>graph6<<'

/** The largest number of nodes that is written; the code of a graph grows as its square. */
const LARGEST = 100_000

/**
 * Reads a graph6 file: undirected graphs without loops, one per line.
 *
 * @param text - bytes of a .g6 file. The header >>graph6<< may start the file, or every line, as in some collections.
 * @param file - the name of the file in error messages.
 * @returns the graphs, every edge in both directions, ordered by target.
 * @throws FormatError if a line is not graph6, is truncated, or is sparse6 or digraph6.
 * @remarks Reads the size in all three forms of the format, 1, 4 and 8 bytes, up to 2^36 - 1 nodes.
 * @see McKay, "Description of graph6, sparse6 and digraph6 encodings".
 */
export function parseGraph6(text: Uint8Array, file: string = 'the file'): Graph[] {
  const lines = new TextDecoder('latin1').decode(text).split('\n')
  return lines.flatMap((line, i) => {
    const code = (line.startsWith(HEADER) ? line.slice(HEADER.length) : line).trimEnd()
    return code === '' ? [] : [parseLine(code, file, i + 1)]
  })
}

/** Whether a pair of nodes is an edge, by its number j (j - 1) / 2 + i for nodes i < j. */
type IsEdge = (pair: number) => boolean

function parseLine(code: string, file: string, line: number): Graph {
  const problem = (expected: string, received: string = quoted(code)): FormatError =>
    new FormatError({ reader: 'parseGraph6', file, line, expected, received })
  if (/^(>>)?[:&]|^>>/.test(code)) throw problem('graph6; sparse6 and digraph6 are different formats (convert with copyg -g of nauty)')
  const strange = /[^?-~]/u.exec(code)?.[0]
  if (strange !== undefined) throw problem('characters from ? to ~', `${quoted(strange)} in ${quoted(code)}`)
  const bits = (start: number, count: number): number => {
    let number = 0
    for (let i = start; i < start + count; i++) number = 64 * number + code.charCodeAt(i) - 63
    return number
  }
  const start = !code.startsWith('~') ? 1 : !code.startsWith('~~') ? 4 : 8
  if (code.length < start) throw problem(`a size of ${start} characters`)
  const nodes = start === 1 ? bits(0, 1) : start === 4 ? bits(1, 3) : bits(2, 6)
  const pairs = (nodes * (nodes - 1)) / 2
  const expected = start + Math.ceil(pairs / 6)
  if (code.length !== expected) throw problem(`${expected} characters for a graph of ${nodes} nodes`, `${code.length}`)
  const isEdge: IsEdge = (pair) => ((code.charCodeAt(start + Math.floor(pair / 6)) - 63) & (32 >> (pair % 6))) !== 0
  for (let pair = pairs; pair < 6 * (expected - start); pair++) if (isEdge(pair)) throw problem('zeros after the last pair of nodes')
  return { nodes, edges: edgesOf(nodes, isEdge) }
}

function eachEdge(nodes: number, isEdge: IsEdge, visit: (i: number, j: number) => void): void {
  let pair = 0
  for (let j = 1; j < nodes; j++) for (let i = 0; i < j; i++) if (isEdge(pair++)) visit(i, j)
}

/** The edges, in both directions, ordered by target and then by source. */
function edgesOf(nodes: number, isEdge: IsEdge): Edges {
  const next = new Int32Array(nodes + 1) // for each node, the place of its next incoming edge
  eachEdge(nodes, isEdge, (i, j) => {
    next[i + 1]!++
    next[j + 1]!++
  })
  for (let j = 0; j < nodes; j++) next[j + 1]! += next[j]!
  const [sources, targets] = [new Int32Array(next[nodes]!), new Int32Array(next[nodes]!)]
  const add = (source: number, target: number): void => {
    const at = next[target]!++
    sources[at] = source
    targets[at] = target
  }
  // All sources of a node that are smaller come before the larger ones.
  eachEdge(nodes, isEdge, (i, j) => add(i, j))
  eachEdge(nodes, isEdge, (i, j) => add(j, i))
  return { sources, targets }
}

/** The size of a graph of at most `LARGEST` nodes, which never needs the form of 8 characters. */
function formatSize(nodes: number): string {
  const characters = (count: number): string => {
    const sixes = Array.from({ length: count }, (_, k) => Math.floor(nodes / 64 ** (count - 1 - k)) % 64)
    return String.fromCharCode(...sixes.map((six) => six + 63))
  }
  return nodes <= 62 ? characters(1) : `~${characters(3)}`
}

/**
 * Writes graphs as graph6, one per line, without the optional header.
 *
 * @param graphs - undirected graphs without loops. An edge may be given in one direction or in both.
 * @returns the bytes of a .g6 file.
 * @throws RangeError that names the graph and the edge: an edge refers to a node that does not exist, is a loop, or is listed twice in one direction; and if a
 * graph has more than 100,000 nodes (834 MB).
 */
export function formatGraph6(graphs: readonly Graph[]): Uint8Array {
  const lines = graphs.map((graph, g) => formatLine(`formatGraph6: graph ${g}`, graph))
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0))
  let at = 0
  for (const line of lines) {
    bytes.set(line, at)
    at += line.length
  }
  return bytes
}

function formatLine(where: string, { nodes, edges }: Graph): Uint8Array {
  requireEdges(where, nodes, edges)
  if (nodes > LARGEST) throw new RangeError(`${where}: expected at most ${LARGEST} nodes, received ${nodes}.`)
  const size = new TextEncoder().encode(formatSize(nodes))
  const line = new Uint8Array(size.length + Math.ceil((nodes * (nodes - 1)) / 12) + 1)
  line.set(size)
  const sixes = line.subarray(size.length, -1)
  const seen = new Set<number>()
  edges.sources.forEach((source, e) => {
    const target = edges.targets[e]!
    const [i, j] = [Math.min(source, target), Math.max(source, target)]
    if (i === j) throw new RangeError(`${where}: expected a graph without loops, received a loop at node ${i}.`)
    const directed = source * nodes + target
    if (seen.has(directed))
      throw new RangeError(`${where}: expected each edge once in a direction, received edge ${e} from ${source} to ${target} again.`)
    seen.add(directed)
    const pair = (j * (j - 1)) / 2 + i
    sixes[Math.floor(pair / 6)]! |= 32 >> (pair % 6)
  })
  for (let k = 0; k < sixes.length; k++) sixes[k]! += 63
  line[line.length - 1] = 10
  return line
}
