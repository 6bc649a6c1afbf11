import { type Input, input } from '@equivar/tensor'
import type { Facts } from '../model.ts'
import type { ExampleKind } from '../own-data/example.ts'
import {
  chosenElementPermutation,
  densePermutation,
  elementPermutation,
  nodePermutation,
  sparsePermutation,
  type TaskSymmetry,
} from '../symmetry.ts'

type Inputs = Readonly<Record<string, Input>>

/** Sets of elements of some shape. */
const sets = (...element: readonly (number | string)[]): Inputs => ({
  x: input('x', 'float32', ['batch', 'set', ...element]),
  mask: input('mask', 'bool', ['batch', 'set']),
})

const denseGraphs = ({ channels, edgeChannels }: Facts): Inputs => ({
  x: input('x', 'float32', ['batch', 'n', channels]),
  adj: input('adj', 'float32', ['batch', 'n', 'n', ...(edgeChannels === undefined ? [] : [edgeChannels])]),
  mask: input('mask', 'bool', ['batch', 'n']),
})

const edges = ({ channels, edgeChannels }: Facts): Inputs => ({
  x: input('x', 'float32', ['nodes', channels]),
  edge_index: input('edge_index', 'int64', [2, 'edges']),
  ...(edgeChannels === undefined ? {} : { edge_attr: input('edge_attr', 'float32', ['edges', edgeChannels]) }),
})

const inputsOf: Readonly<Record<ExampleKind, (facts: Facts) => Inputs>> = {
  set: ({ channels }) => sets(channels),
  'signal set': ({ channels }) => sets(channels, 'length'),
  'image set': ({ channels, size = [0, 0] }) => sets(channels, ...size),
  image: ({ channels, size = [0, 0] }) => ({ x: input('x', 'float32', ['batch', channels, ...size]) }),
  'dense graph': denseGraphs,
  molecule: denseGraphs,
  nodes: edges,
  graph: (facts) => ({
    ...edges(facts),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }),
}

/** The inputs of a model for examples of a kind, by the names of an exported model. */
export const exampleInputs = (kind: ExampleKind, facts: Facts): Inputs => inputsOf[kind](facts)

/** The axis of `x` that counts channels, from the end. */
export const channelAxisOf = (kind: ExampleKind | undefined): number =>
  kind === 'image' || kind === 'image set' ? -3 : kind === 'signal set' ? -2 : -1

/** The symmetry that a kind of example has by itself: sets have no order, nor have the nodes of a graph. */
export function exampleSymmetries(kind: ExampleKind, predicts: Facts['predicts']): readonly TaskSymmetry[] {
  const ofElements = predicts === 'labels' || predicts === 'ys' || predicts === 'chosen'
  if (kind === 'image') return []
  if (kind === 'graph') return [sparsePermutation]
  if (kind === 'nodes') return [nodePermutation]
  if (kind === 'dense graph' || kind === 'molecule') return [densePermutation]
  return [ofElements ? chosenElementPermutation : elementPermutation]
}

/** The axes of the output before its channels. */
export function rowsOf(kind: ExampleKind, predicts: Facts['predicts']): readonly string[] {
  if (kind === 'nodes') return ['nodes']
  if (kind === 'graph') return ['graphs']
  return predicts === 'labels' || predicts === 'ys' || predicts === 'chosen' ? ['batch', 'set'] : ['batch']
}
