import './graph-board.css'
import type { RefObject } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type DrawnGraph, emptyGraph, freePlace, MOST_NODES, withNode, withNodeAt, withoutNode } from './drawn-graph.ts'
import { boardKeys } from './graph-board-keys.ts'
import { BoardNodes } from './graph-board-nodes.tsx'
import { useBoardPointer } from './graph-board-pointer.ts'
import type { BoardControl, BoardState } from './graph-board-state.ts'

/** What a board is given. */
export interface GraphBoardProps {
  /** What the board is called, for people who do not see it. */
  readonly label: string
  readonly graph: DrawnGraph
  readonly onChange: (graph: DrawnGraph) => void
  /** The colour of each node, as CSS writes it. */
  readonly colours?: readonly string[]
  /** What a node is called beside its number, such as its colour. */
  readonly nodeNote?: (node: number) => string
}

/** The chosen node as far as it is still there. */
const existing = (node: number | undefined, { places }: DrawnGraph): number | undefined =>
  node !== undefined && node < places.length ? node : undefined

function hintOf({ from, moves }: BoardState, { places }: DrawnGraph): string {
  if (from !== undefined) return `An edge from node ${from}: choose the node where it ends.`
  if (moves) return 'Drag a node to move it.'
  if (places.length === 0) return 'Click anywhere to set a node.'
  if (places.length >= MOST_NODES) return `${MOST_NODES} nodes are the most that fit.`
  return 'Click for a node. Drag from node to node for an edge, or to take it away.'
}

/** Keeps the focus at the chosen node while a board is used by keys. @returns what is called at each key. */
function useFocus(board: RefObject<SVGSVGElement | null>, chosen: number | undefined, graph: DrawnGraph): () => void {
  const byKeys = useRef(false)
  useLayoutEffect(() => {
    const focused = document.activeElement
    const mayFocus = byKeys.current && (focused === document.body || board.current?.contains(focused))
    if (mayFocus && chosen !== undefined) board.current?.querySelector<SVGGElement>(`[data-node="${chosen}"]`)?.focus()
  }, [board, chosen, graph])
  return () => {
    byKeys.current = true
  }
}

/** A board on which a graph is drawn: by mouse, by finger, by keys, and by buttons. */
export function GraphBoard({ label, graph, onChange, colours, nodeNote }: GraphBoardProps) {
  const [state, setState] = useState<BoardState>({ moves: false })
  const board = useRef<SVGSVGElement | null>(null)
  const hint = useId()
  const chosen = existing(state.chosen, graph)
  const current = { ...state, chosen, from: existing(state.from, graph) }
  const control = { graph, onChange, state: current, setState }
  const { handlers, drag } = useBoardPointer(board, control)
  const noteKeys = useFocus(board, chosen, graph)
  return (
    <div class="graph-board">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing cannot be a fieldset */}
      <svg
        ref={board}
        viewBox="0 0 100 100"
        role="group"
        aria-label={label}
        aria-describedby={hint}
        {...handlers}
        onFocusCapture={({ target }) => {
          const node = (target as Element).getAttribute('data-node')
          if (node !== null && Number(node) !== chosen) setState({ ...current, chosen: Number(node) })
        }}
        onKeyDown={(event) => {
          noteKeys()
          boardKeys(control)(event)
        }}
      >
        <BoardNodes
          graph={drag !== undefined && state.moves ? withNodeAt(graph, drag.node, drag.to) : graph}
          state={current}
          drag={drag}
          colours={colours}
          nodeNote={nodeNote}
        />
      </svg>
      <p class="hint" id={hint} aria-live="polite">
        {hintOf(current, graph)}
      </p>
      <BoardButtons {...control} />
    </div>
  )
}

/** What one can do on a board, as buttons. */
function BoardButtons({ graph, onChange, state, setState }: BoardControl) {
  const { chosen, from, moves } = state
  const add = (): void => {
    onChange(withNode(graph, freePlace(graph)))
    setState({ ...state, chosen: graph.places.length })
  }
  const remove = (node: number): void => {
    onChange(withoutNode(graph, node))
    setState({ moves })
  }
  return (
    <div class="tools">
      <button type="button" onClick={add} disabled={graph.places.length >= MOST_NODES}>
        Add node
      </button>
      <button
        type="button"
        aria-pressed={from !== undefined}
        disabled={chosen === undefined}
        onClick={() => setState({ ...state, from: from === undefined ? chosen : undefined })}
      >
        Join
      </button>
      <button type="button" aria-pressed={moves} onClick={() => setState({ chosen, moves: !moves })}>
        Move
      </button>
      <button type="button" disabled={chosen === undefined} onClick={() => chosen !== undefined && remove(chosen)}>
        Delete
      </button>
      <button type="button" disabled={graph.places.length === 0} onClick={() => onChange(emptyGraph)}>
        Clear
      </button>
    </div>
  )
}
