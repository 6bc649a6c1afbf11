import { cssColour } from '../parts/colour.ts'
import { adjacencyOf, type DrawnGraph } from '../parts/drawn-graph.ts'

interface PairMatrixProps {
  readonly graph: DrawnGraph
  /** The colour of each pair of nodes, row by row. */
  readonly labels: Int32Array
  readonly colours: number
  readonly side: 'left' | 'right'
}

/** The colours of all pairs of nodes as a matrix. A dot marks the pairs that are joined. */
export function PairMatrix({ graph, labels, colours, side }: PairMatrixProps) {
  const n = graph.places.length
  const adjacency = adjacencyOf(graph)
  return (
    <figure class="pair-matrix">
      <svg
        viewBox={`0 0 ${Math.max(n, 1)} ${Math.max(n, 1)}`}
        role="img"
        aria-label={`Colours of the ${n * n} pairs of nodes of the ${side} graph, ${new Set(labels).size} different ones`}
      >
        {Array.from(labels, (label, pair) => {
          const [row, column] = [Math.floor(pair / n), pair % n]
          return (
            <g key={pair}>
              <rect x={column} y={row} width="0.94" height="0.94" style={{ fill: cssColour(label, colours) }} />
              {adjacency[row]![column] === 1 && <circle cx={column + 0.47} cy={row + 0.47} r="0.13" />}
            </g>
          )
        })}
      </svg>
      <figcaption>Pairs of nodes; a dot where they are joined</figcaption>
    </figure>
  )
}
