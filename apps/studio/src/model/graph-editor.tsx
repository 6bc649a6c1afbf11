import type { DrawnGraph } from '../parts/drawn-graph.ts'
import { GraphBoard } from '../parts/graph-board.tsx'
import { useStateOf } from '../parts/use-state-of.ts'
import { drawnFrom, valueFrom } from './graph-value.ts'
import type { EditorProps } from './points-editor.tsx'

/** A graph that is drawn: its adjacency, or its list of edges. */
export function GraphEditor({ name, value, nodes = 0, source, change }: EditorProps) {
  // Nodes stay where they are while the graph is drawn.
  const [graph, setGraph] = useStateOf(source, () => drawnFrom(value, nodes))
  const draw = (drawn: DrawnGraph): void => {
    setGraph(() => drawn)
    if (drawn.places.length > 0 && (drawn.edges !== graph.edges || drawn.places.length !== graph.places.length))
      change(valueFrom(drawn, value), drawn.places.length)
  }
  return (
    <GraphBoard label={`The graph of ${name}: ${graph.places.length} nodes, ${graph.edges.length} edges`} graph={graph} onChange={draw} />
  )
}
