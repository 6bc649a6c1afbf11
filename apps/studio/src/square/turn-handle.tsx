import { draggable } from './drag.ts'
import type { Motion } from './kind.ts'
import { slider } from './slider.ts'

const SMALL_STEP = 1
const STEP = 5
/** The handle rests at right angles, this close to them. */
const CATCH = 4

/** The angle at the same place from 0 up to 360 degrees. */
const wrapped = (angle: number): number => ((angle % 360) + 360) % 360

const caught = (angle: number): number => {
  const right = 90 * Math.round(angle / 90)
  return Math.abs(angle - right) <= CATCH ? right : Math.round(angle)
}

/** The angle that a key asks for. */
function angleOf(key: string, angle: number, small: boolean): number | undefined {
  const step = small ? SMALL_STEP : STEP
  if (key === 'ArrowLeft' || key === 'ArrowUp') return angle + step
  if (key === 'ArrowRight' || key === 'ArrowDown') return angle - step
  if (key === 'PageUp') return 90 * (Math.floor(angle / 90) + 1)
  if (key === 'PageDown') return 90 * (Math.ceil(angle / 90) - 1)
  return key === 'Home' ? 0 : undefined
}

/** A handle on a circle around the origin, that is dragged, or turned by keys, counterclockwise. */
export function TurnHandle(props: {
  readonly angle: number
  /** The radius of the circle on the drawing. */
  readonly radius: number
  readonly keys: boolean
  readonly onTurn: (angle: number, motion: Motion) => void
}) {
  const { angle, radius, keys, onTurn } = props
  const radians = (angle * Math.PI) / 180
  const [x, y] = [radius * Math.cos(radians), -radius * Math.sin(radians)]
  const large = Math.abs(wrapped(angle)) > 180 ? 1 : 0
  const degrees = Math.round(wrapped(angle))
  const reached = {
    ...slider({ label: 'Turn of g, counterclockwise', least: 0, most: 360, value: degrees, text: `${degrees} degrees` }),
    onKeyDown: (event: KeyboardEvent) => {
      const next = angleOf(event.key, angle, event.shiftKey)
      if (next === undefined) return
      event.preventDefault()
      onTurn(wrapped(next), 'at once')
    },
  }
  const pointer = draggable((at, first) => {
    if (!first) onTurn(wrapped(caught((Math.atan2(-at.y, at.x) * 180) / Math.PI)), 'at once')
  })
  return (
    <g class="turn-handle">
      <circle class="track" r={radius} />
      <path class="turned" d={`M ${radius} 0 A ${radius} ${radius} 0 ${large} 0 ${x} ${y}`} />
      <g class="grip" transform={`translate(${x} ${y})`} {...pointer} {...(keys ? reached : {})}>
        <circle class="reach" r="0.24" />
        <circle class="knob" r="0.1" />
      </g>
    </g>
  )
}
