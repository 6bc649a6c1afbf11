import { type DrawnGraph, neighboursOf } from './drawn-graph.ts'
import type { Drag } from './graph-board-pointer.ts'
import type { BoardState } from './graph-board-state.ts'

interface BoardNodesProps {
  readonly graph: DrawnGraph
  readonly state: BoardState
  readonly drag: Drag | undefined
  readonly colours: readonly string[] | undefined
  readonly nodeNote: ((node: number) => string) | undefined
}

const nameOf = (graph: DrawnGraph, node: number, note: string): string => {
  const neighbours = neighboursOf(graph, node)
  return `Node ${node}${note === '' ? '' : `, ${note}`}, ${neighbours.length === 0 ? 'joined to none' : `joined to ${neighbours.join(', ')}`}`
}

/** The nodes and edges of a graph. One node can be reached by the tab key: the chosen one. */
export function BoardNodes({ graph, state, drag, colours, nodeNote }: BoardNodesProps) {
  const { places, edges } = graph
  const start = drag && !state.moves ? places[drag.node] : undefined
  return (
    <>
      <g class="edges">
        {edges.map(([a, b]) => (
          <line key={`${a}-${b}`} x1={places[a]!.x} y1={places[a]!.y} x2={places[b]!.x} y2={places[b]!.y} />
        ))}
        {drag !== undefined && start !== undefined && <line class="begun" x1={start.x} y1={start.y} x2={drag.to.x} y2={drag.to.y} />}
      </g>
      {places.map(({ x, y }, node) => (
        // biome-ignore lint/a11y/useSemanticElements: a node of a drawing cannot be a button of HTML
        <g
          key={node}
          class="node"
          role="button"
          data-node={node}
          tabindex={node === (state.chosen ?? 0) ? 0 : -1}
          aria-label={nameOf(graph, node, nodeNote?.(node) ?? '')}
          aria-pressed={state.chosen === node}
          data-begun={state.from === node ? '' : undefined}
          transform={`translate(${x} ${y})`}
        >
          <circle r="5" style={{ fill: colours?.[node] ?? 'var(--accent)' }} />
          <text>{node}</text>
        </g>
      ))}
    </>
  )
}
