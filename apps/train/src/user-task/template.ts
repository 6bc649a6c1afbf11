/**
 * A file that defines a task, to begin with: which of two clouds of points is wider.
 *
 * @param path - the file's path, for its own comment.
 */
export const template = (path: string): string => `// Train it:  npx equivar train ${path}
// Types in an editor, and other packages:  npm install @equivar/cli @equivar/layers-sets @equivar/tensor
import { defineTask } from '@equivar/cli'
import { DeepSets } from '@equivar/layers-sets'
import { Random } from '@equivar/tensor'

export default defineTask({
  description: 'whether a cloud of points is tight or wide',

  // Settings of the task, for --set clouds=1000 --set hidden=64.
  settings: { clouds: 400, hidden: 32 },

  // The examples, or a promise of them. Read your own files here. x is [elements, channels] for a set, [channels, height, width] for an image; a graph has
  // edge_index [2, edges] beside x [nodes, channels], or adj [nodes, nodes]. What is to be predicted is one of
  // label (a class), y (numbers), labels or ys (the same for each element or node), chosen (the number of an element).
  data: ({ clouds }, { seed }) => {
    const random = new Random({ seed, stream: 'clouds' })
    return Array.from({ length: clouds }, (_, i) => {
      const isWide = i % 2 === 1
      const x = Array.from({ length: 5 + random.integer(10) }, () => [0, 1].map(() => (isWide ? 2 : 1) * random.normal()))
      return { x, label: isWide ? 'wide' : 'tight' }
    })
  },

  // The network: any Module of @equivar/nn, of the layers or of your own. channels and outputs follow from the examples.
  model: ({ channels, outputs }, { hidden }) => new DeepSets({ channels: [channels, hidden, hidden], head: [hidden], outputs }),

  // Its output for a batch, whose names are those of the exported file. mask is true where a set has an element. x is standardized.
  output: (network, { x, mask }) => network.forward(x, mask),

  // What is predicted: the key of an example that holds it.
  goal: 'label',

  // Training, where it is to differ from the default: early stopping, and the best epoch is kept.
  recipe: { epochs: 20, learningRate: 2e-3 },
})
`
