import { useCallback, useRef, useState } from 'preact/hooks'
import { colourOf } from '../colours.ts'
import { draggable, onArrows, type Place } from '../drag.ts'
import type { PictureProps } from '../kind.ts'
import { Painted } from '../painted.tsx'
import { slider } from '../slider.ts'
import { TurnHandle } from '../turn-handle.tsx'
import { type PlaneMotion, SIZE, touched } from './image.ts'

type Props = PictureProps<Float64Array, PlaneMotion>

/** Canvas pixels on a side of a pixel of the image, and of the dot in it. */
const CELL = 16
const DOT = 8

const clamped = (value: number): number => Math.max(0, Math.min(SIZE - 1, value))
const pixelAt = ({ x, y }: Place): number => clamped(Math.floor(y * SIZE)) * SIZE + clamped(Math.floor(x * SIZE))

/** Paints one image, or a second one as dots in its pixels. */
function paintImages(context: CanvasRenderingContext2D, [first, second]: readonly Float64Array[]): void {
  first?.forEach((value, at) => {
    const [left, top] = [(at % SIZE) * CELL, Math.floor(at / SIZE) * CELL]
    context.fillStyle = colourOf(value)
    context.fillRect(left, top, CELL, CELL)
    if (second === undefined) return
    const edge = (CELL - DOT) / 2
    context.clearRect(left + edge, top + edge, DOT, DOT)
    context.fillStyle = colourOf(second[at]!)
    context.fillRect(left + edge, top + edge, DOT, DOT)
  })
}

/** What paints on x: a pointer, or a cursor that arrow keys move. */
function usePainting({ x, onInput, keys }: Props): { readonly cursor: number | undefined; readonly canvas: object } {
  const [cursor, moveCursor] = useState<number | undefined>(undefined)
  const brush = useRef({ adds: true, last: -1 })
  if (onInput === undefined) return { cursor: undefined, canvas: {} }
  const at = cursor ?? (SIZE * SIZE + SIZE) / 2
  const pointer = draggable((place, first) => {
    const pixel = pixelAt(place)
    if (first) brush.current = { adds: x[pixel]! < 0.6, last: -1 }
    if (pixel !== brush.current.last) onInput(touched(x, pixel, brush.current.adds))
    brush.current.last = pixel
  })
  const arrows = onArrows((step) => {
    moveCursor(clamped(Math.floor(at / SIZE) + step.y) * SIZE + clamped((at % SIZE) + step.x))
  })
  const reached = {
    ...slider({
      label: 'Pixels of x. Arrow keys move over them, space paints, backspace erases',
      least: 0,
      most: SIZE * SIZE - 1,
      value: at,
      text: `Row ${Math.floor(at / SIZE) + 1}, column ${(at % SIZE) + 1}: ${x[at]!.toFixed(2)}`,
    }),
    onFocus: () => moveCursor(at),
    onBlur: () => moveCursor(undefined),
    onKeyDown: (event: KeyboardEvent) => {
      const paints = event.key === ' ' || event.key === 'Enter'
      if (paints || event.key === 'Backspace' || event.key === 'Delete') {
        event.preventDefault()
        onInput(touched(x, at, paints))
      }
      arrows(event)
    },
  }
  return { cursor, canvas: { class: 'paintable', ...pointer, ...(keys ? reached : {}) } }
}

/** What shifts g x: a pointer that drags it. */
function useShifting({ journey, onMove }: Props): object {
  const held = useRef<{ at: Place; g: PlaneMotion } | undefined>(undefined)
  if (onMove === undefined || journey === undefined) return {}
  const cyclic = (value: number): number => ((Math.round(value) % SIZE) + SIZE) % SIZE
  const pointer = draggable((at, first) => {
    if (first || held.current === undefined) held.current = { at, g: journey.to }
    const { at: from, g } = held.current
    const [down, right] = [cyclic(g.down + (at.y - from.y) * SIZE), cyclic(g.right + (at.x - from.x) * SIZE)]
    if (down !== journey.to.down || right !== journey.to.right) onMove({ ...journey.to, down, right }, 'at once')
  })
  return { class: 'movable', ...pointer }
}

/** An image, a cursor on it, and a handle that turns it. */
export function ImagePicture(props: Props) {
  const { x, outputs, label, journey, keys = false, onMove } = props
  const { cursor, canvas } = usePainting(props)
  const shifting = useShifting(props)
  const [first, second] = outputs ?? [x]
  const paint = useCallback(
    (context: CanvasRenderingContext2D) => paintImages(context, second === undefined ? [first!] : [first!, second]),
    [first, second],
  )
  return (
    <div class="grid-picture">
      <Painted size={SIZE * CELL} paint={paint} canvas={{ role: 'img', 'aria-label': label, ...canvas, ...shifting }}>
        {cursor !== undefined && (
          <svg class="over" viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
            <rect class="pixel-cursor" x={cursor % SIZE} y={Math.floor(cursor / SIZE)} width="1" height="1" />
          </svg>
        )}
      </Painted>
      {onMove !== undefined && journey !== undefined && (
        <svg class="over" viewBox="-1.25 -1.25 2.5 2.5" aria-label="The turn of g">
          <TurnHandle
            angle={journey.from.angle + journey.share * (journey.to.angle - journey.from.angle)}
            radius={1.15}
            keys={keys}
            onTurn={(angle, motion) => onMove({ ...journey.to, angle }, motion)}
          />
        </svg>
      )}
    </div>
  )
}
