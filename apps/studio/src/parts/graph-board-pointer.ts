import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { type DrawnGraph, type Place, withEdgeToggled, withNode, withNodeAt } from './drawn-graph.ts'
import type { BoardControl } from './graph-board-state.ts'

/** How near to a node a finger must be to mean it, and how far it must go to drag. */
const REACH = 7.5
const DRAGGED = 4

/** A node that is dragged, and where the pointer is: the node moves there, or an edge is drawn from it. */
export interface Drag {
  readonly node: number
  readonly to: Place
}

interface BoardPointer {
  readonly handlers: Record<'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel', (event: PointerEvent) => void>
  readonly drag: Drag | undefined
}

/** The node at a place, or none. */
function nodeAt({ places }: DrawnGraph, { x, y }: Place): number | undefined {
  const distances = places.map((place) => Math.hypot(place.x - x, place.y - y))
  const nearest = Math.min(...distances)
  return nearest <= REACH ? distances.indexOf(nearest) : undefined
}

/** Where a pointer is on a board of 100 x 100. */
function placeOf(event: PointerEvent, board: SVGSVGElement): Place {
  const { left, top, width, height } = board.getBoundingClientRect()
  return { x: (100 * (event.clientX - left)) / width, y: (100 * (event.clientY - top)) / height }
}

/** What a click on a node or on an empty place does. */
function click({ graph, onChange, state, setState }: BoardControl, node: number | undefined, place: Place): void {
  const { from, moves } = state
  if (node === undefined) {
    if (!moves) onChange(withNode(graph, place))
    setState(moves ? { moves } : { moves, chosen: graph.places.length })
    return
  }
  if (from !== undefined) onChange(withEdgeToggled(graph, from, node))
  setState({ moves, chosen: node })
}

/** Drawing by mouse and finger: a click sets or chooses a node, a drag from node to node sets or takes away an edge, or moves the node. */
export function useBoardPointer(board: RefObject<SVGSVGElement | null>, control: BoardControl): BoardPointer {
  const { graph, onChange, state, setState } = control
  const start = useRef<{ readonly node: number | undefined; readonly at: Place } | undefined>(undefined)
  const [drag, setDrag] = useState<Drag | undefined>(undefined)
  const at = (event: PointerEvent): Place => placeOf(event, board.current as SVGSVGElement)
  const end = (): void => {
    start.current = undefined
    setDrag(undefined)
  }
  return {
    drag,
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0) return
        start.current = { node: nodeAt(graph, at(event)), at: at(event) }
        board.current?.setPointerCapture(event.pointerId)
      },
      onPointerMove: (event) => {
        const { node } = start.current ?? {}
        if (node !== undefined) setDrag({ node, to: at(event) })
      },
      onPointerUp: (event) => {
        const begun = start.current
        end()
        if (begun === undefined) return
        const [place, over] = [at(event), nodeAt(graph, at(event))]
        const isDrag = Math.hypot(place.x - begun.at.x, place.y - begun.at.y) > DRAGGED
        if (isDrag && state.moves && begun.node !== undefined) onChange(withNodeAt(graph, begun.node, place))
        else if (!isDrag || over === begun.node) click(control, begun.node, place)
        else if (begun.node !== undefined && over !== undefined) {
          onChange(withEdgeToggled(graph, begun.node, over))
          setState({ moves: false, chosen: over })
        }
      },
      onPointerCancel: end,
    },
  }
}
