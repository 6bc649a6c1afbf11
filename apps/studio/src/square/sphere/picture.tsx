import { useCallback, useMemo, useRef } from 'preact/hooks'
import { draggable, onArrows, type Place } from '../drag.ts'
import { DragPoint } from '../drag-point.tsx'
import type { PictureProps } from '../kind.ts'
import { Painted } from '../painted.tsx'
import { discImage, PIXELS } from './disc.ts'
import { after, directionAt, type Rotation, seen, turnedBy } from './rotation.ts'
import { type Bumps, bumpsAt, refined } from './sphere.ts'

type Props = PictureProps<Bumps, Rotation>

/** How far an arrow key turns the sphere, in radians. */
const STEP = 0.1

/** What rotates g x: a pointer that drags it, and the arrow keys. */
function useRotating({ journey, onMove, keys, label }: Props): object | undefined {
  const last = useRef<Place>({ x: 0, y: 0 })
  if (onMove === undefined || journey === undefined) return undefined
  const turn = (x: number, y: number): void => onMove(after(turnedBy({ x, y }), journey.to), 'at once')
  const pointer = draggable((at, first) => {
    if (!first) turn(at.x - last.current.x, at.y - last.current.y)
    last.current = at
  })
  const reached = {
    role: 'button',
    tabindex: 0,
    'aria-label': `${label}. Arrow keys rotate it`,
    onKeyDown: onArrows(({ x, y }, fast) => turn(x * STEP * (fast ? 4 : 1), y * STEP * (fast ? 4 : 1))),
  }
  return { ...pointer, ...(keys ? reached : {}) }
}

/** The bumps that are in sight, to be dragged over the sphere. */
function Handles({ x, keys = false, onInput }: Props) {
  if (onInput === undefined) return null
  const drag = (bump: number, to: Place): void => {
    const direction = directionAt(to)
    onInput(bumpsAt(x.directions.map((value, at) => (Math.floor(at / 3) === bump ? direction[at % 3]! : value))))
  }
  return (
    <>
      {Array.from({ length: x.directions.length / 3 }, (_, bump) => {
        const at = seen(x.directions.subarray(3 * bump, 3 * bump + 3))
        return (
          <DragPoint key={bump} at={at} label={`Bump ${bump + 1}`} keys={keys} onDrag={(to) => drag(bump, to)}>
            <circle class="knob" r="0.08" />
          </DragPoint>
        )
      })}
    </>
  )
}

/** A sphere as seen from one side, and what is dragged on it. */
export function SpherePicture(props: Props) {
  const { x, outputs, label, onInput } = props
  const [first, second] = outputs ?? [x.samples]
  const rotating = useRotating(props)
  const fine = useMemo(() => [first!, ...(second === undefined ? [] : [second])].map(refined), [first, second])
  const paint = useCallback(
    (context: CanvasRenderingContext2D) => {
      context.putImageData(new ImageData(discImage(fine[0]!, fine[1]), PIXELS, PIXELS), 0, 0)
    },
    [fine],
  )
  const interactive = onInput !== undefined || rotating !== undefined
  return (
    <div class="sphere-picture">
      <Painted size={PIXELS} paint={paint} canvas={{ role: 'img', 'aria-label': label, 'aria-hidden': interactive }}>
        <svg
          class="over"
          viewBox="-1 -1 2 2"
          role={interactive ? 'group' : undefined}
          aria-label={interactive ? label : undefined}
          aria-hidden={!interactive}
        >
          <g class={rotating === undefined ? undefined : 'movable'} {...rotating}>
            <circle class={rotating === undefined ? 'rim' : 'rim reach'} r="0.995" />
          </g>
          <Handles {...props} />
        </svg>
      </Painted>
    </div>
  )
}
