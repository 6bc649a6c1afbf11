import type { ControlsProps } from '../kind.ts'
import { anotherOrder } from '../order.ts'
import { LENGTH, type OrderAndShift, signals } from './signals.ts'

/** Other orders of the signals, and a shift of all of them. */
export function SignalsControls({ g, onMove }: ControlsProps<OrderAndShift>) {
  return (
    <>
      <button type="button" onClick={() => onMove({ ...g, order: anotherOrder(g.order, Math.random() * 2 ** 31) }, 'glide')}>
        Another order
      </button>
      <label class="slide">
        Shift{' '}
        <input
          type="range"
          min="0"
          max={LENGTH - 1}
          value={g.shift}
          onInput={({ currentTarget }) => onMove({ ...g, shift: Number(currentTarget.value) }, 'at once')}
        />
      </label>
      <button type="button" onClick={() => onMove(signals.identity, 'glide')}>
        Back to x
      </button>
    </>
  )
}
