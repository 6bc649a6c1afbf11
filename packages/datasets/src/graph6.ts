import { FormatError, quoted } from './format-error.ts'
import type { Edges, Graph } from './graph.ts'

const HEADER = '>>graph6<<'

/** The largest number of nodes that graph6 can encode. */
const LAST_SIZE = 2 ** 36 - 1

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

function parseLine(code: string, file: string, line: number): Graph {
  const problem = (expected: string, received: string = quoted(code)): FormatError =>
    new FormatError({ reader: 'parseGraph6', file, line, expected, received })
  if (/^(>>)?[:&]|^>>/.test(code)) throw problem('graph6; sparse6 and digraph6 are different formats (convert with copyg -g of nauty)')
  const strange = [...code].find((character) => character < '?' || character > '~')
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
  const isEdge = (pair: number): boolean => ((code.charCodeAt(start + Math.floor(pair / 6)) - 63) & (32 >> (pair % 6))) !== 0
  for (let pair = pairs; pair < 6 * (expected - start); pair++) if (isEdge(pair)) throw problem('zeros after the last pair of nodes')
  return { nodes, edges: edgesOf(nodes, isEdge) }
}

/** The edges, in both directions, of the pairs (i, j), i < j, for which isEdge(j (j - 1) / 2 + i) holds. */
function edgesOf(nodes: number, isEdge: (pair: number) => boolean): Edges {
  const neighbours: number[][] = Array.from({ length: nodes }, () => [])
  let pair = 0
  for (let j = 1; j < nodes; j++) {
    for (let i = 0; i < j; i++) {
      if (!isEdge(pair++)) continue
      neighbours[i]!.push(j)
      neighbours[j]!.push(i)
    }
  }
  const targets = neighbours.flatMap((list, j) => list.map(() => j))
  return { sources: Int32Array.from(neighbours.flat()), targets: Int32Array.from(targets) }
}

function formatSize(nodes: number): string {
  const characters = (count: number): string => {
    const sixes = Array.from({ length: count }, (_, k) => Math.floor(nodes / 64 ** (count - 1 - k)) % 64)
    return String.fromCharCode(...sixes.map((six) => six + 63))
  }
  if (nodes <= 62) return characters(1)
  return nodes <= 258_047 ? `~${characters(3)}` : `~~${characters(6)}`
}

/**
 * Writes graphs as graph6, one per line, without the optional header.
 *
 * @param graphs - undirected graphs without loops. An edge may be given in one direction or in both.
 * @returns the bytes of a .g6 file.
 * @throws RangeError if a graph has a loop or too many nodes.
 */
export function formatGraph6(graphs: readonly Graph[]): Uint8Array {
  return new TextEncoder().encode(graphs.map((graph) => `${formatLine(graph)}\n`).join(''))
}

function formatLine({ nodes, edges }: Graph): string {
  if (nodes > LAST_SIZE) throw new RangeError(`formatGraph6: expected at most ${LAST_SIZE} nodes, received ${nodes}.`)
  const sixes = new Uint8Array(Math.ceil((nodes * (nodes - 1)) / 12))
  edges.sources.forEach((source, e) => {
    const i = Math.min(source, edges.targets[e]!)
    const j = Math.max(source, edges.targets[e]!)
    if (i === j) throw new RangeError(`formatGraph6: expected a graph without loops, received a loop at node ${i}.`)
    const pair = (j * (j - 1)) / 2 + i
    sixes[Math.floor(pair / 6)]! |= 32 >> (pair % 6)
  })
  return formatSize(nodes) + Array.from(sixes, (six) => String.fromCharCode(six + 63)).join('')
}
