import { type DrawnGraph, graphWord, readGraphWord } from '../parts/drawn-graph.ts'
import { messageOf } from '../parts/message-of.ts'
import { pairs } from './presets.ts'
import type { TestName } from './refinement.ts'

/** What is on the page. */
export interface GraphsState {
  /** The name of the pair that is shown; empty for graphs of one's own. */
  readonly pair: string
  readonly left: DrawnGraph
  readonly right: DrawnGraph
  readonly test: TestName
  /** How many rounds have been made. */
  readonly round: number
  /** Why a link cannot be read; empty if it can. */
  readonly fault: string
}

const [FIRST] = Object.keys(pairs) as [string]

/** The state with another pair, at the start. @throws RangeError for a name that no pair has. */
export function withPair(state: GraphsState, name: string): GraphsState {
  const pair = Object.hasOwn(pairs, name) ? pairs[name] : undefined
  if (pair === undefined)
    throw new RangeError(`The link's pair: expected one of ${Object.keys(pairs).join(', ')}, received "${name}". Choose one from the list.`)
  return { ...state, pair: name, left: pair.left, right: pair.right, round: 0, fault: '' }
}

/** The state with a graph that was changed, at the start. */
export const withDrawn = (state: GraphsState, side: 'left' | 'right', graph: DrawnGraph): GraphsState => ({
  ...state,
  pair: '',
  [side]: graph,
  round: 0,
  fault: '',
})

/** The first pair, at the start. */
export const startState = (): GraphsState =>
  withPair({ pair: '', left: { places: [], edges: [] }, right: { places: [], edges: [] }, test: 'wl', round: 0, fault: '' }, FIRST)

/** Reads the state of a link. What cannot be read is told, over the first pair. */
export function readGraphs(link: URLSearchParams): GraphsState {
  try {
    const [left, right] = [link.get('left'), link.get('right')]
    const state = withPair(startState(), link.get('pair') ?? FIRST)
    const drawn = left === null || right === null ? state : { ...state, pair: '', left: readGraphWord(left), right: readGraphWord(right) }
    const round = Number(link.get('round') ?? 0)
    return { ...drawn, test: link.get('test') === 'fwl2' ? 'fwl2' : 'wl', round: Number.isInteger(round) ? round : 0 }
  } catch (error) {
    return { ...startState(), fault: messageOf(error) }
  }
}

/** The state for a link. */
export const graphsLink = ({ pair, left, right, test, round }: GraphsState): Record<string, string> => ({
  pair,
  ...(pair === '' ? { left: graphWord(left), right: graphWord(right) } : {}),
  test: test === 'wl' ? '' : test,
  round: round === 0 ? '' : String(round),
})
