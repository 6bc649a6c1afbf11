import type { Dimension, Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import type { Builder, Builders } from '../builder.ts'
import type { NodeReader } from '../node-reader.ts'
import { type CellReader, cells, ofDirection } from '../recurrent-cells.ts'
import { runSequence } from '../sequence.ts'

/** For each direction of a node, whether it goes backwards. */
function directionsOf(node: NodeReader): boolean[] {
  const name = node.string('direction', 'forward')
  if (name === 'bidirectional') return [false, true]
  return name === 'forward' || name === 'reverse' ? [name === 'reverse'] : node.refuse('direction forward, reverse or bidirectional', name)
}

/** Which steps each sequence of the batch has: bool [steps, batch, 1]. */
function existing(node: NodeReader, steps: Dimension): Tensor | undefined {
  if (!node.has(4)) return undefined
  const lengths = t.unsqueeze(t.cast(node.tensor(4), 'int64'), [0, 2])
  return t.less(t.unsqueeze(t.range(steps), [1, 2]), lengths)
}

/** The first values of the states of one direction; 0 if the node leaves them out. */
function firstStates(node: NodeReader, direction: number, states: number, batch: Dimension): Tensor[] {
  const channels = node.tensor(2).shape[2] as Dimension
  return Array.from({ length: states }, (_, i) => (node.has(5 + i) ? ofDirection(node, 5 + i, direction) : t.zeros([batch, channels])))
}

const recurrentNode =
  ({ read, states }: { readonly read: CellReader; readonly states: number }): Builder =>
  (node) => {
    const x = node.tensor(0)
    const [steps, batch] = x.shape
    if (steps === undefined || batch === undefined || x.rank !== 3)
      return node.refuse('an input [steps, batch, channels]', t.printShape(x.shape))
    const odd = [1, 2].find((i) => node.tensor(i).rank !== 3)
    if (odd !== undefined) return node.refuse(`weights of rank 3 as input ${odd}`, t.printShape(node.tensor(odd).shape))
    if (node.int('layout', 0) !== 0) node.lacks('layout 0', '1')
    if (node.hasAttribute('clip')) node.lacks('gates without clip', 'clip')
    const exists = existing(node, steps)
    const results = directionsOf(node).map((backwards, direction) =>
      runSequence({ cell: read(node, direction), first: firstStates(node, direction, states, batch), exists, backwards }),
    )
    const last = Array.from({ length: states }, (_, i) => results.map((result) => t.unsqueeze(result.last[i] as Tensor, 0)))
    return [
      t.concat(
        results.map(({ outputs }) => t.unsqueeze(outputs, 1)),
        1,
      ),
      ...last.map((directions) => t.concat(directions, 0)),
    ]
  }

/** Recurrent networks over sequences. */
export const recurrent: Builders = {
  RNN: recurrentNode(cells.RNN),
  GRU: recurrentNode(cells.GRU),
  LSTM: recurrentNode(cells.LSTM),
}
