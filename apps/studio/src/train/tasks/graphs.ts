import { InvariantGraphNetwork } from '@equivar/layers-graphs'
import { input, type Random, unsqueeze } from '@equivar/tensor'
import { layout } from '../../parts/spring-layout.ts'
import { exampleAt, type Task } from '../task.ts'
import { drawExamples } from './draw-examples.ts'

const classes = ['ring', 'star', 'cliques', 'bipartite']
const NODES = 10
const form = { input: 'adj', shape: [NODES, NODES], classes }

/** Whether nodes i < j of each kind of graph are joined, before noise. */
const joined: readonly ((i: number, j: number) => boolean)[] = [
  (i, j) => j - i === 1 || j - i === NODES - 1,
  (i) => i === 0,
  (i, j) => i < NODES / 2 === j < NODES / 2,
  (i, j) => i % 2 !== j % 2,
]

/** A graph of a kind with its nodes in random order; a few edges are missing or too many. */
function graphOf(label: number, random: Random): Float32Array {
  const order = random.permutation(NODES)
  const adjacency = new Float32Array(NODES * NODES)
  for (let j = 0; j < NODES; j++)
    for (let i = 0; i < j; i++) {
      const isEdge = (joined[label] as (typeof joined)[number])(i, j) !== random.uniform() < 0.08
      const [a, b] = [order[i] as number, order[j] as number]
      adjacency[a * NODES + b] = Number(isEdge)
      adjacency[b * NODES + a] = Number(isEdge)
    }
  return adjacency
}

/** Of which kind is a graph? */
export const graphsTask: Task = {
  ...form,
  title: 'Graphs',
  question: 'Of which kind is this graph, but for a few edges?',
  action: 'S on axes 1 2',
  moved: 'the nodes are numbered otherwise',
  network: 'Invariant graph network',
  batchSize: 32,
  learningRate: 3e-3,
  data: (count) => drawExamples(form, graphOf, count),
  symmetric: () => {
    const adj = input('adj', 'float32', ['batch', 'n', 'n'])
    const module = new InvariantGraphNetwork({ inChannels: 1, channels: [8, 16], head: [32], outputs: classes.length })
    return { module, inputs: { adj }, logits: () => module.forward(unsqueeze(adj, 3)) }
  },
  draw: (batch, index) => {
    const adjacency = exampleAt(batch, index)
    const places = layout(adjacency).map(([x, y]) => [(50 + 42 * x).toFixed(1), (50 + 42 * y).toFixed(1)] as const)
    const edges = places.flatMap(([x, y], i) =>
      places.flatMap(([u, v], j) => (i < j && adjacency[i * NODES + j] === 1 ? [`M${x} ${y}L${u} ${v}`] : [])),
    )
    return `<path class="edges" d="${edges.join('')}"/>${places.map(([x, y]) => `<circle r="3.5" cx="${x}" cy="${y}"/>`).join('')}`
  },
}
