import { type DrawnGraph, graphWord, readGraphWord } from '../parts/drawn-graph.ts'
import { messageOf } from '../parts/message-of.ts'
import { ring } from '../parts/shapes.ts'
import { automorphismExpression } from './drawn-symmetry.ts'
import { readSymmetry, type Symmetry, splitExpression } from './symmetry.ts'

/** What is on the page: the expressions as they were typed, the graph that is drawn, and the last symmetry that could be read. */
export interface ExplorerState {
  readonly input: string
  readonly output: string
  readonly graph: DrawnGraph | undefined
  readonly symmetry: Symmetry
  /** Why the expressions cannot be read; empty if they can. */
  readonly fault: string
}

/** What the page shows at first, and behind a link that says nothing. */
const START = 'D8'

/** The state with other expressions. What could be read before stays if these cannot be. */
export function withExpressions(state: ExplorerState, input: string, output: string): ExplorerState {
  const graph = state.graph !== undefined && splitExpression(input).group === automorphismExpression(state.graph) ? state.graph : undefined
  try {
    return { input, output, graph, symmetry: readSymmetry(input, output), fault: '' }
  } catch (error) {
    return { ...state, input, output, graph, fault: messageOf(error) }
  }
}

/** The state with a graph whose automorphisms are meant; what they act on stays as it was. An empty graph changes nothing yet. */
export function withGraph(state: ExplorerState, graph: DrawnGraph): ExplorerState {
  if (graph.places.length === 0) return { ...state, graph }
  const domain = state.graph === undefined ? '' : splitExpression(state.input).domain
  const output = splitExpression(state.output).group === '' ? state.output : ''
  return withExpressions({ ...state, graph }, `${automorphismExpression(graph)} ${domain}`.trim(), output)
}

/** The state with the board opened, or closed. */
export function withBoardToggled(state: ExplorerState): ExplorerState {
  return state.graph === undefined ? withGraph(state, ring(6)) : { ...state, graph: undefined }
}

/** Reads the state of a link. What cannot be read is told, over the symmetry that is shown at first. */
export function readExplorer(link: URLSearchParams): ExplorerState {
  const start: ExplorerState = { input: START, output: '', graph: undefined, symmetry: readSymmetry(START), fault: '' }
  try {
    const word = link.get('graph')
    const graph = word === null || word === '' ? undefined : readGraphWord(word)
    const input = link.get('group') ?? (graph === undefined || graph.places.length === 0 ? START : automorphismExpression(graph))
    return withExpressions({ ...start, graph }, input, link.get('output') ?? '')
  } catch (error) {
    return { ...start, fault: messageOf(error) }
  }
}

/** The state for a link. */
export const explorerLink = ({ input, output, graph }: ExplorerState): Record<string, string> => ({
  group: input,
  output,
  graph: graph === undefined ? '' : graphWord(graph),
})
