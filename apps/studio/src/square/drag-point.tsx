import type { ComponentChildren } from 'preact'
import { draggable, onArrows, type Place } from './drag.ts'
import { slider } from './slider.ts'

const STEP = 0.05

/** Something on a drawing that is dragged, or moved by arrow keys. */
export function DragPoint(props: {
  readonly at: Place
  readonly label: string
  readonly keys: boolean
  readonly onDrag?: ((to: Place) => void) | undefined
  readonly children: ComponentChildren
}) {
  const { at, label, keys, onDrag, children } = props
  const place = `translate(${at.x} ${at.y})`
  if (onDrag === undefined) return <g transform={place}>{children}</g>
  const reached = {
    ...slider({
      label: `${label}. Arrow keys move it`,
      least: -1,
      most: 1,
      value: Number(at.x.toFixed(2)),
      text: `${at.x.toFixed(2)} to the right, ${(-at.y).toFixed(2)} up`,
    }),
    onKeyDown: onArrows(({ x, y }, fast) => {
      const step = fast ? 4 * STEP : STEP
      onDrag({ x: at.x + step * x, y: at.y + step * y })
    }),
  }
  const pointer = draggable((to, first) => {
    if (!first) onDrag(to)
  })
  return (
    <g class="drag-point" transform={place} {...pointer} {...(keys ? reached : {})}>
      <circle class="reach" r="0.2" />
      {children}
    </g>
  )
}
