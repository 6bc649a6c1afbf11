import { adjacencyFault, edgesOf } from './adjacency-lists.ts'
import { numberedClasses } from './classes.ts'
import type { Graph, GraphSet } from './graph.ts'
import { IntegerLines } from './integer-lines.ts'

const READER = 'parseTu'
/** The shortest line of a node: `0 0` and its end. */
const NODE_LENGTH = 4

/**
 * Reads the graph text of a TU data set.
 *
 * @param text - bytes of NAME.txt.
 * @throws FormatError as parseTu does.
 */
export function parseTuText(text: Uint8Array, name: string, file: string = `${name}.txt`): GraphSet {
  const lines = new IntegerLines(READER, file, text)
  const [count, ...more] = lines.expectLine('the number of graphs')
  if (count! < 0 || more.length > 0) throw lines.error('the number of graphs, alone on its line')
  const graphs: Graph[] = []
  const original: number[] = []
  while (graphs.length < count!) {
    const expected = `the nodes and the label of graph ${graphs.length} of ${count}`
    const [nodes, label, ...rest] = lines.expectLine(expected)
    if (nodes! < 1 || (nodes! - 1) * NODE_LENGTH > lines.bytesLeft || label === undefined || rest.length > 0)
      throw lines.error(`${expected}, as in "23 1"`)
    original.push(label)
    graphs.push(readGraph(lines, nodes!))
  }
  while (lines.next()) if (lines.count > 0) throw lines.error(`the end of the file after ${count} graphs`)
  return { name, graphs, ...numberedClasses(original) }
}

function readGraph(lines: IntegerLines, nodes: number): Graph {
  const tags = new Int32Array(nodes)
  const starts = new Int32Array(nodes + 1)
  const parts: Int32Array[] = []
  const nodeLines = new Int32Array(nodes)
  for (let j = 0; j < nodes; j++) {
    const row = lines.expectLine(`node ${j} of a graph with ${nodes} nodes`)
    const [tag, degree] = row
    if (degree === undefined || row.length !== 2 + degree) {
      const form = degree === undefined ? '' : `, so ${2 + degree} integers`
      throw lines.error(`node ${j} as "tag degree neighbour…"${form}`, `${row.length} integers`)
    }
    const neighbours = row.slice(2)
    const stranger = neighbours.find((neighbour) => neighbour < 0 || neighbour >= nodes)
    if (stranger !== undefined) throw lines.error(`neighbours of node ${j} from 0 to ${nodes - 1}`, `${stranger}`)
    tags[j] = tag!
    nodeLines[j] = lines.line
    starts[j + 1] = starts[j]! + neighbours.length
    parts.push(neighbours)
  }
  const neighbours = new Int32Array(starts[nodes]!)
  for (let j = 0; j < nodes; j++) neighbours.set(parts[j]!, starts[j])
  const fault = adjacencyFault({ starts, neighbours })
  if (fault?.fault === 'repeated') {
    throw lines.error(`every neighbour of node ${fault.node} once`, `${fault.neighbour} twice`, nodeLines[fault.node])
  }
  if (fault !== undefined) {
    const received = `an edge from ${fault.node} to ${fault.neighbour} that node ${fault.neighbour} does not list`
    throw lines.error('an undirected graph, every edge listed by both its nodes', received, nodeLines[fault.node])
  }
  return { nodes, tags, edges: edgesOf({ starts, neighbours }) }
}
