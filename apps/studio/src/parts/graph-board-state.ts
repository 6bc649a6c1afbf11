import type { DrawnGraph } from './drawn-graph.ts'

/** What is being done on a board: the chosen node, the node from which an edge is begun, and whether drags move nodes. */
export interface BoardState {
  readonly chosen?: number | undefined
  readonly from?: number | undefined
  readonly moves: boolean
}

/** What the parts of a board that change it are given. */
export interface BoardControl {
  readonly graph: DrawnGraph
  readonly onChange: (graph: DrawnGraph) => void
  readonly state: BoardState
  readonly setState: (state: BoardState) => void
}
