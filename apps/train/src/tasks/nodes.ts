import { nodeDataset } from '@equivar/datasets'
import { loadPlanetoid } from '@equivar/datasets/node'
import { nodes } from '../goals.ts'
import type { Recipe, Task } from '../task.ts'
import { dataFolder } from './data-folder.ts'

const recipes: Readonly<Record<string, Recipe>> = {
  gcn: { epochs: 200, batchSize: 1, learningRate: 0.01 },
  gat: { epochs: 300, batchSize: 1, learningRate: 0.005, patience: 100 },
}

const citationTask = (name: string, title: string, published: string): Task => ({
  name,
  description: `classes of papers in the citation network ${title}`,
  data: `${title}, Planetoid's split: 20 training nodes per class, 500 for validation, 1000 for the test`,
  published,
  models: ['gcn', 'gat'],
  goal: () => nodes,
  recipe: (model) => recipes[model] as Recipe,
  load: async (options) => {
    const network = await loadPlanetoid(name, dataFolder(options))
    return {
      train: nodeDataset(network, 'train'),
      validation: nodeDataset(network, 'validation'),
      test: nodeDataset(network, 'test'),
      classes: Array.from({ length: network.classes }, (_, i) => `class ${i}`),
      facts: { channels: network.features, outputs: network.classes },
    }
  },
})

/** Citation networks. */
export const citations: readonly Task[] = [citationTask('cora', 'Cora', 'GCN 81.5'), citationTask('citeseer', 'CiteSeer', 'GCN 70.3')]
