import { type Place, withEdgeToggled, withNodeAt, withoutNode } from './drawn-graph.ts'
import type { BoardControl } from './graph-board-state.ts'

/** How far a key moves a node. */
const STEP = 4

const directions: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/**
 * Drawing by keys: arrows go from node to node, with Shift they move the node; Enter begins an edge and ends it; Delete takes the node away; Escape gives up
 * an edge.
 */
export function boardKeys({ graph, onChange, state, setState }: BoardControl): (event: KeyboardEvent) => void {
  const { chosen = 0, from, moves } = state
  const { places } = graph
  const remove = (): void => {
    onChange(withoutNode(graph, chosen))
    setState({ moves, chosen: Math.max(0, chosen - 1) })
  }
  const join = (): void => {
    if (from !== undefined) onChange(withEdgeToggled(graph, from, chosen))
    setState({ moves, chosen, from: from === undefined ? chosen : undefined })
  }
  const acts: Readonly<Record<string, () => void>> = {
    Enter: join,
    ' ': join,
    Delete: remove,
    Backspace: remove,
    Escape: () => setState({ moves, chosen }),
  }
  return (event) => {
    const place = places[chosen]
    const direction = directions[event.key]
    if (place === undefined || (direction === undefined && acts[event.key] === undefined)) return
    event.preventDefault()
    if (direction === undefined) acts[event.key]?.()
    else if (event.shiftKey || moves) {
      onChange(withNodeAt(graph, chosen, { x: place.x + STEP * direction.x, y: place.y + STEP * direction.y }))
    } else setState({ ...state, chosen: (chosen + direction.x + direction.y + places.length) % places.length })
  }
}
