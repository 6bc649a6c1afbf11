import type { View } from './view.ts'

/** The pages of the studio by their part of the address, in the order of the menu. The first is shown when none is named. */
export const views: Readonly<Record<string, View>> = {
  square: {
    title: 'Commuting square',
    description: 'Move the input: a layer with the symmetry moves its output along, a plain one does not.',
    load: () => import('./square/square.tsx'),
  },
  explorer: {
    title: 'Symmetry explorer',
    description: 'Name a group or draw a graph, and see which weights its layer shares.',
    load: () => import('./explorer/explorer.tsx'),
  },
  train: {
    title: 'Train here',
    description: 'A symmetric and a plain network of the same size learn side by side on this page.',
    load: () => import('./train/train.tsx'),
  },
  graphs: {
    title: 'Tell graphs apart',
    description: 'Draw two graphs and see which test and which network separates them.',
    load: () => import('./graphs/graphs.tsx'),
  },
  model: {
    title: 'Run a model',
    description: 'Open an ONNX file: what it is, which symmetry it has, and what it answers.',
    load: () => import('./model/model.tsx'),
  },
}
