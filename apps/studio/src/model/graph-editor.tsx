import { useEffect, useState } from 'preact/hooks'
import { layout } from '../train/tasks/graph-layout.ts'
import { numbersOf, withEdge } from './editors.ts'
import type { EditorProps } from './points-editor.tsx'

const SIDE = 400
const place = (part: number): number => SIDE / 2 + 0.43 * SIDE * part

/** A graph: two nodes that are chosen, one after the other, are joined, or no longer. */
export function GraphEditor({ name, value, source, change }: EditorProps) {
  const adjacency = numbersOf(value)
  const n = value.shape[1] as number
  const [places, setPlaces] = useState(() => layout(adjacency))
  const [chosen, choose] = useState<number>()
  // Nodes stay where they are while edges are drawn.
  useEffect(() => {
    setPlaces(layout(adjacency))
    choose(undefined)
  }, [source])
  const press = (i: number): void => {
    choose(chosen === undefined ? i : undefined)
    if (chosen !== undefined && chosen !== i) change(withEdge(value, chosen, i))
  }
  const edges = places.flatMap((from, i) => places.flatMap((to, j) => (i < j && adjacency[i * n + j] !== 0 ? [[from, to] as const] : [])))
  return (
    <div class="graph">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing cannot be a fieldset. */}
      <svg viewBox={`0 0 ${SIDE} ${SIDE}`} role="group" aria-label={`The graph of ${name}: ${n} nodes, ${edges.length} edges`}>
        <path class="edge" d={edges.map(([[x, y], [u, v]]) => `M${place(x)} ${place(y)}L${place(u)} ${place(v)}`).join('')} />
        {places.map(([x, y], i) => (
          // biome-ignore lint/a11y/useSemanticElements: a node of a drawing cannot be a button of HTML.
          <g
            key={i}
            class="point"
            role="button"
            tabIndex={0}
            aria-pressed={chosen === i}
            aria-label={`Node ${i}`}
            transform={`translate(${place(x)} ${place(y)})`}
            onClick={() => press(i)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') choose(undefined)
              if (event.key !== 'Enter' && event.key !== ' ') return
              event.preventDefault()
              press(i)
            }}
          >
            <circle class="reach" r="18" />
            <circle r="12" />
            <text dy="0.35em" text-anchor="middle">
              {i}
            </text>
          </g>
        ))}
      </svg>
      <p class="hint">
        {chosen === undefined ? 'Choose two nodes to join them, or to cut their edge.' : `Node ${chosen}: choose another one.`}
      </p>
    </div>
  )
}
