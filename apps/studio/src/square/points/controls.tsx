import type { ControlsProps } from '../kind.ts'
import { anotherOrder } from '../order.ts'
import { points, type TurnAndOrder } from './points.ts'

/** Turns by right angles, and other orders. */
export function PointsControls({ g, onMove }: ControlsProps<TurnAndOrder>) {
  return (
    <>
      <button type="button" onClick={() => onMove({ ...g, angle: g.angle + 90 }, 'glide')}>
        Turn by 90°
      </button>
      <button type="button" onClick={() => onMove({ ...g, order: anotherOrder(g.order, Math.random() * 2 ** 31) }, 'glide')}>
        Shuffle the order
      </button>
      <button type="button" onClick={() => onMove(points.identity, 'glide')}>
        Back to x
      </button>
    </>
  )
}
