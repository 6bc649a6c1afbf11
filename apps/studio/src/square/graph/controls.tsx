import type { Permutation } from '@equivar/groups'
import type { ControlsProps } from '../kind.ts'
import { anotherOrder } from '../order.ts'
import { graph } from './graph.ts'

/** Other orders of the nodes. */
export function GraphControls({ g, onMove }: ControlsProps<Permutation>) {
  return (
    <>
      <button type="button" onClick={() => onMove(anotherOrder(g, Math.random() * 2 ** 31), 'glide')}>
        Another order
      </button>
      <button type="button" onClick={() => onMove(graph.identity, 'glide')}>
        Back to x
      </button>
    </>
  )
}
